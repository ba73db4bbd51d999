"""The test send: one recipient's message sent to the person who looks at it, from the desk or the command line.

Nobody approves a test, so it must not become a way to write to people. It goes to one address that is not suppressed,
MAX_TESTS times an hour at most, and is in the audit log before it goes.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from broadcaster.audiences.model.recipient import Recipient
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingEmail, OutgoingSms
from broadcaster.domain.delivery.receipts import Receipt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.keys import new_id
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.delivery.payloads import Payload
from broadcaster.ledger.recipients import suppressions
from broadcaster.letters.filling.merge_skeleton import MergeSkeleton
from broadcaster.letters.filling.skeleton import Envelope
from broadcaster.services.access.permissions import Actor
from broadcaster.services.composing.filling import make_outgoing_merge
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.composing.sender import campaign_route
from broadcaster.services.previewing.preview import chosen_language, compile_email, compile_sms, preview_links
from broadcaster.services.project.project import Project, now
from broadcaster.services.recipients.suppression_list import identify_address

MAX_TESTS = 20
"""Tests of one person within `TESTS_PERIOD`: as many as anybody looks at, and too few to write to a community."""

TESTS_PERIOD = timedelta(hours=1)

TEST_MARK = "[Test] "
"""What the subject of a test, or its text message, begins with."""

SEND_TEST_ACTION = "send-test"


class SendTestRefusedError(BroadcasterError):
    """The test cannot go to this address, or was one too many."""

    code = "test-refused"
    default_field = "to"


@dataclass(frozen=True, slots=True)
class SendTestRequest:
    """The address that a test goes to, an email address or a telephone number, and its language, None for that of the
    recipient.
    """

    to: str
    language: str | None = None


def send_to_self(
    project: Project, messages: CampaignMessages, recipient: Recipient, request: SendTestRequest, by: Actor
) -> Receipt:
    """Send this recipient's email, or text message, to the address of the request.

    Raises TypedAddressError, SendTestRefusedError, and what `make_test_email` and `make_test_text` raise.
    """
    address = identify_address(project, request.to)
    if address.channel is Channel.SMS:
        message: Outgoing = make_test_text(messages, recipient, address.address, request.language)
    else:
        merges = project.providers[Channel.EMAIL].merges
        message = make_test_email(messages, recipient, address.address, request.language, merges=merges)
    with project.ledger.writing() as conn:
        if suppressions.find_suppressed(conn, [address.blind]):
            raise SendTestRefusedError("This address must not be written to.", remedy="Take an address of your own.")
        if audit.count_actions(conn, by.name, SEND_TEST_ACTION, now() - TESTS_PERIOD) >= MAX_TESTS:
            raise SendTestRefusedError(
                f"{by.name} has sent {MAX_TESTS} tests within an hour.",
                remedy="Wait a while. What many people shall get is submitted and approved.",
            )
        # The beginning of the keyed hash shows whether tests went to one address or to many; no ledger knows the
        # delivery otherwise.
        detail = {"delivery": message.delivery_id, "address": address.blind.hex()[:12]}
        audit.record(conn, by, SEND_TEST_ACTION, messages.letter.name, **detail)
    return send_test_message(project, message)


def make_test_text(
    messages: CampaignMessages, recipient: Recipient, to: str, language: str | None = None
) -> OutgoingSms:
    """This recipient's text message addressed to `to`, marked as a test.

    Raises what `make_preview` raises, SendTestRefusedError where nobody is named as its sender, and PartMissingError
    when the letter has no text message.
    """
    chosen = chosen_language(messages, recipient, language)
    text, values = compile_sms(messages, recipient, chosen)
    sender = campaign_route(messages).sms_sender
    if not sender:
        raise SendTestRefusedError(
            "The signatory of this letter has no sender of text messages.",
            remedy="An administrator adds one on the page Settings.",
        )
    marked = replace(text, fragments=(TEST_MARK, *text.fragments))
    filled = marked.fill(values, preview_links(messages, chosen))
    delivery_id = new_id()
    return OutgoingSms(delivery_id, f"{delivery_id}-1", sender, to, filled.body, filled.segments, filled.encoding)


def make_test_email(
    messages: CampaignMessages, recipient: Recipient, to: str, language: str | None = None, *, merges: bool = False
) -> Outgoing:
    """This recipient's email addressed to `to`, its subject marked as a test; all else is as the recipient gets it.

    `merges` says that the email provider fills the gaps itself. Raises what `make_preview` raises, and PartMissingError
    when the letter has no email.
    """
    chosen = chosen_language(messages, recipient, language)
    links = preview_links(messages, chosen)
    email, values = compile_email(messages, recipient, chosen)
    marked = replace(email, subject_fragments=(TEST_MARK, *email.subject_fragments))
    delivery_id = new_id()
    attempt_id = f"{delivery_id}-1"
    if merges:
        return make_outgoing_merge(MergeSkeleton(marked), (delivery_id, attempt_id), Payload(to, "", values), links)
    route = campaign_route(messages)
    data = marked.fill(values, Envelope("", to, route.message_id(delivery_id), now()), links)
    return OutgoingEmail(delivery_id, attempt_id, route.envelope_sender(delivery_id), to, data)


def send_test_message(project: Project, message: Outgoing) -> Receipt:
    """Hand a test to the provider of its channel. It has no delivery in the ledger."""
    channel = Channel.SMS if isinstance(message, OutgoingSms) else Channel.EMAIL
    with project.providers[channel].open() as session:
        return session.send([message])[0]
