"""What a status says about an address."""

import pytest

from broadcaster.providers.answers.statuses import STRIKE_AT_ONCE, STRIKE_NEVER, STRIKE_THIRD_TIME, meaning_of_status
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.transactions.replies import SmtpReply
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase, judge_reply


@pytest.mark.parametrize(
    ("status", "reason", "strikes"),
    [
        ("5.1.1", Reason.ADDRESS_UNKNOWN, STRIKE_AT_ONCE),
        ("5.1.2", Reason.ADDRESS_UNKNOWN, STRIKE_AT_ONCE),
        ("5.1.10", Reason.ADDRESS_UNKNOWN, STRIKE_AT_ONCE),
        ("5.2.1", Reason.ADDRESS_UNKNOWN, STRIKE_AT_ONCE),
        ("4.1.1", Reason.ADDRESS_REFUSED, STRIKE_THIRD_TIME),
        ("5.2.2", Reason.MAILBOX_FULL, STRIKE_THIRD_TIME),
        ("4.2.2", Reason.MAILBOX_FULL, STRIKE_THIRD_TIME),
        ("5.2.3", Reason.MESSAGE_TOO_LARGE, STRIKE_NEVER),
        ("5.3.4", Reason.MESSAGE_TOO_LARGE, STRIKE_NEVER),
        ("5.3.2", Reason.NOT_REACHED, STRIKE_THIRD_TIME),
        ("4.4.7", Reason.NOT_REACHED, STRIKE_THIRD_TIME),
        ("5.4.4", Reason.NOT_REACHED, STRIKE_THIRD_TIME),
        ("5.1.8", Reason.MESSAGE_REFUSED, STRIKE_NEVER),
        ("5.6.0", Reason.MESSAGE_REFUSED, STRIKE_NEVER),
        ("5.7.1", Reason.BLOCKED, STRIKE_NEVER),
        ("5.7.26", Reason.BLOCKED, STRIKE_NEVER),
        ("5.0.0", Reason.ADDRESS_REFUSED, STRIKE_THIRD_TIME),
        ("5.1.99", Reason.ADDRESS_REFUSED, STRIKE_THIRD_TIME),
        ("", Reason.ADDRESS_REFUSED, STRIKE_THIRD_TIME),
    ],
)
def test_the_table(status: str, reason: Reason, strikes: int) -> None:
    assert meaning_of_status(status) == (reason, strikes)


@pytest.mark.parametrize("status", [f"5.{subject}.{detail}" for subject in range(8) for detail in range(30)])
def test_a_server_says_the_same_at_once_and_afterwards(status: str) -> None:
    """What suppresses an address when RCPT is answered so, does when it bounces so, and nothing else does."""
    receipt = judge_reply(SmtpPhase.RCPT, SmtpReply(550, f"{status} no"), "delivery1", "a@b.example")
    assert receipt.suppress == (meaning_of_status(status).strikes == STRIKE_AT_ONCE)
