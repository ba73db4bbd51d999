"""What is remembered of rosters: rows that were found good before, so that they are not validated again, and erasures.

A row is known by its mark (16 keyed bytes over its content); what was found of it is sealed.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from broadcaster.ledger.bulk import insert_new
from broadcaster.ledger.connections import WriteConnection
from broadcaster.ledger.engines import keyring_of
from broadcaster.ledger.statements import one_of
from broadcaster.ledger.tables import erasures, roster_rows
from broadcaster.ledger.types import now


def known(conn: Connection, audience: str, marks: Sequence[bytes]) -> dict[bytes, bytes | None]:
    """Those of these rows that are remembered, with what was found of each."""
    query = select(roster_rows.c.mark, roster_rows.c.blob_sealed).where(
        roster_rows.c.audience == audience, one_of(conn, roster_rows.c.mark, marks)
    )
    keyring = keyring_of(conn)
    return {
        mark: None if sealed is None else keyring.open(sealed, _context(audience, mark))
        for mark, sealed in conn.execute(query)
    }


def remember(conn: WriteConnection, audience: str, rows: Iterable[tuple[bytes, bytes | None]]) -> None:
    """Remember rows and what was found of them (None: nothing); what is remembered already stays as it is."""
    keyring = keyring_of(conn)
    raw = [
        (audience, mark, None if blob is None else keyring.seal(blob, _context(audience, mark))) for mark, blob in rows
    ]
    insert_new(conn, roster_rows, ("audience", "mark", "blob_sealed"), raw)


def holding(conn: Connection, holds: Callable[[bytes], bool]) -> dict[str, list[bytes]]:
    """The remembered rows, by audience, for which `holds` says yes to what was found of them. It opens every row."""
    keyring = keyring_of(conn)
    query = select(roster_rows).where(roster_rows.c.blob_sealed.is_not(None))
    found: dict[str, list[bytes]] = {}
    for row in conn.execute(query, execution_options={"yield_per": 1000}):
        if holds(keyring.open(row.blob_sealed, _context(row.audience, row.mark))):
            found.setdefault(row.audience, []).append(row.mark)
    return found


def forget(conn: WriteConnection, audience: str, marks: Iterable[bytes]) -> int:
    """Forget rows; the number that were remembered."""
    gone = delete(roster_rows).where(roster_rows.c.audience == audience, one_of(conn, roster_rows.c.mark, marks))
    return conn.execute(gone).rowcount


def forget_all(conn: WriteConnection, audience: str) -> None:
    """Forget every row of an audience: its roster was replaced."""
    conn.execute(delete(roster_rows).where(roster_rows.c.audience == audience))


def erase(conn: WriteConnection, audience: str, mark: bytes) -> None:
    """Forget a row and note that it was erased, so that an approval from before still recognises the roster."""
    forget(conn, audience, [mark])
    conn.execute(erasures.insert().values(audience=audience, mark=mark, at=now()))


def erased_since(conn: Connection, audience: str, moment: datetime) -> list[bytes]:
    """The marks of the rows erased at or after a moment (aware)."""
    query = select(erasures.c.mark).where(erasures.c.audience == audience, erasures.c.at >= moment)
    return list(conn.execute(query.order_by(erasures.c.seq)).scalars())


def _context(audience: str, mark: bytes) -> bytes:
    return b"roster:" + audience.encode() + b":" + mark
