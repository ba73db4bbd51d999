"""Rows known to be good are cached outside the ledger, where looking may write; what was kept of them goes."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_table("roster_rows")
