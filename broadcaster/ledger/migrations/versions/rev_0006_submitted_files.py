"""Which files decided what was submitted, so that a change is seen without reading them all again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("approvals", sa.Column("files", sa.Text(), nullable=False, server_default="{}"))
