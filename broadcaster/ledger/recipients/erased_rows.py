"""Rows that were erased from rosters, so that an approval from before still recognises the roster.

A row is known by its mark: 16 keyed bytes over its content.
"""

from datetime import datetime

from sqlalchemy import Connection, select

from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.tables import erasures


def add(conn: WriteConnection, audience: str, mark: bytes) -> None:
    """Note that a row was erased just now."""
    conn.execute(erasures.insert().values(audience=audience, mark=mark, at=now_utc()))


def list_erased_since(conn: Connection, audience: str, moment: datetime) -> list[bytes]:
    """The marks of the rows erased at or after a moment (aware)."""
    query = select(erasures.c.mark).where(erasures.c.audience == audience, erasures.c.at >= moment)
    return list(conn.execute(query.order_by(erasures.c.seq)).scalars())
