"""Who wrote a reply: the number, and the name that it has on our lists. It is shown to whoever asks for it by name, and
the audit log keeps that they did; nobody reads numbers by looking through replies.
"""

from dataclasses import dataclass, field

from broadcaster.audiences import rows_with_address
from broadcaster.domain.addresses import is_e164
from broadcaster.domain.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.text_cleaning import clean
from broadcaster.keys import SealBrokenError
from broadcaster.keys.address_index import blind_of
from broadcaster.ledger import audit, correspondence, deliveries
from broadcaster.ledger.audit import Entry
from broadcaster.ledger.replies import Reply
from broadcaster.services.access.permissions import Actor, sees
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list
from broadcaster.services.replies import inbox
from broadcaster.services.replies.inbound_texts import ReplyUnknownError
from broadcaster.services.rosters.audiences import open_audience
from broadcaster.services.writing import letter_catalogue

SAID_NO = "said no in a reply"
"""The reason that the audit log keeps of a no that staff read in a reply."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote a reply. `name` is "" where the number is on no list of ours; both are "" for somebody erased."""

    reply: Reply
    number: str = field(repr=False)
    name: str = field(repr=False)

    @property
    def has_telephone(self) -> bool:
        """Whether it is the number of a telephone, which can be rung and noted as a no: machines write by a word."""
        return is_e164(self.number)


def open_sender(project: Project, reply_id: str, by: Actor) -> Sender:
    """Who wrote a reply that this person may read; the audit log keeps who asked. Raises ReplyUnknownError."""
    reply = _theirs(project, reply_id, by)
    with project.ledger.writing() as conn:
        audit.write(conn, Entry(by.name, "open-reply", "replies", {"reply": reply.id}, by.system_user, by.host))
    number = clean(reply.words.sender)
    return Sender(reply, number, _name(project, number, by) if is_e164(number) else "")


def say_no(project: Project, reply_id: str, by: Actor) -> bool:
    """See that whoever wrote a reply gets no more texts; False when that was noted by hand before.

    Raises ReplyUnknownError, and AddressError where it came from no telephone.
    """
    reply = _theirs(project, reply_id, by)
    return suppression_list.suppress(project, clean(reply.words.sender), SAID_NO, by)


def _theirs(project: Project, reply_id: str, by: Actor) -> Reply:
    found = inbox.find(project, by.name, reply_id)
    if found is None:
        raise ReplyUnknownError("There is no reply of that id that you may read.")
    return found


def _name(project: Project, number: str, by: Actor) -> str:
    """The name by which the last message to a number greeted its owner, or else that of a roster."""
    blind = blind_of(project.keyring, Channel.SMS, number)
    with project.ledger.reading() as conn:
        tried = (one for one in correspondence.to_address(conn, Channel.SMS, blind) if one.tried_at is not None)
        last = next(tried, None)
        delivery = deliveries.get(conn, last.delivery) if last else None
    if delivery is not None:
        try:
            return delivery.payload(project.keyring).name
        except SealBrokenError:  # altered in the ledger: the rosters may know
            pass
    return _on_rosters(project, number, by)


def _on_rosters(project: Project, number: str, by: Actor) -> str:
    for name in letter_catalogue.audience_names(project):
        if not sees(project.settings, by.name, (name,)):
            continue
        try:
            audience = open_audience(project, name)
            rows = rows_with_address(audience, Channel.SMS, number, identity=project.settings.age_identity)
        except BroadcasterError:  # a roster that cannot be read says nothing of anybody
            continue
        if rows:
            return rows[0].values.get("name", "")
    return ""
