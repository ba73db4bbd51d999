"""Making a ledger older than it is: what its migrations did, undone."""

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, MetaData, String, Table, UniqueConstraint, text

from broadcaster.ledger.database.column_types import RowNumberType

_UNDO = {
    "0010": ("ALTER TABLE attempts DROP COLUMN segments",),
    "0009": ("DROP TABLE notifications",),
    "0008": tuple(f"ALTER TABLE {table} DROP COLUMN signature" for table in ("passwords", "invitations", "sessions")),
    "0006": ("ALTER TABLE approvals DROP COLUMN files",),
    "0005": (
        "DROP INDEX ix_deliveries_settled",
        "DROP INDEX ix_audit_subject_seq",
        "DROP INDEX ix_audit_by_seq",
        "DROP INDEX ix_audit_action_seq",
        "DROP INDEX ix_audit_at",
        "DROP TABLE passwords",
        "DROP TABLE invitations",
        "DROP TABLE sessions",
        "DROP TABLE tries",
        "DROP TABLE revisions",
        "ALTER TABLE approvals DROP COLUMN not_before",
    ),
    "0004": ("DROP INDEX ix_deliveries_open_texts",),
    "0003": (
        "DROP TABLE reports",
        "DROP TABLE strikes",
        "DROP TABLE brakes",
        "DROP TABLE replies",
        "ALTER TABLE deliveries DROP COLUMN kin",
    ),
    "0002": (
        "DROP INDEX ix_deliveries_doubt",
        "ALTER TABLE deliveries DROP COLUMN resent",
        "DROP TABLE counters",
    ),
}
"""Newest first."""

_EVENTS = Table(
    "events",
    MetaData(),
    Column("seq", RowNumberType, primary_key=True),
    Column("provider", String, nullable=False),
    Column("key", String, nullable=False),
    Column("raw_sealed", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    UniqueConstraint("provider", "key", name="uq_events_provider_key"),
)
_ROSTER_ROWS = Table(
    "roster_rows",
    MetaData(),
    Column("audience", String, primary_key=True),
    Column("mark", LargeBinary, primary_key=True),
    Column("blob_sealed", LargeBinary),
    sqlite_with_rowid=False,
)


def age(conn: Connection, revision: str) -> None:
    """Bring a ledger back to an older revision."""
    for newer, statements in _UNDO.items():
        if newer > revision:
            for statement in statements:
                conn.execute(text(statement))
    if revision < "0003":
        _EVENTS.create(conn)
    if revision < "0007":
        _ROSTER_ROWS.create(conn)
    conn.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
