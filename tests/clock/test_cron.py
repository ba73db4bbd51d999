"""Cron lines that are read, that are refused, and the walls they mean on ordinary days and on clock-change days."""

import itertools
from calendar import monthrange
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.clock import cron
from broadcaster.clock.cron import parse_rule, wall_times
from broadcaster.domain.local_time import walltime


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def some(line: str, after: str, count: int) -> list[str]:
    found = wall_times(parse_rule(line), wall(after), wall("2100-01-01"))
    return [walltime.key(each) for each in itertools.islice(found, count)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0 9 * * mon", ["2026-12-07T09:00", "2026-12-14T09:00"]),
        ("0 9 * * tue", ["2026-12-01T09:00", "2026-12-08T09:00"]),
        (" 0  9 * *\tMON,wed ", ["2026-12-02T09:00", "2026-12-07T09:00"]),
        ("30 17 * * sun-thu", ["2026-12-01T17:30", "2026-12-02T17:30", "2026-12-03T17:30", "2026-12-06T17:30"]),
        ("0 9 last * *", ["2026-12-31T09:00", "2027-01-31T09:00", "2027-02-28T09:00"]),
        ("0 9 1,last * *", ["2026-12-01T09:00", "2026-12-31T09:00", "2027-01-01T09:00"]),
        ("0 9 31 * *", ["2026-12-31T09:00", "2027-01-31T09:00", "2027-03-31T09:00"]),
        ("0 9 29 feb *", ["2028-02-29T09:00", "2032-02-29T09:00"]),
        ("0 9 1 nov-jan *", ["2026-12-01T09:00", "2027-01-01T09:00", "2027-11-01T09:00"]),
        ("*/20 8-9 * * *", ["2026-12-01T08:00", "2026-12-01T08:20", "2026-12-01T08:40", "2026-12-01T09:00"]),
        ("5/25 0 * * *", ["2026-12-01T00:05", "2026-12-01T00:30", "2026-12-01T00:55", "2026-12-02T00:05"]),
        ("0 9 1-7/3 * *", ["2026-12-01T09:00", "2026-12-04T09:00", "2026-12-07T09:00", "2027-01-01T09:00"]),
        ("* * * * *", ["2026-12-01T00:00", "2026-12-01T00:01"]),
    ],
)
def test_what_lines_mean(line: str, expected: list[str]) -> None:
    assert some(line, "2026-11-30T23:59:30", len(expected)) == expected


@pytest.mark.parametrize(
    ("line", "code", "hint"),
    [
        ("", "cron-unreadable", "five fields"),
        ("0 9 * *", "cron-unreadable", "five fields"),
        ("0 9 * * * *", "cron-unreadable", "five fields"),
        ("0 0 9 * * mon", "cron-unreadable", "five fields"),
        ("@daily", "cron-unreadable", "0 9 * * *"),
        ("@reboot", "cron-unreadable", "five fields"),
        ("60 9 * * *", "cron-unreadable", ""),
        ("0 24 * * *", "cron-unreadable", ""),
        ("0 9 0 * *", "cron-unreadable", ""),
        ("0 9 32 * *", "cron-unreadable", ""),
        ("0 9 * 13 *", "cron-unreadable", ""),
        ("0 9 * foo *", "cron-unreadable", ""),
        ("0 9 * * monday", "cron-unreadable", ""),
        ("0 9 * * mon#2", "cron-unreadable", ""),
        ("0 9 L * *", "cron-unreadable", ""),
        ("0 9 ? * *", "cron-unreadable", ""),
        ("0 9 1, * *", "cron-unreadable", ""),
        ("0 9-8 * * *", "cron-unreadable", ""),
        ("*/0 9 * * *", "cron-unreadable", ""),
        ("*/60 9 * * *", "cron-unreadable", ""),
        ("*-5 9 * * *", "cron-unreadable", ""),
        ("٣ 9 * * *", "cron-unreadable", ""),
        ("-1 9 * * *", "cron-unreadable", ""),
        ("0 9 * * 1", "cron-weekday-number", "`mon`"),
        ("0 9 * * 0", "cron-weekday-number", "`sun`"),
        ("0 9 * * 7", "cron-weekday-number", "`sun`"),
        ("0 9 * * 1-5", "cron-weekday-number", "`mon-fri`"),
        ("0 9 * * */2", "cron-weekday-number", "mon, tue"),
        ("0 9 1 * mon", "cron-two-kinds-of-day", "two campaigns"),
        ("0 9 */2 * mon-fri", "cron-two-kinds-of-day", "two campaigns"),
        ("0 9 31 2 *", "cron-never-fires", "last"),
        ("0 9 30,31 feb *", "cron-never-fires", "last"),
        ("0 9 31 apr,jun,sep,nov *", "cron-never-fires", "last"),
    ],
)
def test_what_is_refused(line: str, code: str, hint: str) -> None:
    with pytest.raises(cron.CronError) as caught:
        parse_rule(line)
    assert caught.value.code == code
    assert hint in caught.value.remedy


def test_after_is_left_out_and_until_is_kept() -> None:
    found = list(wall_times(parse_rule("0 9 * * *"), wall("2026-12-01T09:00"), wall("2026-12-03T09:00")))
    assert found == [wall("2026-12-02T09:00"), wall("2026-12-03T09:00")]
    assert list(wall_times(parse_rule("0 9 * * *"), wall("2026-12-01T09:00"), wall("2026-12-02T08:59"))) == []


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_both_clock_change_days_fire_once(day: str) -> None:
    start = wall(day)
    found = list(wall_times(parse_rule("30 1 * * *"), start, start + timedelta(days=1)))
    assert [walltime.key(each) for each in found] == [f"{day}T01:30"]
    hourly = list(wall_times(parse_rule("15 * * * *"), start, start + timedelta(days=1)))
    assert len(hourly) == len({walltime.instant(each, "Europe/London") for each in hourly}) == 24


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, list[set[int]]]:
    """A line of plain lists, and the values it names."""
    minutes, hours, months = (
        draw(st.sets(st.integers(low, high), min_size=1, max_size=4)) for low, high in [(0, 59), (0, 23), (1, 12)]
    )
    days = draw(st.sets(st.integers(1, 28), max_size=4))
    weekdays = set() if days else draw(st.sets(st.integers(0, 6), max_size=4))
    texts = [",".join(map(str, sorted(each))) or "*" for each in (minutes, hours, days, months)]
    texts.append(",".join(cron.WEEKDAYS[number] for number in weekdays) or "*")
    return " ".join(texts), [minutes, hours, days, months, weekdays]


@given(lines(), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001 - wall times are naive
def test_walls_are_the_matching_days_of_the_calendar(drawn: tuple[str, list[set[int]]], after: datetime) -> None:
    line, (minutes, hours, days, months, weekdays) = drawn
    until = after + timedelta(days=45)
    expected = [
        each
        for day in range(47)
        for hour, minute in itertools.product(sorted(hours), sorted(minutes))
        if (each := datetime(after.year, after.month, after.day, hour, minute) + timedelta(days=day))  # noqa: DTZ001 - wall
        and after < each <= until
        and each.month in months
        and (not days or each.day in days)
        and (not weekdays or each.weekday() in weekdays)
    ]
    assert list(wall_times(parse_rule(line), after, until)) == expected


@given(st.sets(st.integers(1, 31), min_size=1), st.sets(st.integers(1, 12), min_size=1))
def test_a_line_is_refused_exactly_when_no_date_fits(days: set[int], months: set[int]) -> None:
    line = f"0 9 {','.join(map(str, days))} {','.join(map(str, months))} *"
    if any(day <= monthrange(2028, month)[1] for day in days for month in months):
        assert some(line, "2026-12-01", 1)
    else:
        with pytest.raises(cron.NeverFiresError):
            parse_rule(line)


def test_rules_are_values() -> None:
    assert parse_rule("0 9 * *  MON") == parse_rule("0 9 * * mon")
    assert len({parse_rule("0 9 * * mon"), parse_rule("0 9 * * mon"), parse_rule("0 9 * * tue")}) == 2
