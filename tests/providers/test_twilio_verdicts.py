"""What Twilio's answers mean for a text."""

import pytest

from broadcaster.providers.twilio.verdicts import TwilioPhase, parse_error_code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (30003, 30003),
        ("30003", 30003),
        ("0" * 9 + "7", 0),
        ("", None),
        ("-1", None),
        ("²", None),
        ("٣", None),
        (True, None),
        (3.0, None),
        (None, None),
    ],
)
def test_a_code_is_read_however_it_is_written(written: object, code: int | None) -> None:
    assert parse_error_code(written) == code


def test_phases_keep_the_names_that_ledgers_hold() -> None:
    assert [phase.value for phase in TwilioPhase] == ["hours", "request", "connect", "tls", "rate", "answer"]
