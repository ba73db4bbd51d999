"""Revisions of letters, kept by their digest: the exact inputs of everything that was ever released."""

from sqlalchemy import Connection, select

from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import insert_if_new
from broadcaster.ledger.database.tables import letters


def add(conn: WriteConnection, digest: str, frozen: bytes) -> None:
    """Keep a frozen letter; the same one again changes nothing."""
    row = {"digest": digest, "frozen": frozen, "kept_at": now_utc()}
    insert_if_new(conn, letters, row)


def get(conn: Connection, digest: str) -> bytes | None:
    """The frozen letter of that digest."""
    return conn.execute(select(letters.c.frozen).where(letters.c.digest == digest)).scalar()
