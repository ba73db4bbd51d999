"""How many replies nobody has looked at yet: what `status` asks, which opens none of them."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from broadcaster.ledger.database.tables import replies


class UnseenReplies(NamedTuple):
    """How many replies nobody has looked at yet, and how many of those are urgent."""

    replies: int
    urgent: int


def unseen_reply_counts(conn: Connection) -> UnseenReplies:
    """How many wait for somebody to look at them."""
    query = select(func.count(), func.coalesce(func.sum(replies.c.urgent), 0)).where(replies.c.seen_at.is_(None))
    count, urgent = conn.execute(query).one()
    return UnseenReplies(int(count), int(urgent))
