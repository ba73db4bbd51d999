"""Run by Alembic: upgrades inside the transaction of the connection it was handed."""

from alembic import context

from broadcaster.ledger.database.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
