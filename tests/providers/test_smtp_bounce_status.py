"""What a status says about an address."""

import pytest

from broadcaster.providers.answers.statuses import AT_ONCE, NEVER, THIRD_TIME, meaning
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.replies import Reply
from broadcaster.providers.smtp.verdicts import Phase, judge


@pytest.mark.parametrize(
    ("status", "reason", "strikes"),
    [
        ("5.1.1", Reason.ADDRESS_UNKNOWN, AT_ONCE),
        ("5.1.2", Reason.ADDRESS_UNKNOWN, AT_ONCE),
        ("5.1.10", Reason.ADDRESS_UNKNOWN, AT_ONCE),
        ("5.2.1", Reason.ADDRESS_UNKNOWN, AT_ONCE),
        ("4.1.1", Reason.ADDRESS_REFUSED, THIRD_TIME),
        ("5.2.2", Reason.MAILBOX_FULL, THIRD_TIME),
        ("4.2.2", Reason.MAILBOX_FULL, THIRD_TIME),
        ("5.2.3", Reason.MESSAGE_TOO_LARGE, NEVER),
        ("5.3.4", Reason.MESSAGE_TOO_LARGE, NEVER),
        ("5.3.2", Reason.NOT_REACHED, THIRD_TIME),
        ("4.4.7", Reason.NOT_REACHED, THIRD_TIME),
        ("5.4.4", Reason.NOT_REACHED, THIRD_TIME),
        ("5.1.8", Reason.MESSAGE_REFUSED, NEVER),
        ("5.6.0", Reason.MESSAGE_REFUSED, NEVER),
        ("5.7.1", Reason.BLOCKED, NEVER),
        ("5.7.26", Reason.BLOCKED, NEVER),
        ("5.0.0", Reason.ADDRESS_REFUSED, THIRD_TIME),
        ("5.1.99", Reason.ADDRESS_REFUSED, THIRD_TIME),
        ("", Reason.ADDRESS_REFUSED, THIRD_TIME),
    ],
)
def test_the_table(status: str, reason: Reason, strikes: int) -> None:
    assert meaning(status) == (reason, strikes)


@pytest.mark.parametrize("status", [f"5.{subject}.{detail}" for subject in range(8) for detail in range(30)])
def test_a_server_says_the_same_at_once_and_afterwards(status: str) -> None:
    """What suppresses an address when RCPT is answered so, does when it bounces so, and nothing else does."""
    receipt = judge(Phase.RCPT, Reply(550, f"{status} no"), "delivery1", "a@b.example")
    assert receipt.suppress == (meaning(status).strikes == AT_ONCE)
