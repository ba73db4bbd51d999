"""Texts that a provider took and of which nothing was reported since."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, or_, select, text

from broadcaster.domain.reports import Taken
from broadcaster.ledger.column_types import Moment
from broadcaster.ledger.dialect import batch as numbers
from broadcaster.ledger.dialect import in_batch
from broadcaster.ledger.tables import attempts, broadcasts, deliveries

# Written out, so that the index of them is used, which a broadcast's end leaves almost empty.
_OPEN = text("deliveries.state = 'accepted' AND deliveries.channel = 'sms'")

_ALIKE = 1_000
"""Texts that were taken at the same instant and are given together: those of a batch, of which there are fewer."""

_INSTANT = timedelta(microseconds=1)


class Open(NamedTuple):
    """A text, and when it was taken."""

    taken: Taken
    at: datetime


def open_texts(conn: Connection, provider: str, within: tuple[datetime, datetime], limit: int) -> list[Open]:
    """The texts that a provider took after the first of two moments and not after the second, the oldest first.

    About `limit` of them: those of one instant are never parted, so that whoever goes on after the last one's moment
    misses none.
    """
    after, until = within
    going = or_(broadcasts.c.finished_at.is_(None), broadcasts.c.finished_at >= after)
    theirs = list(conn.execute(select(broadcasts.c.seq).where(going, broadcasts.c.started_at.is_not(None))).scalars())
    asked = {"broadcasts": numbers(conn, theirs), "provider": provider}
    statement = open_statement(conn.dialect.name)
    rows = conn.execute(statement, asked | {"after": after, "until": until, "limit": limit}).all()
    if len(rows) == limit:
        last = rows[-1].ended_at
        alike = {"after": last - _INSTANT, "until": last, "limit": _ALIKE}
        rows = [row for row in rows if row.ended_at < last] + list(conn.execute(statement, asked | alike).all())
    return [Open(Taken(f"{row.id}-{row.n}", row.reference), row.ended_at) for row in rows]


def open_statement(dialect: str) -> Select[Any]:
    """The question as the database is asked it."""
    return (
        select(deliveries.c.id, attempts.c.n, attempts.c.reference, attempts.c.ended_at)
        .join(attempts, (attempts.c.delivery == deliveries.c.seq) & (attempts.c.n == deliveries.c.attempts))
        .where(_OPEN, in_batch(dialect, deliveries.c.broadcast, "broadcasts"))
        .where(deliveries.c.provider == bindparam("provider"), attempts.c.reference != "")
        .where(
            attempts.c.ended_at > bindparam("after", type_=Moment),
            attempts.c.ended_at <= bindparam("until", type_=Moment),
        )
        .order_by(attempts.c.ended_at, deliveries.c.seq)
        .limit(bindparam("limit"))
    )
