"""Counters kept as states change, for counting a million deliveries each time a page is shown takes too long.

Also: a delivery remembers that it was sent once more after a doubt, and those in doubt are found without a search.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "counters",
        sa.Column("broadcast", NUMBER, nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("zone", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["broadcast"], ["broadcasts.seq"], name="fk_counters_broadcast"),
        sa.PrimaryKeyConstraint("broadcast", "provider", "channel", "zone", "state", name="pk_counters"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO counters (broadcast, provider, channel, zone, state, n) "
        "SELECT broadcast, provider, channel, zone, state, count(*) FROM deliveries "
        "GROUP BY broadcast, provider, channel, zone, state"
    )
    op.add_column("deliveries", sa.Column("resent", sa.Integer(), server_default=sa.text("0"), nullable=False))
    doubtful = sa.text("state IN ('unsure', 'held')")
    op.create_index(
        "ix_deliveries_doubt",
        "deliveries",
        ["broadcast", "state", "seq"],
        sqlite_where=doubtful,
        postgresql_where=doubtful,
    )
