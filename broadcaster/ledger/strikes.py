"""Strikes: how often something happened to an address that may pass, such as a full mailbox. Each code counts alone."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from broadcaster.ledger.statements import insert_into, one_of
from broadcaster.ledger.tables import strikes


def add(conn: Connection, blind: bytes, code: str, at: datetime) -> int:
    """One more strike; how many there are by now. Whoever adds several does so in the order of their blind indexes."""
    insert = insert_into(conn.dialect.name, strikes).values(blind=blind, code=code, n=1, last_at=at)
    later = func.max if conn.dialect.name == "sqlite" else func.greatest
    change = {"n": strikes.c.n + 1, "last_at": later(strikes.c.last_at, insert.excluded.last_at)}
    conn.execute(insert.on_conflict_do_update(index_elements=["blind", "code"], set_=change))
    query = select(strikes.c.n).where(strikes.c.blind == blind, strikes.c.code == code)
    return int(conn.execute(query).scalar_one())


def among(conn: Connection, blinds: Iterable[bytes]) -> set[bytes]:
    """Which of these addresses, some hundreds, have any."""
    return set(conn.execute(select(strikes.c.blind).where(one_of(conn, strikes.c.blind, blinds))).scalars())


def clear(conn: Connection, blind: bytes, until: datetime | None = None) -> None:
    """Forget an address's strikes; with `until`, those of which the last one was not later than that."""
    gone = delete(strikes).where(strikes.c.blind == blind)
    conn.execute(gone if until is None else gone.where(strikes.c.last_at <= until))
