"""Polling cursors: up to which moment something outside was read, by the name of what is read."""

from datetime import datetime

from sqlalchemy import Connection

from broadcaster.ledger.database import meta_values
from broadcaster.ledger.database.connections import WriteConnection


def get(conn: Connection, name: str) -> datetime | None:
    """The moment up to which it was read, in UTC; None where it was never read."""
    value = meta_values.get(conn, _key(name))
    return None if value is None else datetime.fromisoformat(value)


def save(conn: WriteConnection, name: str, at: datetime) -> None:
    """Store that it was read up to a moment (aware)."""
    meta_values.save(conn, _key(name), at.isoformat())


def _key(name: str) -> str:
    return f"read-{name}"
