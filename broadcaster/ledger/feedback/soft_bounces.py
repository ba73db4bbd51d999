"""Strikes: how often something happened to an address that may pass, such as a full mailbox. Each code counts alone.

They count only while they follow each other closely: a mailbox that was full for a holiday each summer is not one that
nobody empties any more. Over SMTP nothing else clears them, for a mail server does not report what arrived.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, func, select, type_coerce

from broadcaster.ledger.database.column_types import RowNumberType
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import in_bytes, insert_into
from broadcaster.ledger.database.tables import strikes

STRIKE_WINDOW = timedelta(days=60)
"""How long after the last strike the next one still adds to it; a later one is the first of a new count. So a monthly
letter finds a mailbox that nobody empties, also when one month is skipped, and a mailbox that was full twice a year
apart, with letters between of which nobody said that they arrived, is still written to."""


def add_strike(conn: WriteConnection, blind: bytes, code: str, at: datetime) -> int:
    """One more strike; how many there are by now that are within `STRIKE_WINDOW` of each other.

    Whoever adds several does so in the order of their blind indexes.
    """
    insert = insert_into(conn.dialect.name, strikes).values(blind=blind, code=code, n=1, last_at=at)
    later = func.max if conn.dialect.name == "sqlite" else func.greatest
    last, new = type_coerce(strikes.c.last_at, RowNumberType), type_coerce(insert.excluded.last_at, RowNumberType)
    gap = STRIKE_WINDOW // timedelta(microseconds=1)
    # What is told of so late that newer ones began a count without it is of no count.
    n = case((new > last + gap, 1), (new < last - gap, strikes.c.n), else_=strikes.c.n + 1)
    change = {"n": n, "last_at": later(strikes.c.last_at, insert.excluded.last_at)}
    conn.execute(insert.on_conflict_do_update(index_elements=["blind", "code"], set_=change))
    query = select(strikes.c.n).where(strikes.c.blind == blind, strikes.c.code == code)
    return int(conn.execute(query).scalar_one())


def find_with_strikes(conn: Connection, blinds: Iterable[bytes]) -> set[bytes]:
    """Which of these addresses, some hundreds, have any."""
    return set(conn.execute(select(strikes.c.blind).where(in_bytes(conn, strikes.c.blind, blinds))).scalars())


def clear_strikes(conn: WriteConnection, blind: bytes, until: datetime | None = None) -> None:
    """Forget an address's strikes; with `until`, those of which the last one was not later than that."""
    gone = delete(strikes).where(strikes.c.blind == blind)
    conn.execute(gone if until is None else gone.where(strikes.c.last_at <= until))
