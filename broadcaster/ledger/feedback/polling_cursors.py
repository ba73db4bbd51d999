"""How far something outside was read, by name: a word for each place that is read again and again."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import insert_if_new
from broadcaster.ledger.database.tables import meta


def get(conn: Connection, name: str) -> datetime | None:
    """The moment up to which it was read, in UTC; None where it never was."""
    value = conn.execute(select(meta.c.value).where(meta.c.key == _key(name))).scalar()
    return None if value is None else datetime.fromisoformat(value)


def save(conn: WriteConnection, name: str, at: datetime) -> None:
    """Remember that it was read up to a moment, which has its zone."""
    value = at.isoformat()
    if not insert_if_new(conn, meta, {"key": _key(name), "value": value}):
        conn.execute(update(meta).where(meta.c.key == _key(name)).values(value=value))


def _key(name: str) -> str:
    return f"read-{name}"
