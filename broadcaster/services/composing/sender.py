"""Who a broadcast's messages are from, and where their bounces go."""

from urllib.parse import urlsplit

from broadcaster.config import Signatory
from broadcaster.letters.filling.mime import EmailSender
from broadcaster.services.composing.filling import MessageRoute
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.project.project import LOGO_FILE, ProjectView


def campaign_sender(prospects: CampaignMessages, language: str) -> EmailSender:
    """Who the emails of a campaign in this language are from."""
    return signatory_sender(prospects.project, prospects.campaign.name, prospects.signatory, language)


def signatory_sender(project: ProjectView, campaign: str, signatory: Signatory, language: str) -> EmailSender:
    """Who the emails of a campaign with this signatory are from, in this language.

    The List-Id (RFC 2919) is the same each time, so that people can sort by it, and opaque, so that it tells nobody
    what they were written to about.
    """
    own = project.settings.organisation
    logo = project.templates / LOGO_FILE
    list_id = project.keyring.blind("list", campaign).hex()
    return EmailSender(
        from_name=f"{signatory.name}, {own.name.best_for(language, own.language).text}",
        from_address=signatory.email,
        reply_to=signatory.email,
        list_id=f"{list_id}.{message_host(project, signatory.email)}",
        logo=logo.read_bytes() if logo.is_file() else None,
    )


def campaign_route(prospects: CampaignMessages) -> MessageRoute:
    """How the messages of a broadcast are addressed, and where its bounces go."""
    return signatory_route(prospects.project, prospects.signatory)


def signatory_route(project: ProjectView, signatory: Signatory) -> MessageRoute:
    """How messages in a signatory's name are addressed, and where their bounces go."""
    smtp = project.settings.providers.smtp
    return_path = smtp.return_path if smtp else None
    return MessageRoute(
        return_path=return_path or signatory.email,
        verp=return_path is not None,
        sms_sender=signatory.sms_sender or "",
        message_host=message_host(project, signatory.email),
    )


def message_host(project: ProjectView, address: str) -> str:
    """The host that our opaque ids belong to: the public pages' one, else the sender's."""
    return urlsplit(project.settings.public_url or "").hostname or address.rpartition("@")[2]
