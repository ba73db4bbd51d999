"""Quiet hours across midnight and across clock changes."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.local_time.quiet_hours import QuietHours, may_send_at, next_quiet_start, next_sending_time

LONDON = "Europe/London"
NIGHT = QuietHours(time(21), time(8))
ZONES = st.sampled_from(
    [LONDON, "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana"]
)
QUARTERS = st.integers(0, 95).map(lambda at: time(at // 4, at % 4 * 15))
# Around both changes of many zones, and around the day that Apia left out.
MOMENTS = st.builds(
    lambda day, step: day + timedelta(minutes=15 * step),
    st.sampled_from(
        [
            datetime(2026, month, day, tzinfo=UTC)
            for month, day in [(3, 7), (3, 28), (4, 4), (10, 3), (10, 24), (10, 31)]
        ]
        + [datetime(2011, 12, 29, tzinfo=UTC)]
    ),
    st.integers(0, 4 * 72),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-12-01T20:59", "2026-12-01T20:59"),
        ("2026-12-01T21:00", "2026-12-02T08:00"),
        ("2026-12-02T00:00", "2026-12-02T08:00"),
        ("2026-12-02T07:59", "2026-12-02T08:00"),
        ("2026-12-02T08:00", "2026-12-02T08:00"),
        ("2026-03-28T22:00", "2026-03-29T07:00"),
        ("2026-10-24T22:00", "2026-10-25T08:00"),
    ],
)
def test_a_night_in_london(now: str, opens: str) -> None:
    assert next_sending_time(NIGHT, LONDON, utc(now)) == utc(opens)
    assert may_send_at(NIGHT, LONDON, utc(now)) == (now == opens)


def test_within_a_day_and_in_the_zone_of_the_person() -> None:
    lunch = QuietHours(time(12), time(14))
    assert not may_send_at(lunch, "Asia/Dhaka", utc("2026-12-01T06:00"))
    assert next_sending_time(lunch, "Asia/Dhaka", utc("2026-12-01T06:00")) == utc("2026-12-01T08:00")
    assert may_send_at(lunch, LONDON, utc("2026-12-01T06:00"))


@pytest.mark.parametrize("quiet", [None, QuietHours(time(9), time(9)), QuietHours(time(0), time(0))])
def test_none_at_all(quiet: QuietHours | None) -> None:
    now = utc("2026-12-01T09:00")
    assert may_send_at(quiet, LONDON, now)
    assert next_sending_time(quiet, LONDON, now) == now
    assert next_quiet_start(quiet, LONDON, now) is None


@pytest.mark.parametrize(
    ("now", "begins"),
    [("2026-12-01T20:59", "2026-12-01T21:00"), ("2026-12-01T21:00", "2026-12-02T21:00")],
)
def test_when_it_is_quiet_next(now: str, begins: str) -> None:
    assert next_quiet_start(NIGHT, LONDON, utc(now)) == utc(begins)


@pytest.mark.parametrize(
    ("end", "now", "opens"),
    [
        # 01:30 does not come on the spring day: quiet ends with the change.
        (time(1, 30), "2026-03-29T00:30", "2026-03-29T01:00"),
        # On the autumn day 01:30 comes twice; it is quiet again from 01:00 to the second 01:30.
        (time(1, 30), "2026-10-25T00:15", "2026-10-25T00:30"),
        (time(1, 30), "2026-10-25T01:15", "2026-10-25T01:30"),
    ],
)
def test_an_end_within_the_change(end: time, now: str, opens: str) -> None:
    assert next_sending_time(QuietHours(time(21), end), LONDON, utc(now)) == utc(opens)


@given(QUARTERS, QUARTERS, ZONES, MOMENTS)
def test_it_is_open_when_it_says_so(start: time, end: time, zone: str, now: datetime) -> None:
    quiet = QuietHours(start, end)
    moment = next_sending_time(quiet, zone, now)
    assert may_send_at(quiet, zone, moment)
    assert (moment == now) == may_send_at(quiet, zone, now)
    assert timedelta(0) <= moment - now <= timedelta(hours=26)


@given(st.integers(18, 23), st.integers(0, 47), ZONES, MOMENTS)
def test_it_was_quiet_all_the_time_until_then(start: int, end: int, zone: str, now: datetime) -> None:
    quiet = QuietHours(time(start), time(end // 4, end % 4 * 15))
    moment = next_sending_time(quiet, zone, now)
    while now < moment:
        assert not may_send_at(quiet, zone, now)
        now += timedelta(minutes=15)
