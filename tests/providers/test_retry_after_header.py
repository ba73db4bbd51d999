"""When to come again: in seconds, or at a moment by the provider's own clock."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.providers.retry_after_header import provider_clock, seconds_to_wait

AT = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)


def http(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        (http(AT + timedelta(seconds=90)), 90.0),
        (http(AT - timedelta(seconds=90)), 0.0),
        ("Saturday, 03-Feb-01 04:06:06 GMT", 60.0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("١٢", None),
        ("9" * 400, 999_999_999.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 999_999_999.0),
        ("1e9", None),
        ("Sat, 99 Feb 2001 99:99:99 GMT", None),
    ],
)
def test_seconds_to_wait(said: str, seconds: float | None) -> None:
    assert seconds_to_wait(said, http(AT)) == seconds


@pytest.mark.parametrize("date", ["", "no date"])
def test_without_a_date_the_clock_is_ours(date: str) -> None:
    assert abs(provider_clock(date) - time.time()) < 60
    found = seconds_to_wait(http(datetime.now(UTC) + timedelta(seconds=600)), date)
    assert found is not None
    assert 500 < found <= 600


@given(st.text(), st.text())
def test_whatever_is_said_is_a_time_or_nothing(said: str, date: str) -> None:
    found = seconds_to_wait(said, date)
    assert found is None or 0 <= found < 1e9
