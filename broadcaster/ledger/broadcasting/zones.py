"""Zones: a timezone with quiet hours, numbered within a broadcast; a delivery stores only the number."""

from dataclasses import dataclass
from datetime import time

from sqlalchemy import Connection, func, select

from broadcaster.domain.local_time.quiet_hours import QuietHours
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.tables import zones


@dataclass(frozen=True, slots=True)
class Zone:
    """An IANA timezone, and the local hours in which nothing is sent there."""

    number: int
    timezone: str
    quiet: QuietHours | None


def get_or_add(conn: WriteConnection, broadcast_id: str, timezone: str, quiet: QuietHours | None) -> int:
    """The number of a timezone with these quiet hours in a broadcast; a new one gets the next number."""
    broadcast = broadcasts.seq_of(conn, broadcast_id)
    start, end = _quiet_columns(quiet)
    same = (zones.c.timezone == timezone, zones.c.quiet_start == start, zones.c.quiet_end == end)
    number = conn.execute(select(zones.c.number).where(zones.c.broadcast == broadcast, *same)).scalar()
    if number is not None:
        return int(number)
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
    return [Zone(row.number, row.timezone, _quiet_hours(row.quiet_start, row.quiet_end)) for row in conn.execute(query)]


def _quiet_columns(quiet: QuietHours | None) -> tuple[str, str]:
    return ("", "") if quiet is None else (quiet.start.isoformat(), quiet.end.isoformat())


def _quiet_hours(start: str, end: str) -> QuietHours | None:
    return QuietHours(time.fromisoformat(start), time.fromisoformat(end)) if start else None
