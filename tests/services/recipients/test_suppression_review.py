"""Which earlier answers make a suppression one that is offered for lifting."""

import pytest

from broadcaster.providers.answers import read_answer
from broadcaster.services.recipients.suppression_review import _would_not_suppress

OURS = "550 5.7.1 your IP is on our blocklist"
DEAD = "550 5.1.1 no such user here"
FULL = "552 5.2.2 mailbox full"
UNKNOWN = "550 xyzzy"


@pytest.mark.parametrize(
    ("answers", "offered"),
    [
        ([OURS], True),
        ([OURS, OURS, OURS], True),
        ([OURS, DEAD], False),  # one of them alone would strike it off today as well
        ([DEAD], False),
        ([OURS, FULL], True),
        ([OURS, FULL, FULL, FULL], False),
        ([FULL], False),  # nothing of it was about us
        ([OURS, UNKNOWN], False),
    ],
)
def test_what_would_be_struck_off_today_is_not_offered(answers: list[str], offered: bool) -> None:
    assert _would_not_suppress([read_answer("", answer) for answer in answers]) is offered
