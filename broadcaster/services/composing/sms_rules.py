"""The rules for text messages that depend on how they are sent: from whom, and whether people can reply."""

from collections.abc import Iterator

from broadcaster.config import Settings, Signatory
from broadcaster.domain.contact.addresses import is_e164
from broadcaster.domain.problems import Problem
from broadcaster.letters.model.letter import Letter
from broadcaster.services.composing.links import sample_links


def uses_own_sms_sender(settings: Settings) -> bool:
    """Whether texts go to a provider from the signatory's own `sms_sender`, and not from a messaging service."""
    twilio = settings.providers.twilio
    return settings.providers.sms == "twilio" and not (twilio and twilio.messaging_service_sid)


def is_one_way_sms(settings: Settings, sender: str | None) -> bool:
    """Whether texts go to a provider, and nobody can reply to them.

    Only Twilio knows the senders of a messaging service, so config.yaml says whether people can reply to one.
    """
    twilio = settings.providers.twilio
    if settings.providers.sms != "twilio" or twilio is None:
        return False
    if twilio.replies is False:
        return True
    return uses_own_sms_sender(settings) and sender is not None and not is_e164(sender)


def required_opt_out_links(settings: Settings, signatory: Signatory) -> tuple[str, ...] | None:
    """Samples of the links of which each text must have one; None where people can reply, or no texts are sent."""
    if not is_one_way_sms(settings, signatory.sms_sender):
        return None
    links = sample_links(settings.public_url)
    return tuple(link for link in (links.unsubscribe, links.web) if link)


def check_sms_sender(settings: Settings, letter: Letter) -> Iterator[Problem]:
    """An error where the letter's texts have no sender."""
    if uses_own_sms_sender(settings) and settings.signatories[letter.signatory].sms_sender is None:
        yield Problem.error(
            "sms-sender-missing",
            f"texts of {letter.name} have no sender: '{letter.signatory}' has no sms_sender",
            "Add  sms_sender: …  to the signatory, or a messaging_service_sid to the twilio block.",
            file="config.yaml",
            line=settings.line(("signatories", letter.signatory)),
        )
