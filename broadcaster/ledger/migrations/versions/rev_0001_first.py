"""The first ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()  # microseconds since 1970, UTC
WALL = sa.String()  # 2026-12-01T09:00


def upgrade() -> None:
    _plans()
    _broadcasts()
    _sending()
    _people()


def _plans() -> None:
    """What is planned and approved."""
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
    op.create_table(
        "campaigns",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("planned_until", WALL, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("gone_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_campaigns"),
    )
    op.create_table(
        "letters",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("frozen", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_letters"),
    )
    op.create_table(
        "occurrences",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("wall", WALL, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.name"], name="fk_occurrences_campaign"),
        sa.PrimaryKeyConstraint("seq", name="pk_occurrences"),
        sa.UniqueConstraint("campaign", "wall", name="uq_occurrences_campaign_wall"),
        sa.UniqueConstraint("id", name="uq_occurrences_id"),
    )
    op.create_index("ix_occurrences_state_due_at", "occurrences", ["state", "due_at"], unique=False)
    op.create_table(
        "approvals",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("wall", WALL, nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("until", sa.String(), nullable=True),
        sa.Column("at_most", sa.Integer(), nullable=True),
        sa.Column("crisis_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("os_user", sa.String(), server_default="", nullable=False),
        sa.Column("host", sa.String(), server_default="", nullable=False),
        sa.Column("signature", sa.String(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.name"], name="fk_approvals_campaign"),
        sa.PrimaryKeyConstraint("seq", name="pk_approvals"),
        sa.UniqueConstraint("id", name="uq_approvals_id"),
    )
    op.create_index("ix_approvals_campaign_wall", "approvals", ["campaign", "wall"], unique=False)
    op.create_table(
        "audit",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("os_user", sa.String(), server_default="", nullable=False),
        sa.Column("host", sa.String(), server_default="", nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )


def _broadcasts() -> None:
    """What was released, and what its deliveries share."""
    op.create_table(
        "runners",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("beat_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_runners"),
        sa.UniqueConstraint("id", name="uq_runners_id"),
    )
    op.create_table(
        "broadcasts",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("occurrence", NUMBER, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("approval", NUMBER, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("if_unsure", sa.String(), nullable=False),
        sa.Column("crisis_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("runner", NUMBER, nullable=False),
        sa.Column("released_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("halt_code", sa.String(), server_default="", nullable=False),
        sa.Column("halt_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("exclusions", sa.Text(), server_default="{}", nullable=False),
        sa.Column("setting", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["approval"], ["approvals.seq"], name="fk_broadcasts_approval"),
        sa.ForeignKeyConstraint(["letter"], ["letters.digest"], name="fk_broadcasts_letter"),
        sa.ForeignKeyConstraint(["occurrence"], ["occurrences.seq"], name="fk_broadcasts_occurrence"),
        sa.ForeignKeyConstraint(["runner"], ["runners.seq"], name="fk_broadcasts_runner"),
        sa.PrimaryKeyConstraint("seq", name="pk_broadcasts"),
        sa.UniqueConstraint("id", name="uq_broadcasts_id"),
        sa.UniqueConstraint("occurrence", name="uq_broadcasts_occurrence"),
    )
    op.create_table(
        "skeletons",
        sa.Column("broadcast", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["broadcast"], ["broadcasts.seq"], name="fk_skeletons_broadcast"),
        sa.PrimaryKeyConstraint("broadcast", "number", name="pk_skeletons"),
    )
    op.create_table(
        "zones",
        sa.Column("broadcast", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("quiet_start", sa.String(), server_default="", nullable=False),
        sa.Column("quiet_end", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["broadcast"], ["broadcasts.seq"], name="fk_zones_broadcast"),
        sa.PrimaryKeyConstraint("broadcast", "number", name="pk_zones"),
        sa.UniqueConstraint(
            "broadcast",
            "timezone",
            "quiet_start",
            "quiet_end",
            name="uq_zones_broadcast_timezone_quiet_start_quiet_end",
        ),
    )


def _sending() -> None:
    """Deliveries, and the tries to hand them over."""
    op.create_table(
        "deliveries",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("broadcast", NUMBER, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("zone", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("skeleton", sa.Integer(), nullable=False),
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["broadcast"], ["broadcasts.seq"], name="fk_deliveries_broadcast"),
        sa.PrimaryKeyConstraint("seq", name="pk_deliveries"),
        sa.UniqueConstraint("broadcast", "channel", "blind", name="uq_deliveries_broadcast_channel_blind"),
        sa.UniqueConstraint("id", name="uq_deliveries_id"),
    )
    op.create_index(
        "ix_deliveries_queued",
        "deliveries",
        ["broadcast", "channel", "provider", "zone", "due_at", "seq"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_deliveries_sending",
        "deliveries",
        ["broadcast", "seq"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_table(
        "attempts",
        sa.Column("delivery", NUMBER, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("runner", NUMBER, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(), server_default="", nullable=False),
        sa.Column("code", sa.String(), server_default="", nullable=False),
        sa.Column("phase", sa.String(), server_default="", nullable=False),
        sa.Column("reference", sa.String(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["delivery"], ["deliveries.seq"], name="fk_attempts_delivery"),
        sa.ForeignKeyConstraint(["runner"], ["runners.seq"], name="fk_attempts_runner"),
        sa.PrimaryKeyConstraint("delivery", "n", name="pk_attempts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("raw_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sa.UniqueConstraint("provider", "key", name="uq_events_provider_key"),
    )


def _people() -> None:
    """What people chose, and which rows of a roster are known."""
    op.create_table(
        "suppressions",
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("blind", name="pk_suppressions"),
    )
    op.create_table(
        "consent",
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.Column("preference", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("chosen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("blind", name="pk_consent"),
    )
    op.create_table(
        "roster_rows",
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("blob_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("audience", "mark", name="pk_roster_rows"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "erasures",
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_erasures"),
    )
    op.create_index("ix_erasures_audience_at", "erasures", ["audience", "at"], unique=False)
