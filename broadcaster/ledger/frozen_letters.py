"""Revisions of letters, kept by their digest: the exact inputs of everything that was ever released."""

from sqlalchemy import Connection, select

from broadcaster.ledger.column_types import now
from broadcaster.ledger.connections import WriteConnection
from broadcaster.ledger.dialect import put_new
from broadcaster.ledger.tables import letters


def keep(conn: WriteConnection, digest: str, frozen: bytes) -> None:
    """Keep a frozen letter; the same one again changes nothing."""
    row = {"digest": digest, "frozen": frozen, "kept_at": now()}
    put_new(conn, letters, row)


def get(conn: Connection, digest: str) -> bytes | None:
    """The frozen letter of that digest."""
    return conn.execute(select(letters.c.frozen).where(letters.c.digest == digest)).scalar()
