"""Texts that a provider took and of which nothing was reported since."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, or_, select

from broadcaster.domain.delivery.reports import AcceptedAttempt
from broadcaster.ledger.database.column_types import MomentType
from broadcaster.ledger.database.conditions import IS_ACCEPTED_TEXT, IS_LATEST_ATTEMPT
from broadcaster.ledger.database.dialect import in_numbers, list_parameter
from broadcaster.ledger.database.tables import attempts, broadcasts, deliveries

_MOST_AT_ONE_INSTANT = 1_000
"""Texts that were taken at the same instant and are given together: those of a batch, of which there are fewer."""

_INSTANT = timedelta(microseconds=1)


class UnreportedText(NamedTuple):
    """A text, and when it was taken."""

    taken: AcceptedAttempt
    at: datetime


def list_unreported_texts(
    conn: Connection, provider: str, within: tuple[datetime, datetime], limit: int
) -> list[UnreportedText]:
    """The texts that a provider took after the first of two moments and not after the second, the oldest first.

    About `limit` of them: those of one instant are never parted, so that whoever goes on after the last one's moment
    misses none.
    """
    after, until = within
    going = or_(broadcasts.c.finished_at.is_(None), broadcasts.c.finished_at >= after)
    broadcast_seqs = list(
        conn.execute(select(broadcasts.c.seq).where(going, broadcasts.c.started_at.is_not(None))).scalars()
    )
    asked = {"broadcasts": list_parameter(conn, broadcast_seqs), "provider": provider}
    statement = unreported_texts_query(conn.dialect.name)
    rows = conn.execute(statement, asked | {"after": after, "until": until, "limit": limit}).all()
    if len(rows) == limit:
        last = rows[-1].ended_at
        alike = {"after": last - _INSTANT, "until": last, "limit": _MOST_AT_ONE_INSTANT}
        rows = [row for row in rows if row.ended_at < last] + list(conn.execute(statement, asked | alike).all())
    return [UnreportedText(AcceptedAttempt(f"{row.id}-{row.n}", row.reference), row.ended_at) for row in rows]


def unreported_texts_query(dialect: str) -> Select[Any]:
    """The question as the database is asked it."""
    return (
        select(deliveries.c.id, attempts.c.n, attempts.c.reference, attempts.c.ended_at)
        .join(attempts, IS_LATEST_ATTEMPT)
        .where(IS_ACCEPTED_TEXT, in_numbers(dialect, deliveries.c.broadcast, "broadcasts"))
        .where(deliveries.c.provider == bindparam("provider"), attempts.c.reference != "")
        .where(
            attempts.c.ended_at > bindparam("after", type_=MomentType),
            attempts.c.ended_at <= bindparam("until", type_=MomentType),
        )
        .order_by(attempts.c.ended_at, deliveries.c.seq)
        .limit(bindparam("limit"))
    )
