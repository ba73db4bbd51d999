"""How many segments a provider bills a text as."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("segments", sa.Integer(), nullable=False, server_default=sa.text("0")))
