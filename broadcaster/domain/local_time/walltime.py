"""Wall times: what the clock on the wall in the organisation's zone shows when something is meant to happen.

A wall time is a naive `datetime`. It is the key of an occurrence and stays what people wrote; only when something must
fire does it become an instant in UTC, by the rules here, so that on neither day of a clock change anything fires twice
or not at all.
"""

import difflib
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from broadcaster.domain.errors import BroadcasterError

FIRST_YEAR, LAST_YEAR = 1900, 2999

_SECOND = timedelta(seconds=1)


class UnknownTimezoneError(BroadcasterError):
    """The timezone is not one of the IANA time zone database."""

    code = "unknown-timezone"
    default_remedy = "Write a name of the IANA time zone database, such as Europe/London or Asia/Dhaka."


class WallTimeError(BroadcasterError):
    """The text is not a date and time as we write them."""

    code = "wall-time-unreadable"
    default_remedy = (
        "Write date and time as 2026-12-01 09:00, in the organisation's own timezone and without an offset."
    )


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises `UnknownTimezoneError`, which names the nearest known one."""
    try:
        return ZoneInfo(name)
    # A folder of the database, an absolute path or a name with a NUL each fail in their own way.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimezoneError(f"'{name}' is not a known timezone", remedy=_nearest_zone(name)) from None


def instant(wall: datetime, zone_name: str) -> datetime:
    """When that wall time happens, in UTC.

    A time that the spring change leaps over happens once, at the moment of the change; one that the autumn change
    brings twice happens the first time. So a later wall time never happens earlier. Raises `ValueError` for an aware
    `wall` and `UnknownTimezoneError`.
    """
    if wall.tzinfo is not None:
        raise ValueError("a wall time carries no zone of its own")
    place = zone(zone_name)
    first = wall.replace(tzinfo=place, fold=0).astimezone(UTC)
    if local(first, zone_name) == wall:
        return first
    # In a gap: fold=0 reads the wall with the offset before the change, which is after it, and fold=1 the reverse.
    return _offset_change(place, wall.replace(tzinfo=place, fold=1).astimezone(UTC), first)


def local(moment: datetime, zone_name: str) -> datetime:
    """What the wall clock in that zone shows at an aware instant: a naive `datetime` without fold."""
    return moment.astimezone(zone(zone_name)).replace(tzinfo=None, fold=0)


def key(wall: datetime) -> str:
    """The wall time as it stands in the ledger: `2026-12-01T09:00`, with seconds only where there are any.

    Two walls never share a key. Raises `ValueError` for an aware time or a part of a second.
    """
    if wall.tzinfo is not None or wall.microsecond:
        raise ValueError("a key is made of a wall time in whole seconds")
    return wall.isoformat(timespec="seconds" if wall.second else "minutes")


def parse(text: str) -> datetime:
    """A key, or the same with a space as people write it, as a wall time. Raises `WallTimeError`."""
    written = text.strip().replace(" ", "T", 1)
    try:
        wall = datetime.fromisoformat(written)
        # fromisoformat takes many more forms, offsets among them; one time has one spelling here.
        if key(wall) == written and is_sensible_date(wall):
            return wall
    except ValueError:
        pass
    raise WallTimeError(f"'{text}' is not a date and time")


def is_sensible_date(day: date) -> bool:
    """Whether somebody can have meant it: what lies thousands of years away is a slip, and no calendar reckons with
    the days around it.
    """
    return FIRST_YEAR <= day.year <= LAST_YEAR


def _offset_change(place: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The moment between two instants (UTC, whole seconds apart) at which the zone's offset changes."""
    old = before.astimezone(place).utcoffset()
    low, high = 0, int((after - before) / _SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if (before + middle * _SECOND).astimezone(place).utcoffset() == old:
            low = middle
        else:
            high = middle
    # The wall may carry a part of a second, the change never does.
    return (before + high * _SECOND).replace(microsecond=0)


def _nearest_zone(name: str) -> str | None:
    folded = {known.casefold(): known for known in available_timezones()}
    places = {known.rsplit("/", 1)[-1]: known for known in folded}
    sought = name.casefold().replace(" ", "_")
    near = difflib.get_close_matches(sought, [*folded, *places], n=1)
    if not near:
        return None
    found = folded[places.get(near[0], near[0])]
    return f"Did you mean {found}? {UnknownTimezoneError.default_remedy}"
