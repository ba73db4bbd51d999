"""Senders of replies: the number, and its name on our rosters. Staff ask for each sender, and the audit log records it;
the list of replies shows no numbers.
"""

from dataclasses import dataclass, field

from broadcaster.audiences.rosters.address_lookup import find_rows_with_address
from broadcaster.domain.contact.addresses import is_e164
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.keys import SealBrokenError
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.delivery import deliveries
from broadcaster.ledger.recipients import message_history
from broadcaster.ledger.recipients.replies import Reply
from broadcaster.services.access.permissions import Actor, can_see
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list
from broadcaster.services.replies import inbox
from broadcaster.services.replies.inbound_texts import ReplyUnknownError
from broadcaster.services.rosters import audiences
from broadcaster.services.rosters.audiences import open_audience

SAID_NO = "said no in a reply"
"""The reason in the audit log for an opt-out that staff read in a reply."""


@dataclass(frozen=True, slots=True)
class ReplySender:
    """The sender of a reply. `name` is "" if no roster has the number; both are "" if they were erased."""

    reply: Reply
    number: str = field(repr=False)
    name: str = field(repr=False)

    @property
    def has_telephone(self) -> bool:
        """Whether it is a telephone number, which can be called and suppressed; machines send under a word."""
        return is_e164(self.number)


def open_sender(project: Project, reply_id: str, by: Actor) -> ReplySender:
    """The sender of a reply; the audit log records who asked. Raises ReplyUnknownError."""
    reply = _readable_reply(project, reply_id, by)
    with project.ledger.writing() as conn:
        audit.record(conn, by, "open-reply", "replies", reply=reply.id)
    number = clean_text(reply.words.sender)
    return ReplySender(reply, number, _find_name(project, number, by) if is_e164(number) else "")


def suppress_sender(project: Project, reply_id: str, by: Actor) -> bool:
    """Suppress the sender of a reply; False if the number was suppressed by hand before.

    Raises ReplyUnknownError, and AddressError where it came from no telephone.
    """
    reply = _readable_reply(project, reply_id, by)
    return suppression_list.suppress(project, clean_text(reply.words.sender), SAID_NO, by)


def _readable_reply(project: Project, reply_id: str, by: Actor) -> Reply:
    found = inbox.find_readable_reply(project, by.name, reply_id)
    if found is None:
        raise ReplyUnknownError("There is no reply of that id that you may read.")
    return found


def _find_name(project: Project, number: str, by: Actor) -> str:
    """The name in the last message to this number, or else on a roster."""
    blind = blind_address_index(project.keyring, Channel.SMS, number)
    with project.ledger.reading() as conn:
        tried = (
            one
            for one in message_history.list_messages_to_address(conn, Channel.SMS, blind)
            if one.tried_at is not None
        )
        last = next(tried, None)
        delivery = deliveries.get(conn, last.delivery) if last else None
    if delivery is not None:
        try:
            return delivery.payload(project.keyring).name
        except SealBrokenError:  # altered in the ledger: try the rosters
            pass
    return _name_on_rosters(project, number, by)


def _name_on_rosters(project: Project, number: str, by: Actor) -> str:
    for name in audiences.list_audiences(project):
        if not can_see(project.settings, by.name, (name,)):
            continue
        try:
            audience = open_audience(project, name)
            rows = find_rows_with_address(audience, Channel.SMS, number, identity=project.settings.age_identity)
        except BroadcasterError:  # this roster cannot be read: try the next
            continue
        if rows:
            return rows[0].values.get("name", "")
    return ""
