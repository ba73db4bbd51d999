"""Notifications as messages for a provider. The link in them leads to the desk and does not name the matter."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from broadcaster.config import Signatory
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import (
    MergeTemplate,
    Outgoing,
    OutgoingEmail,
    OutgoingMerge,
    OutgoingSms,
)
from broadcaster.domain.errors import BroadcasterError
from broadcaster.keys import new_id
from broadcaster.letters.text.sms_encoding import GSM_7, count_segments, replace_forcing_characters
from broadcaster.services.composing.sender import signatory_route
from broadcaster.services.notifications.wording import NotificationText
from broadcaster.services.project.project import Project

HEADERS = {"Auto-Submitted": "auto-generated"}
"""Keeps out-of-office programs from answering (RFC 3834, section 5)."""


class NoSenderError(BroadcasterError):
    """config.yaml has no signatory in whose name staff could be written to."""

    code = "no-sender"
    default_remedy = "Add a signatory to config.yaml; the first one is the sender of notifications."


def desk_url(project: Project) -> str:
    """The address of the desk; "" without `public_url` in config.yaml."""
    public = project.settings.public_url
    return f"{public}/desk" if public else ""


def make_message(project: Project, channel: Channel, to: str, words: NotificationText, moment: datetime) -> Outgoing:
    """The message to one address. Raises NoSenderError."""
    if channel is Channel.SMS:
        return _sms(project, to, words)
    if project.providers[channel].merges:
        return _merge(project, to, words)
    return _email(project, to, words, moment)


def _email(project: Project, to: str, words: NotificationText, moment: datetime) -> OutgoingEmail:
    delivery_id, signatory = new_id(), _signatory(project)
    way = signatory_route(project, signatory)
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(project.settings.organisation.own_name, addr_spec=signatory.email)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = words.subject
    made["Date"] = moment
    made["Message-ID"] = f"<{way.message_id(delivery_id)}>"
    for name, value in HEADERS.items():
        made[name] = value
    made.set_content(words.text, cte="quoted-printable")
    return OutgoingEmail(delivery_id, f"{delivery_id}-1", way.envelope_sender(delivery_id), to, made.as_bytes())


def _merge(project: Project, to: str, words: NotificationText) -> OutgoingMerge:
    delivery_id, signatory = new_id(), _signatory(project)
    lines = "<br>".join(escape(line) for line in words.text.splitlines())
    template = MergeTemplate(
        key=delivery_id,
        from_name=project.settings.organisation.own_name,
        from_address=signatory.email,
        reply_to=None,
        text=words.text,
        html=f"<p>{lines}</p>",
        tags=(),
        headers=HEADERS,
    )
    return OutgoingMerge(delivery_id, f"{delivery_id}-1", to, "", words.subject, template, (), {})


def _sms(project: Project, to: str, words: NotificationText) -> OutgoingSms:
    delivery_id = new_id()
    plain = count_segments(replace_forcing_characters(words.short))
    text = plain if plain.encoding == GSM_7 else count_segments(words.short)
    # A messaging service brings its own sender.
    sender = next((one.sms_sender for one in project.settings.signatories.values() if one.sms_sender), "")
    return OutgoingSms(delivery_id, f"{delivery_id}-1", sender or "", to, text.body, text.segments, text.encoding)


def _signatory(project: Project) -> Signatory:
    found = next(iter(project.settings.signatories.values()), None)
    if found is None:
        raise NoSenderError("There is nobody in whose name staff could be written to.")
    return found
