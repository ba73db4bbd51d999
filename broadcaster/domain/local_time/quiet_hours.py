"""Quiet hours: the part of a person's day in which nothing is sent to them."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from broadcaster.domain.local_time import walltime


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` up to, and without, `end`, on the wall clock where the person lives; may span midnight.

    Where both are the same there are none, for a whole day of quiet would let nothing out, ever.
    """

    start: time
    end: time

    def cover(self, shown: time) -> bool:
        """Whether it is quiet while the wall clock shows that."""
        if self.start <= self.end:
            return self.start <= shown < self.end
        return shown >= self.start or shown < self.end


def may_send_at(quiet: QuietHours | None, zone: str, now: datetime) -> bool:
    """Whether people in that zone may be written to at `now` (aware). Raises `UnknownTimezoneError`."""
    return quiet is None or not quiet.cover(walltime.local(now, zone).time())


def next_sending_time(quiet: QuietHours | None, zone: str, now: datetime) -> datetime:
    """When people in that zone may be written to from `now` on, in UTC: `now` if it is open, else the next end.

    An end that the spring change leaps over opens at the change; one that the autumn change repeats opens at
    whichever comes first after `now`. Raises `UnknownTimezoneError`.
    """
    moment = now.astimezone(UTC)
    while quiet is not None and not may_send_at(quiet, zone, moment):
        # More than once only where a zone leaps into the middle of quiet hours, as Apia did over a whole day.
        moment = _next(quiet.end, zone, moment)
    return moment


def next_quiet_start(quiet: QuietHours | None, zone: str, now: datetime) -> datetime | None:
    """When quiet hours begin next after `now`, in UTC; None where there are none. Raises `UnknownTimezoneError`."""
    if quiet is None or quiet.start == quiet.end:
        return None
    return _next(quiet.start, zone, now.astimezone(UTC))


def _next(shown: time, zone: str, now: datetime) -> datetime:
    """When the wall clock in that zone shows this time next, after `now` (UTC)."""
    today = datetime.combine(walltime.local(now, zone).date(), shown)
    walls = [today + timedelta(days=days) for days in (0, 1)]
    moments = [walltime.instant(wall, zone) for wall in walls]
    # In the repeated hour of autumn the first of the two may be past while the second lies ahead.
    moments += [wall.replace(tzinfo=walltime.zone(zone), fold=1).astimezone(UTC) for wall in walls]
    return min(moment for moment in moments if moment > now)
