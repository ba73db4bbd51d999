"""Wall times on both clock-change days, and keys that no two walls share."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.local_time import walltime

LONDON = "Europe/London"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
ZONES = st.sampled_from(
    [LONDON, "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana", "Asia/Beirut"]
)
WALLS = st.datetimes(datetime(2009, 1, 1), datetime(2037, 1, 1))  # noqa: DTZ001 - wall times are naive


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - wall times are naive


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (at(date(2026, 12, 1), 9), "2026-12-01T09:00"),
        (at(date(2026, 7, 1), 9), "2026-07-01T08:00"),
        (at(SPRING, 0, 59), "2026-03-29T00:59"),
        (at(SPRING, 1), "2026-03-29T01:00"),
        (at(SPRING, 1, 30), "2026-03-29T01:00"),
        (at(SPRING, 1, 59), "2026-03-29T01:00"),
        (at(SPRING, 2), "2026-03-29T01:00"),
        (at(SPRING, 2, 1), "2026-03-29T01:01"),
        (at(AUTUMN, 0, 59), "2026-10-24T23:59"),
        (at(AUTUMN, 1), "2026-10-25T00:00"),
        (at(AUTUMN, 1, 30), "2026-10-25T00:30"),
        (at(AUTUMN, 2), "2026-10-25T02:00"),
    ],
)
def test_instants_in_london(wall: datetime, expected: str) -> None:
    assert walltime.instant(wall, LONDON) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_day_that_a_zone_left_out_happens_at_its_leap() -> None:
    leap = datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert walltime.instant(at(date(2011, 12, 30), 15, 7), "Pacific/Apia") == leap
    assert walltime.local(leap, "Pacific/Apia") == at(date(2011, 12, 31), 0)


@given(WALLS, st.timedeltas(timedelta(0), timedelta(hours=30)), ZONES)
def test_a_later_wall_never_happens_earlier(wall: datetime, step: timedelta, zone: str) -> None:
    assert walltime.instant(wall, zone) <= walltime.instant(wall + step, zone)


@given(WALLS, ZONES)
def test_instant_is_the_first_at_which_the_wall_shows_that_or_more(wall: datetime, zone: str) -> None:
    moment = walltime.instant(wall, zone)
    assert walltime.local(moment, zone) >= wall
    assert walltime.local(moment - timedelta(microseconds=1), zone) < wall


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_on_both_days_each_wall_has_its_own_key(day: date) -> None:
    walls = [at(day, 0) + timedelta(minutes=minute) for minute in range(24 * 60)]
    assert len({walltime.key(wall) for wall in walls}) == len(walls)


@given(*[WALLS.map(lambda wall: wall.replace(microsecond=0))] * 2)
def test_keys_are_read_back_and_never_shared(one: datetime, other: datetime) -> None:
    assert walltime.parse(walltime.key(one)) == one
    assert walltime.parse(walltime.key(one).replace("T", " ")) == one
    assert (walltime.key(one) == walltime.key(other)) == (one == other)


def test_how_keys_look() -> None:
    assert walltime.key(at(date(2026, 12, 1), 9)) == "2026-12-01T09:00"
    assert walltime.key(at(date(2026, 12, 1), 9).replace(second=7)) == "2026-12-01T09:00:07"
    for wrong in (datetime(2026, 12, 1, tzinfo=UTC), at(SPRING, 9).replace(microsecond=1)):
        with pytest.raises(ValueError, match="key"):
            walltime.key(wrong)
    with pytest.raises(ValueError, match="zone"):
        walltime.instant(datetime(2026, 12, 1, tzinfo=UTC), LONDON)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-12-01", "2026-12-01T09:00Z", "2026-12-01T09:00+00:00", "2026-12-01T09:00:00", "20261201T0900",
     "2026-13-01T09:00", "2026-02-30T09:00", "2026-12-01 24:00", "2026-W49-2T09:00", "2026-12-01T09:00:07.5",
     "1899-12-31T23:59", "3000-01-01T00:00"],
)  # fmt: skip
def test_what_is_no_wall_time(text: str) -> None:
    with pytest.raises(walltime.WallTimeError) as caught:
        walltime.parse(text)
    assert caught.value.code == "wall-time-unreadable"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("europe/london", "Europe/London"), ("London", "Europe/London"), ("Europe/Londn", "Europe/London"),
     ("New York", "America/New_York"), ("Europe", None), ("../../etc/passwd", None), ("/etc/passwd", None),
     ("", None), ("a\0b", None), ("x" * 5000, None)],
)  # fmt: skip
def test_unknown_zones(name: str, meant: str | None) -> None:
    with pytest.raises(walltime.UnknownTimezoneError) as caught:
        walltime.zone(name)
    assert caught.value.code == "unknown-timezone"
    assert meant is None or f"Did you mean {meant}?" in caught.value.remedy
