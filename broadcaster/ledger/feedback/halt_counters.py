"""Brakes: how much that is bad was reported of a broadcast since it was last halted for it. Counted as it comes in, so
that nobody counts deliveries.
"""

from sqlalchemy import delete, select

from broadcaster.ledger.broadcasting.broadcasts import seq_of
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import insert_into
from broadcaster.ledger.database.tables import brakes


def add(conn: WriteConnection, broadcast_id: str, name: str, n: int) -> int:
    """Add `n` to a broadcast's brake of that name; where it stands by now. The caller holds the broadcast."""
    broadcast = seq_of(conn, broadcast_id)
    insert = insert_into(conn.dialect.name, brakes).values(broadcast=broadcast, name=name, n=n)
    change = insert.on_conflict_do_update(index_elements=["broadcast", "name"], set_={"n": brakes.c.n + n})
    conn.execute(change)
    query = select(brakes.c.n).where(brakes.c.broadcast == broadcast, brakes.c.name == name)
    return int(conn.execute(query).scalar_one())


def reset(conn: WriteConnection, broadcast_id: str, name: str) -> None:
    """Begin to count anew."""
    gone = delete(brakes).where(brakes.c.broadcast == seq_of(conn, broadcast_id), brakes.c.name == name)
    conn.execute(gone)
