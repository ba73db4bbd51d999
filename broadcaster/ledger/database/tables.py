"""The tables. Personal data stands in sealed columns only (`*_sealed`), and is found by blind indexes (`blind`).

Rows refer to each other by small integers (`seq`), which keeps the indexes of a million deliveries small. Callers use
the opaque `id`. Migrations make these tables; a test compares the two. Some tables and columns have older names than
the code: `brakes` (halt counters), `strikes` (soft bounces), `consent` (preferences), `tries` (password tries), `kin`
(blind index of the sibling address).
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from broadcaster.ledger.database.column_types import MomentType, RowNumberType, WallTimeType

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_WAITING = text("applied_at IS NULL")
_UNSEEN = text("seen_at IS NULL")

# Single values: "key-check", "made-at", "audit-head".
meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

campaigns = Table(
    "campaigns",
    metadata,
    Column("name", String, primary_key=True),
    Column("definition", Text, nullable=False),  # canonical JSON of what config.yaml says
    Column("planned_until", WallTimeType),
    Column("changed_at", MomentType, nullable=False),
    Column("gone_at", MomentType),  # no longer in config.yaml
)

letters = Table(
    "letters",
    metadata,
    Column("digest", String, primary_key=True),
    Column("frozen", LargeBinary, nullable=False),
    Column("kept_at", MomentType, nullable=False),
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("seq", RowNumberType, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("campaign", String, ForeignKey("campaigns.name"), nullable=False),
    Column("wall", WallTimeType, nullable=False),
    Column("due_at", MomentType, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False, server_default=""),
    Column("changed_at", MomentType, nullable=False),
    UniqueConstraint("campaign", "wall"),
    Index("ix_occurrences_state_due_at", "state", "due_at"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("seq", RowNumberType, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("campaign", String, ForeignKey("campaigns.name"), nullable=False),
    Column("wall", WallTimeType),  # null: approved for every occurrence until a date
    Column("digest", String, nullable=False),
    Column("inputs", Text, nullable=False),  # canonical JSON
    Column("recipients", Integer, nullable=False),
    Column("until", String),  # ISO date
    Column("at_most", Integer),
    Column("crisis_reason", Text, nullable=False, server_default=""),
    Column("state", String, nullable=False),
    Column("submitted_by", String, nullable=False),
    Column("submitted_at", MomentType, nullable=False),
    Column("decided_by", String),
    Column("decided_at", MomentType),
    Column("os_user", String, nullable=False, server_default=""),
    Column("host", String, nullable=False, server_default=""),
    Column("signature", String, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("not_before", MomentType),  # the countdown in which a start can still be called off
    Column("files", Text, nullable=False, server_default="{}"),  # JSON: which files decided what was submitted
    Index("ix_approvals_campaign_wall", "campaign", "wall"),
)

runners = Table(
    "runners",
    metadata,
    Column("seq", RowNumberType, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", MomentType, nullable=False),
    Column("beat_at", MomentType, nullable=False),
    Column("ended_at", MomentType),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("seq", RowNumberType, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("occurrence", RowNumberType, ForeignKey("occurrences.seq"), nullable=False, unique=True),
    Column("state", String, nullable=False),
    Column("letter", String, ForeignKey("letters.digest"), nullable=False),
    Column("approval", RowNumberType, ForeignKey("approvals.seq"), nullable=False),
    Column("channel", String, nullable=False),
    Column("if_unsure", String, nullable=False),
    Column("crisis_reason", Text, nullable=False, server_default=""),
    Column("runner", RowNumberType, ForeignKey("runners.seq"), nullable=False),  # who releases it
    Column("released_at", MomentType, nullable=False),
    Column("started_at", MomentType),
    Column("finished_at", MomentType),
    Column("halt_code", String, nullable=False, server_default=""),
    Column("halt_reason", Text, nullable=False, server_default=""),
    Column("exclusions", Text, nullable=False, server_default="{}"),  # JSON: reason -> n
    Column("setting", Text, nullable=False, server_default="{}"),  # JSON: what delivering needs, nothing personal
)

skeletons = Table(
    "skeletons",
    metadata,
    Column("broadcast", RowNumberType, ForeignKey("broadcasts.seq"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("channel", String, nullable=False),
    Column("language", String, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("blob", LargeBinary, nullable=False),
)

zones = Table(
    "zones",
    metadata,
    Column("broadcast", RowNumberType, ForeignKey("broadcasts.seq"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("timezone", String, nullable=False),
    Column("quiet_start", String, nullable=False, server_default=""),  # HH:MM, or nothing where there is no quiet
    Column("quiet_end", String, nullable=False, server_default=""),
    UniqueConstraint("broadcast", "timezone", "quiet_start", "quiet_end"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("seq", RowNumberType, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("broadcast", RowNumberType, ForeignKey("broadcasts.seq"), nullable=False),
    Column("channel", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("resent", Integer, nullable=False, server_default=text("0")),  # 1: an unsure one was sent once more
    Column("due_at", BigInteger, nullable=False, server_default=text("0")),  # microseconds, as Moment
    Column("zone", Integer, nullable=False),
    Column("language", String, nullable=False),
    Column("skeleton", Integer, nullable=False),
    Column("blind", LargeBinary, nullable=False),
    Column("payload_sealed", LargeBinary, nullable=False),
    Column("kin", LargeBinary),  # blind index of the person's address on the other channel
    # One row for each address and channel of a broadcast: nobody gets it twice.
    UniqueConstraint("broadcast", "channel", "blind"),
)


def _index_where(name: str, where: str, *columns: str) -> None:
    only = text(where)
    Index(name, *(deliveries.c[column] for column in columns), sqlite_where=only)


# Indexes of unfinished deliveries: they are almost empty at the end of a broadcast.
_index_where("ix_deliveries_queued", "state = 'queued'", "broadcast", "channel", "provider", "zone", "due_at", "seq")
_index_where("ix_deliveries_sending", "state = 'sending'", "broadcast", "seq")
_index_where("ix_deliveries_doubt", "state IN ('unsure', 'held')", "broadcast", "state", "seq")
# For pages of deliveries by state and reason, among a million. Queued and sending ones are left out, so that claiming
# does not maintain this index too.
_index_where("ix_deliveries_settled", "state NOT IN ('queued', 'sending')", "broadcast", "state", "reason", "seq")
_index_where("ix_deliveries_open_texts", "state = 'accepted' AND channel = 'sms'", "broadcast", "provider", "seq")

attempts = Table(
    "attempts",
    metadata,
    Column("delivery", RowNumberType, ForeignKey("deliveries.seq"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("runner", RowNumberType, ForeignKey("runners.seq"), nullable=False),
    Column("started_at", MomentType, nullable=False),
    Column("ended_at", MomentType),
    Column("outcome", String, nullable=False, server_default=""),  # empty while the attempt is open
    Column("code", String, nullable=False, server_default=""),
    Column("phase", String, nullable=False, server_default=""),
    Column("reference", String, nullable=False, server_default=""),
    Column("detail", Text, nullable=False, server_default=""),
    Column("segments", Integer, nullable=False, server_default=text("0")),  # of a text, as its provider bills it
    sqlite_with_rowid=False,  # rows lie in the order of their key: attempts of a batch share pages
)

counters = Table(
    "counters",
    metadata,
    Column("broadcast", RowNumberType, ForeignKey("broadcasts.seq"), primary_key=True),
    Column("provider", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("zone", Integer, primary_key=True, autoincrement=False),
    Column("state", String, primary_key=True),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)

reports = Table(
    "reports",
    metadata,
    Column("seq", RowNumberType, primary_key=True),
    Column("provider", String, nullable=False),
    Column("key", String, nullable=False),
    Column("body", Text, nullable=False),  # JSON of a domain.reports.Report, nothing personal; empty once applied
    Column("received_at", MomentType, nullable=False),
    Column("applied_at", MomentType),
    UniqueConstraint("provider", "key"),
    Index("ix_reports_waiting", "seq", sqlite_where=_WAITING),
    Index("ix_reports_received_at", "received_at"),
)

strikes = Table(
    "strikes",
    metadata,
    Column("blind", LargeBinary, primary_key=True),
    Column("code", String, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("last_at", MomentType, nullable=False),
)

brakes = Table(
    "brakes",
    metadata,
    Column("broadcast", RowNumberType, ForeignKey("broadcasts.seq"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("n", Integer, nullable=False),  # deliveries with a bad report since the last halt
)

replies = Table(
    "replies",
    metadata,
    Column("seq", RowNumberType, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("provider", String, nullable=False),
    Column("key", String, nullable=False),
    Column("blind", LargeBinary, nullable=False, index=True),  # of the sender's number
    Column("words_sealed", LargeBinary, nullable=False),  # who wrote, where, what, after which letter
    Column("keyword", String, nullable=False),
    Column("urgent", Integer, nullable=False, server_default=text("0")),  # 1: words of distress
    Column("received_at", MomentType, nullable=False),
    Column("answered_at", MomentType),
    Column("seen_at", MomentType),
    Column("seen_by", String, nullable=False, server_default=""),
    UniqueConstraint("provider", "key"),
    Index("ix_replies_unseen", "urgent", "received_at", sqlite_where=_UNSEEN),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("blind", LargeBinary, primary_key=True),
    Column("channel", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    Column("added_at", MomentType, nullable=False),
    Column("words_sealed", LargeBinary, nullable=False),  # the address and the note
)

consent = Table(
    "consent",
    metadata,
    Column("blind", LargeBinary, primary_key=True),
    Column("preference", String, nullable=False),  # none, email, sms
    Column("source", String, nullable=False),
    Column("chosen_at", MomentType, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", RowNumberType, primary_key=True, autoincrement=False),  # from 1 without a gap: part of the chain
    Column("at", MomentType, nullable=False),
    Column("by", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", Text, nullable=False),  # JSON, nothing personal
    Column("os_user", String, nullable=False, server_default=""),
    Column("host", String, nullable=False, server_default=""),
    Column("chain", String, nullable=False),
    Index("ix_audit_subject_seq", "subject", "seq"),
    Index("ix_audit_by_seq", "by", "seq"),
    Index("ix_audit_action_seq", "action", "seq"),
    Index("ix_audit_at", "at"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("seq", RowNumberType, primary_key=True),
    Column("audience", String, nullable=False),
    Column("mark", LargeBinary, nullable=False),
    Column("at", MomentType, nullable=False),
    Index("ix_erasures_audience_at", "audience", "at"),
)

passwords = Table(
    "passwords",
    metadata,
    Column("person", String, primary_key=True),
    Column("hash", String, nullable=False),  # argon2id
    Column("set_at", MomentType, nullable=False),
    Column("signature", String, nullable=False, server_default=""),
)

invitations = Table(
    "invitations",
    metadata,
    Column("mark", LargeBinary, primary_key=True),  # blind index of the secret in the link
    Column("person", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", MomentType, nullable=False),
    Column("ends_at", MomentType, nullable=False),
    Column("signature", String, nullable=False, server_default=""),
)

sessions = Table(
    "sessions",
    metadata,
    Column("mark", LargeBinary, primary_key=True),  # blind index of the secret in the cookie
    Column("person", String, nullable=False, index=True),
    Column("opened_at", MomentType, nullable=False),
    Column("seen_at", MomentType, nullable=False),
    Column("signature", String, nullable=False, server_default=""),
)

tries = Table(
    "tries",
    metadata,
    Column("mark", LargeBinary, primary_key=True),  # blind index of the name that was tried, whether or not it exists
    Column("n", Integer, nullable=False),
    Column("began_at", MomentType, nullable=False, index=True),
)

revisions = Table(
    "revisions",
    metadata,
    Column("seq", RowNumberType, primary_key=True),
    Column("letter", String, nullable=False),
    Column("file", String, nullable=False),  # its name within the letter's folder
    Column("digest", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("by", String, nullable=False),
    Column("at", MomentType, nullable=False),
    Index("ix_revisions_letter_file_seq", "letter", "file", "seq"),
)

notifications = Table(
    "notifications",
    metadata,
    Column("matter", String, primary_key=True),
    Column("subject", String, primary_key=True),  # the opaque id of what it is about
    Column("person", String, primary_key=True),  # a key of `people`
    Column("told", Integer, nullable=False),
    Column("failures", Integer, nullable=False),  # in a row
    Column("tried_at", MomentType, nullable=False),
    Column("result", String, nullable=False),
    Column("reason", String, nullable=False, server_default=""),  # why it failed: a code
)
