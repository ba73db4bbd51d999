"""The sender of a campaign's messages, and the route that their bounces take back."""

from urllib.parse import urlsplit

from broadcaster.config import Signatory
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.services.composing.filling import MessageRoute
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.project.project import LOGO_FILE, ProjectView


def campaign_sender(messages: CampaignMessages, language: str) -> EmailSender:
    """The sender of a campaign's emails in this language."""
    return signatory_sender(messages.project, messages.campaign.name, messages.signatory, language)


def signatory_sender(project: ProjectView, campaign: str, signatory: Signatory, language: str) -> EmailSender:
    """The sender of emails that this signatory signs, in this language.

    The List-Id (RFC 2919) of a campaign stays the same, so that people can sort by it. It is a keyed hash, so that it
    does not tell what the campaign is about.
    """
    organisation = project.settings.organisation
    logo = project.templates / LOGO_FILE
    list_id = project.keyring.blind("list", campaign).hex()
    return EmailSender(
        from_name=f"{signatory.name}, {organisation.name.best_for(language, organisation.language).text}",
        from_address=signatory.email,
        reply_to=signatory.email,
        list_id=f"{list_id}.{message_host(project, signatory.email)}",
        logo=logo.read_bytes() if logo.is_file() else None,
    )


def campaign_route(messages: CampaignMessages) -> MessageRoute:
    """The route of a campaign's messages."""
    return signatory_route(messages.project, messages.signatory)


def signatory_route(project: ProjectView, signatory: Signatory) -> MessageRoute:
    """The route of messages in a signatory's name."""
    smtp = project.settings.providers.smtp
    return_path = smtp.return_path if smtp else None
    return MessageRoute(
        return_path=return_path or signatory.email,
        verp=return_path is not None,
        sms_sender=signatory.sms_sender or "",
        message_host=message_host(project, signatory.email),
    )


def message_host(project: ProjectView, address: str) -> str:
    """The host in Message-ID and List-Id: that of the public pages, else that of the sender's address."""
    return urlsplit(project.settings.public_url or "").hostname or address.rpartition("@")[2]
