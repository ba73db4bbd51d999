"""When the messages of a broadcast were taken by their providers: of all of them, or of a sample."""

from datetime import datetime

from sqlalchemy import Connection, select

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.ledger.database.tables import attempts
from broadcaster.ledger.delivery.delivery_search import select_deliveries

_HIGHEST_NUMBER = 2**63 - 1
"""The largest number that a row can have in either database."""


def sample_acceptance_times(conn: Connection, broadcast_id: str, size: int) -> list[datetime]:
    """Times at which deliveries were accepted, earliest first, of at most `size` (2 or more) deliveries.

    The sampled deliveries are evenly spaced by their numbers, so a broadcast of a million costs no more than one of
    a thousand. Those that were never accepted give no time. Raises `UnknownBroadcastError`.
    """
    found = select_deliveries(conn, broadcast_id)
    first, last = found.after(0, 1), found.before(_HIGHEST_NUMBER, 1)
    if not first or not last:
        return []
    start, length = first[0].seq, last[0].seq - first[0].seq
    numbers = {start + length * step // (size - 1) for step in range(size)}
    query = (
        select(attempts.c.ended_at)
        .where(attempts.c.delivery.in_(numbers), attempts.c.outcome == Outcome.ACCEPTED.value)
        .order_by(attempts.c.ended_at)
    )
    return [ended for ended in conn.execute(query).scalars() if ended is not None]
