"""Zones: the timezones of a broadcast with their quiet hours, numbered, so that a delivery need only say a number."""

from dataclasses import dataclass
from datetime import time

from sqlalchemy import Connection, func, select

from broadcaster.domain.local_time.quiet_hours import QuietHours
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.tables import zones


@dataclass(frozen=True, slots=True)
class Zone:
    """An IANA timezone, and the hours (on its wall clock) in which nothing is sent there."""

    number: int
    timezone: str
    quiet: QuietHours | None


def get_or_add(conn: WriteConnection, broadcast_id: str, timezone: str, quiet: QuietHours | None) -> int:
    """The number of this timezone with these quiet hours in the broadcast; given out when it is new."""
    broadcast = broadcasts.seq_of(conn, broadcast_id)
    start, end = _written(quiet)
    same = (zones.c.timezone == timezone, zones.c.quiet_start == start, zones.c.quiet_end == end)
    found = conn.execute(select(zones.c.number).where(zones.c.broadcast == broadcast, *same)).scalar()
    if found is not None:
        return int(found)
    count = int(
        conn.execute(select(func.count()).select_from(zones).where(zones.c.broadcast == broadcast)).scalar_one()
    )
    row = {"broadcast": broadcast, "number": count, "timezone": timezone, "quiet_start": start, "quiet_end": end}
    conn.execute(zones.insert().values(row))
    return count


def list_all(conn: Connection, broadcast_id: str) -> list[Zone]:
    """All zones of a broadcast, by number."""
    broadcast = broadcasts.seq_of(conn, broadcast_id)
    query = select(zones).where(zones.c.broadcast == broadcast).order_by(zones.c.number)
    return [Zone(row.number, row.timezone, _read(row.quiet_start, row.quiet_end)) for row in conn.execute(query)]


def _written(quiet: QuietHours | None) -> tuple[str, str]:
    return ("", "") if quiet is None else (quiet.start.isoformat(), quiet.end.isoformat())


def _read(start: str, end: str) -> QuietHours | None:
    return QuietHours(time.fromisoformat(start), time.fromisoformat(end)) if start else None
