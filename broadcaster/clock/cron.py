"""Cron lines as people may write them, and the wall times they mean.

A rule is walked in the pure calendar: no zone and no clock change comes into it, so that the spring day loses no firing
and the autumn day doubles none. What a wall time means as an instant is `broadcaster.domain.local_time.walltime`'s
business.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

# The package has no type information of its own, and no stubs are published for version 3.
from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]

from broadcaster.domain.errors import BroadcasterError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_LONGEST_MONTHS = dict(zip(range(1, 13), (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), strict=True))
_LAST = "last"
_PIECE = re.compile(r"(?P<first>\*|[0-9]{1,4}|[a-z]+)(?:-(?P<to>[0-9]{1,4}|[a-z]+))?(?:/(?P<step>[0-9]{1,4}))?")
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 9 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 9 * * mon",
    "@monthly": "0 9 1 * *",
    "@yearly": "0 9 1 jan *",
    "@annually": "0 9 1 jan *",
}


class CronError(BroadcasterError):
    """The cron line cannot be read."""

    code = "cron-unreadable"
    default_remedy = (
        "Write five fields: minute, hour, day of month, month, weekday; such as `0 9 * * mon` for Mondays at 09:00."
    )


class WeekdayNumberError(CronError):
    """A weekday is a number, which some programs count from Sunday and others from Monday."""

    code = "cron-weekday-number"
    default_remedy = f"Name the weekdays: {', '.join(WEEKDAYS)}."


class TwoKindsOfDayError(CronError):
    """A weekday stands together with a day of the month, which some programs read as 'or' and others as 'and'."""

    code = "cron-two-kinds-of-day"
    default_remedy = "Put `*` for the day of the month or for the weekday; for both kinds, make two campaigns."


class NeverFiresError(CronError):
    """No date fits the line."""

    code = "cron-never-fires"
    default_remedy = "Choose a day that the month has; `last` is the last day of every month."


@dataclass(frozen=True, slots=True)
class CronRule:
    """A cron line that was read and fires some day. Two rules are equal when their lines are."""

    cron: str
    _trigger: CronTrigger = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class _CronField:
    name: str
    low: int
    high: int
    names: Sequence[str] = ()

    def number(self, text: str) -> int:
        if text in self.names:
            return self.low + self.names.index(text)
        if not text.isdigit():
            known = f"; it is one of {', '.join(self.names)}" if self.names else ""
            raise CronError(f"'{text}' is not a {self.name}{known}")
        if not self.low <= int(text) <= self.high:
            raise CronError(f"{text} is not a {self.name}: they go from {self.low} to {self.high}")
        return int(text)


_MINUTE = _CronField("minute", 0, 59)
_HOUR = _CronField("hour", 0, 23)
_DAY = _CronField("day of the month", 1, 31)
_MONTH = _CronField("month", 1, 12, MONTHS)
_WEEKDAY = _CronField("weekday", 0, 6, WEEKDAYS)


def parse_rule(cron: str) -> CronRule:
    """Read a cron line: minute, hour, day of month, month, weekday.

    Lists, ranges and steps are understood, months and weekdays by their three letters (a range of names may go round:
    `sun-thu`), and `last` for the last day of a month. Left out are macros, which hide the hour, and everything that
    programs read in different ways. Raises `CronError` and its subclasses.
    """
    line = " ".join(cron.lower().split())
    if line.startswith("@"):
        raise CronError(f"'{line}' does not show at what time it fires", remedy=_instead_of_macro(line))
    texts = line.split(" ") if line else []
    if len(texts) != 5:
        raise CronError(f"'{line}' has {len(texts)} fields instead of five")
    minute, hour, day, month, weekday = texts
    _refuse_numbered_weekdays(weekday)
    if day != "*" and weekday != "*":
        raise TwoKindsOfDayError(f"'{line}' names a weekday and a day of the month")
    days = set(day.split(",")) - {_LAST}
    chosen = {
        "minute": _numbers(_MINUTE, minute),
        "hour": _numbers(_HOUR, hour),
        "day": _numbers(_DAY, ",".join(sorted(days))) if days else set(),
        "month": _numbers(_MONTH, month),
        "day_of_week": _numbers(_WEEKDAY, weekday),
    }
    last = _LAST in day.split(",")
    if not last and min(chosen["day"]) > max(_LONGEST_MONTHS[number] for number in chosen["month"]):
        raise NeverFiresError(f"'{line}' never fires: there is no such day")
    fields = {name: ",".join(str(number) for number in sorted(numbers)) for name, numbers in chosen.items()}
    if last:
        fields["day"] = ",".join(filter(None, (fields["day"], _LAST)))
    # UTC has no clock changes, so that the trigger counts in the pure calendar.
    return CronRule(line, CronTrigger(**fields, second="0", timezone=UTC))


def wall_times(rule: CronRule, after: datetime, until: datetime) -> Iterator[datetime]:
    """The rule's wall times later than `after`, up to and with `until`, in order; all of them naive."""
    moment = after.replace(tzinfo=UTC)
    while True:
        found = rule._trigger.get_next_fire_time(None, moment + timedelta(microseconds=1))
        if found is None or found.replace(tzinfo=None) > until:
            return
        yield found.replace(tzinfo=None)
        moment = found


def _numbers(kind: _CronField, text: str) -> set[int]:
    return set().union(*(_numbers_of_piece(kind, piece) for piece in text.split(",")))


def _numbers_of_piece(kind: _CronField, text: str) -> set[int]:
    match = _PIECE.fullmatch(text)
    if match is None or (match["first"] == "*" and match["to"]):
        raise CronError(f"'{text}' is not understood as a {kind.name}")
    first, to, step = match["first"], match["to"], match["step"]
    low = kind.low if first == "*" else kind.number(first)
    # As in cron, a step after a single value counts on to the end of the field.
    high = kind.number(to) if to else kind.high if first == "*" or step else low
    width = kind.high - kind.low + 1
    if high < low:
        if not first.isalpha():
            raise CronError(f"'{text}' goes backwards: a range of a {kind.name} starts with the smaller value")
        high += width
    if step and not 0 < int(step) < width:
        raise CronError(f"the step of '{text}' lies outside 1 to {width - 1}")
    return {kind.low + (number - kind.low) % width for number in range(low, high + 1, int(step or 1))}


def _refuse_numbered_weekdays(text: str) -> None:
    if not re.search(r"(?:^|[,/-])[0-9]", text):
        return
    if "/" in text:
        raise WeekdayNumberError(f"'{text}' counts weekdays")
    # The usual cron counts from Sunday, 0 or 7; the writer most likely meant that.
    named = re.sub(r"[0-9]+", lambda match: WEEKDAYS[(int(match.group()) + 6) % 7], text)
    raise WeekdayNumberError(
        f"'{text}' gives weekdays as numbers", remedy=f"{WeekdayNumberError.default_remedy} Perhaps `{named}` is meant."
    )


def _instead_of_macro(line: str) -> str | None:
    instead = _MACROS.get(line)
    return f"Write out when it fires, for example `{instead}`." if instead else None
