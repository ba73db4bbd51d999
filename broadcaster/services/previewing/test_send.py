"""Sending somebody's email to oneself, at the desk and on the command line. Nobody approves a test, so it must not
become a way to write to people: it goes to one address that may be written to, a few times in an hour, and is on the
record before it goes.
"""

from dataclasses import dataclass
from datetime import timedelta

from broadcaster.audiences.model.recipient import Recipient
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.receipts import Receipt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.recipients import suppressions
from broadcaster.services.access.permissions import Actor
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.previewing.preview import make_test_message, send_test_message
from broadcaster.services.project.project import Project, now
from broadcaster.services.recipients.suppression_list import identify_address

MAX_TESTS = 20
"""Tests of one person within `TESTS_PERIOD`: as many as anybody looks at, and too few to write to a community."""

TESTS_PERIOD = timedelta(hours=1)

SEND_TEST_ACTION = "send-test"


class SendTestRefusedError(BroadcasterError):
    """The test cannot go to this address, or was one too many."""

    code = "test-refused"


@dataclass(frozen=True, slots=True)
class SendTestRequest:
    """Where a test goes, and in which language, None for the person's own."""

    to: str
    language: str | None = None


def send_to_self(
    project: Project, prospects: CampaignMessages, person: Recipient, wanted: SendTestRequest, by: Actor
) -> Receipt:
    """Hand over this person's email, addressed to whoever tests it.

    Raises AddressError, NoTestError, and what `preview.make_test_message` raises.
    """
    found = identify_address(project, wanted.to)
    if found.channel is not Channel.EMAIL:
        raise SendTestRefusedError("A test is an email.", remedy="Type your email address.")
    merges = project.providers[Channel.EMAIL].merges
    message = make_test_message(prospects, person, found.address, wanted.language, merges=merges)
    with project.ledger.writing() as conn:
        if suppressions.find_suppressed(conn, [found.blind]):
            raise SendTestRefusedError("This address must not be written to.", remedy="Take an address of your own.")
        if audit.count_actions(conn, by.name, SEND_TEST_ACTION, now() - TESTS_PERIOD) >= MAX_TESTS:
            raise SendTestRefusedError(
                f"{by.name} has sent {MAX_TESTS} tests within an hour.",
                remedy="Wait a while. What many people shall get is submitted and approved.",
            )
        # The beginning of the keyed hash shows whether tests went to one address or to many; no ledger knows the
        # delivery otherwise.
        detail = {"delivery": message.delivery_id, "address": found.blind.hex()[:12]}
        audit.record(conn, by, SEND_TEST_ACTION, prospects.letter.name, **detail)
    return send_test_message(project, message)
