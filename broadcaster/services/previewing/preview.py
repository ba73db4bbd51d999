"""The preview of one recipient's message: made by the same compiled letter that is sent, with sample links."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from broadcaster.audiences.addresses.typed_address import TypedAddressError, read_address
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.config import CampaignSettings
from broadcaster.domain.contact.addresses import canonical_address
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.letters.compiling.compiler import REQUIRED_PARTS
from broadcaster.letters.filling.skeleton import EmailSkeleton, Envelope, SmsSkeleton
from broadcaster.letters.filling.value_highlighting import highlighted_page, highlighted_text
from broadcaster.letters.rendering.fragments import Links
from broadcaster.letters.text.sms_encoding import SmsText
from broadcaster.services.composing.links import sample_links
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.composing.sender import campaign_sender, message_host
from broadcaster.services.planning.schedule import next_occurrence
from broadcaster.services.project.project import ProjectView, now
from broadcaster.services.rosters.audiences import read_recipients
from broadcaster.services.rosters.roster_rows import RecipientNotFoundError

SAMPLE_MESSAGE_ID = "sample"
NO_ADDRESS_HOST = "no-address.invalid"
"""The host of the address in a preview for somebody without an email address; it cannot exist (RFC 6761)."""


class LanguageMissingError(BroadcasterError):
    """The letter is not written in the language asked for."""

    code = "language-missing"


@dataclass(frozen=True, slots=True)
class Preview:
    """One message in all its parts; a part that the letter lacks is None.

    `page` is the HTML as a page of its own, with the logo in it.
    """

    language: str
    direction: str
    subject: str | None = None
    preheader: str = ""
    html: str | None = None
    page: str | None = None
    text: str | None = None
    eml: bytes | None = None
    sms: SmsText | None = None

    def as_json(self) -> dict[str, object]:
        """The keys of `preview --json`."""
        return {
            "language": self.language,
            "direction": self.direction,
            "subject": self.subject,
            "html": self.html,
            "text": self.text,
            "sms": self.sms.body if self.sms else None,
            "sms_segments": self.sms.segments if self.sms else None,
            "sms_encoding": self.sms.encoding if self.sms else None,
        }


def letter_for_audience(
    project: ProjectView, letter: str, audience: str, campaign: str | None, wall: datetime | None = None
) -> CampaignMessages:
    """A letter as an audience would get it, under a campaign's name and at its time, or else now.

    Without an audience ("") it is for nobody in particular. `wall` is `preview_wall_time` unless given.
    """
    audiences = (audience,) if audience else ()
    settings = CampaignSettings.of_letter(letter, audiences)
    if audience and campaign is not None:
        settings = project.campaign(campaign).model_copy(update={"letter": letter, "audiences": audiences})
    return CampaignMessages.load(project, settings, wall or preview_wall_time(project, campaign))


def preview_wall_time(project: ProjectView, campaign: str | None) -> datetime:
    """The wall time that a letter is shown for: when the campaign goes out next, or now."""
    if campaign is None:
        return project.wall_now()
    settings = project.campaign(campaign)
    if settings.as_soon_as_approved:
        return project.wall_now()
    return settings.when or next_occurrence(project, settings).wall


def find_recipient(messages: CampaignMessages, query: str | None) -> Recipient:
    """The recipient with this row number, email address or telephone number; the first one when None.

    Raises RecipientNotFoundError.
    """
    for audience in messages.audiences:
        identifiers = _identifiers_of_query(query, audience.defaults.region)
        for recipient in read_recipients(messages.project, audience, lambda _: None):
            if query is None or not identifiers.isdisjoint(_identifiers_of(recipient)):
                return recipient
    what = "usable row" if query is None else "usable row like that"
    raise RecipientNotFoundError(f"{', '.join(one.roster_name for one in messages.audiences)} has no {what}.")


def make_preview(messages: CampaignMessages, recipient: Recipient, language: str | None = None) -> Preview:
    """This person's message by email and by SMS, as far as the letter has both; `language` shows another one.

    Raises LanguageMissingError, and TraceError when this person's row lacks a value that the letter needs.
    """
    chosen = chosen_language(messages, recipient, language)
    links = preview_links(messages, chosen)
    preview = Preview(chosen, writing_direction(chosen))
    if _has_parts(messages, chosen, Channel.EMAIL):
        email, values = compile_email(messages, recipient, chosen)
        preview = replace(
            preview,
            subject=email.subject(values, links),
            preheader=email.preheader(values, links),
            html=email.html(values, links),
            page=email.page(values, links),
            text=email.text(values, links),
            eml=email.fill(values, _sample_envelope(messages, recipient), links),
        )
    if _has_parts(messages, chosen, Channel.SMS):
        sms, values = compile_sms(messages, recipient, chosen)
        preview = replace(preview, sms=sms.fill(values, links))
    return preview


@dataclass(frozen=True, slots=True)
class HighlightedMessage:
    """A message as HTML, the values of the person's row within `<mark>`; a part that the letter lacks is None."""

    subject: str | None = None
    page: str | None = None
    text: str | None = None
    sms: str | None = None


def highlight(messages: CampaignMessages, recipient: Recipient, language: str | None = None) -> HighlightedMessage:
    """This person's message with the values of their row marked. Raises what `make_preview` raises."""
    chosen = chosen_language(messages, recipient, language)
    direction, links = writing_direction(chosen), preview_links(messages, chosen)
    highlighted = HighlightedMessage()
    if _has_parts(messages, chosen, Channel.EMAIL):
        email, values = compile_email(messages, recipient, chosen)
        highlighted = HighlightedMessage(
            highlighted_text(email.subject_fragments, direction, values, links),
            highlighted_page(email.page_fragments, direction, values, links),
            highlighted_text(email.text_fragments, direction, values, links),
        )
    if _has_parts(messages, chosen, Channel.SMS):
        sms, values = compile_sms(messages, recipient, chosen)
        highlighted = replace(highlighted, sms=highlighted_text(sms.fragments, direction, values, links))
    return highlighted


def chosen_language(messages: CampaignMessages, recipient: Recipient, language: str | None) -> str:
    """The language asked for, or that in which this person gets the letter. Raises LanguageMissingError."""
    if language is None:
        return messages.letter.language_for(recipient.language)
    check_language(messages, language)
    return language


def check_language(messages: CampaignMessages, language: str) -> None:
    """Raise LanguageMissingError for a language that the letter is not written in."""
    if language not in messages.letter.languages:
        languages = ", ".join(sorted(messages.letter.languages))
        raise LanguageMissingError(
            f"{messages.letter.name} is not written in {language}.", remedy=f"It is written in: {languages}."
        )


def compile_email(
    messages: CampaignMessages, recipient: Recipient, language: str
) -> tuple[EmailSkeleton, tuple[str, ...]]:
    """The email skeleton for this person, and the values that fill it. Raises TraceError, PartMissingError."""
    trace = messages.compiler.trace(language, recipient.fields, Channel.EMAIL)
    return messages.compiler.email(trace.skeleton, campaign_sender(messages, language)), trace.values


def preview_links(messages: CampaignMessages, language: str) -> Links:
    """Sample links, in a message of this language."""
    return sample_links(messages.project.settings.public_url, language)


def compile_sms(messages: CampaignMessages, recipient: Recipient, language: str) -> tuple[SmsSkeleton, tuple[str, ...]]:
    """The text message's skeleton for this person, and the values that fill it. Raises TraceError, PartMissingError."""
    trace = messages.compiler.trace(language, recipient.fields, Channel.SMS)
    return messages.compiler.sms(trace.skeleton), trace.values


def _has_parts(messages: CampaignMessages, language: str, channel: Channel) -> bool:
    return messages.letter.parts(language).issuperset(REQUIRED_PARTS[channel])


def _sample_envelope(messages: CampaignMessages, recipient: Recipient) -> Envelope:
    host = message_host(messages.project, messages.signatory.email)
    return Envelope(
        recipient.name, recipient.email or f"nobody@{NO_ADDRESS_HOST}", f"{SAMPLE_MESSAGE_ID}@{host}", now()
    )


def _identifiers_of_query(query: str | None, region: str) -> frozenset[str]:
    """The row number and addresses that a query may mean; `region` is that of telephone numbers without +."""
    if query is None:
        return frozenset()
    identifiers = {canonical_address(query.strip())}
    with suppress(TypedAddressError):
        identifiers.add(canonical_address(read_address(query, region)[1]))
    return frozenset(identifiers)


def _identifiers_of(recipient: Recipient) -> set[str]:
    """The row number and the addresses of a person."""
    return {
        str(recipient.row),
        *(canonical_address(address) for address in (recipient.email, recipient.fields["phone"]) if address),
    }
