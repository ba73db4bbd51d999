"""What comes back: providers' reports, strikes against addresses, texts that people send us.

The table of raw events that this replaces was never written to. A delivery also knows the other address of its person,
where both are written to, so that an opt-out at one holds at the other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()  # microseconds since 1970, UTC


def upgrade() -> None:
    op.drop_table("events")
    op.add_column("deliveries", sa.Column("kin", sa.LargeBinary(), nullable=True))
    op.create_table(
        "reports",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("applied_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_reports"),
        sa.UniqueConstraint("provider", "key", name="uq_reports_provider_key"),
    )
    waiting = sa.text("applied_at IS NULL")
    op.create_index("ix_reports_waiting", "reports", ["seq"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_reports_received_at", "reports", ["received_at"])
    op.create_table(
        "strikes",
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("blind", "code", name="pk_strikes"),
    )
    op.create_table(
        "brakes",
        sa.Column("broadcast", NUMBER, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["broadcast"], ["broadcasts.seq"], name="fk_brakes_broadcast"),
        sa.PrimaryKeyConstraint("broadcast", "name", name="pk_brakes"),
    )
    op.create_table(
        "replies",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("keyword", sa.String(), nullable=False),
        sa.Column("urgent", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("seen_by", sa.String(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_replies"),
        sa.UniqueConstraint("id", name="uq_replies_id"),
        sa.UniqueConstraint("provider", "key", name="uq_replies_provider_key"),
    )
    op.create_index("ix_replies_blind", "replies", ["blind"])
    unseen = sa.text("seen_at IS NULL")
    op.create_index(
        "ix_replies_unseen", "replies", ["urgent", "received_at"], sqlite_where=unseen, postgresql_where=unseen
    )
