"""What providers are asked after: the texts that they took and reported nothing more of."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    taken = sa.text("state = 'accepted' AND channel = 'sms'")
    op.create_index(
        "ix_deliveries_open_texts",
        "deliveries",
        ["broadcast", "provider", "seq"],
        sqlite_where=taken,
        postgresql_where=taken,
    )
