"""Passwords, links and sessions are signed, so that nobody gives themselves one by writing to the database."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # The rows that are there are signed after the migrations, which have no key.
    for table in ("passwords", "invitations", "sessions"):
        op.add_column(table, sa.Column("signature", sa.String(), nullable=False, server_default=""))
