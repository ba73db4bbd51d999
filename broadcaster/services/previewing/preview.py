"""One recipient's message, exactly as it would be sent: made by the same compiled letter, with sample links."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from broadcaster.audiences.addresses.typed_address import TypedAddressError, read_address
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.config import CampaignSettings
from broadcaster.domain.contact.addresses import canonical_address
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingEmail
from broadcaster.domain.delivery.receipts import Receipt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.keys import new_id
from broadcaster.ledger.delivery.payloads import Payload
from broadcaster.letters.compiling.compiler import REQUIRED_PARTS
from broadcaster.letters.filling.merge_skeleton import MergeSkeleton
from broadcaster.letters.filling.skeleton import Envelope
from broadcaster.letters.filling.value_highlighting import highlighted_page, highlighted_text
from broadcaster.letters.rendering.fragments import Links
from broadcaster.letters.text.sms_encoding import SmsText
from broadcaster.services.composing.filling import make_outgoing_merge
from broadcaster.services.composing.links import sample_links
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.composing.sender import campaign_route, campaign_sender, message_host
from broadcaster.services.planning.schedule import next_occurrence
from broadcaster.services.project.project import Project, ProjectView, now
from broadcaster.services.rosters.audiences import read_recipients
from broadcaster.services.rosters.roster_rows import RecipientNotFoundError

SAMPLE_MESSAGE_ID = "sample"
NO_ADDRESS_HOST = "no-address.invalid"
"""Where the email of somebody who has none would go: a host that cannot exist (RFC 6761), for previews only."""


class LanguageMissingError(BroadcasterError):
    """The letter is not written in the language asked for."""

    code = "language-missing"


@dataclass(frozen=True, slots=True)
class Preview:
    """One message in all its parts; a part that the letter lacks is None. `page` is its HTML as a page of its own, with
    the logo in it.
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


def letter_for_audience(project: ProjectView, letter: str, audience: str, campaign: str | None) -> CampaignMessages:
    """A letter as an audience would get it, at a campaign's time and under its name, or else now."""
    return letter_for_audience_at(project, letter, audience, campaign, preview_wall_time(project, campaign))


def letter_for_audience_at(
    project: ProjectView, letter: str, audience: str, campaign: str | None, wall: datetime
) -> CampaignMessages:
    """The same at a time that is known."""
    if campaign is not None:
        like = project.campaign(campaign)
        return CampaignMessages(project, like.model_copy(update={"letter": letter, "audiences": (audience,)}), wall)
    return CampaignMessages(project, CampaignSettings.of_letter(letter, (audience,)), wall)


def preview_wall_time(project: ProjectView, campaign: str | None) -> datetime:
    """The wall time that a letter is shown for: when the campaign goes out next, or now."""
    if campaign is None:
        return project.wall_now()
    like = project.campaign(campaign)
    if like.as_soon_as_approved:
        return project.wall_now()
    return like.when or next_occurrence(project, like).wall


def find_recipient(prospects: CampaignMessages, wanted: str | None) -> Recipient:
    """The recipient with this row number, email address or telephone number; the first one when None.

    Raises NobodyFoundError.
    """
    for audience in prospects.audiences:
        asked = _identifiers_wanted(wanted, audience.defaults.region)
        for recipient in read_recipients(prospects.project, audience, lambda _: None):
            if wanted is None or not asked.isdisjoint(_identifiers_of(recipient)):
                return recipient
    what = "usable row" if wanted is None else "usable row like that"
    raise RecipientNotFoundError(f"{', '.join(one.roster_name for one in prospects.audiences)} has no {what}.")


def make_preview(prospects: CampaignMessages, recipient: Recipient, language: str | None = None) -> Preview:
    """What this person would get by email and by SMS, as far as the letter has both; `language` shows another one.

    Raises NotWrittenError, and TraceError when something that the letter needs is missing in this person's row.
    """
    chosen = _chosen_language(prospects, recipient, language)
    parts = prospects.letter.parts(chosen)
    shown = Preview(chosen, writing_direction(chosen))
    if parts.issuperset(REQUIRED_PARTS[Channel.EMAIL]):
        shown = _with_email(prospects, shown, recipient)
    if parts.issuperset(REQUIRED_PARTS[Channel.SMS]):
        trace = prospects.compiler.trace(chosen, recipient.fields, Channel.SMS)
        sms = prospects.compiler.sms(trace.skeleton).fill(trace.values, _links(prospects, chosen))
        shown = replace(shown, sms=sms)
    return shown


def make_test_message(
    prospects: CampaignMessages, recipient: Recipient, to: str, language: str | None = None, *, merges: bool = False
) -> Outgoing:
    """This person's email addressed to oneself, marked as a test in its subject; all else is as they would get it.

    `merges` says that the email provider puts the person's values in by itself. Raises what `make_preview` raises, and
    PartMissingError when the letter has no email.
    """
    chosen = _chosen_language(prospects, recipient, language)
    trace = prospects.compiler.trace(chosen, recipient.fields, Channel.EMAIL)
    skeleton = prospects.compiler.email(trace.skeleton, campaign_sender(prospects, chosen))
    marked = replace(skeleton, subject_fragments=("[Test] ", *skeleton.subject_fragments))
    delivery_id = new_id()
    attempt_id = f"{delivery_id}-1"
    if merges:
        alone = Payload(to, "", trace.values)
        return make_outgoing_merge(
            MergeSkeleton(marked), (delivery_id, attempt_id), alone, _links(prospects, marked.language)
        )
    way = campaign_route(prospects)
    envelope = Envelope("", to, way.message_id(delivery_id), now())
    data = marked.fill(trace.values, envelope, _links(prospects, marked.language))
    return OutgoingEmail(delivery_id, attempt_id, way.envelope_sender(delivery_id), to, data)


@dataclass(frozen=True, slots=True)
class HighlightedMessage:
    """A message as HTML with what came from the person's row within `<mark>`; a part that the letter lacks is None."""

    subject: str | None = None
    page: str | None = None
    text: str | None = None
    sms: str | None = None


def highlight(prospects: CampaignMessages, recipient: Recipient, language: str | None = None) -> HighlightedMessage:
    """What is this person's own in their message. Raises what `make_preview` raises."""
    chosen = _chosen_language(prospects, recipient, language)
    parts, way, links = prospects.letter.parts(chosen), writing_direction(chosen), _links(prospects, chosen)
    shown = HighlightedMessage()
    if parts.issuperset(REQUIRED_PARTS[Channel.EMAIL]):
        trace = prospects.compiler.trace(chosen, recipient.fields, Channel.EMAIL)
        email = prospects.compiler.email(trace.skeleton, campaign_sender(prospects, chosen))
        shown = HighlightedMessage(
            highlighted_text(email.subject_fragments, way, trace.values, links),
            highlighted_page(email.page_fragments, way, trace.values, links),
            highlighted_text(email.text_fragments, way, trace.values, links),
        )
    if parts.issuperset(REQUIRED_PARTS[Channel.SMS]):
        trace = prospects.compiler.trace(chosen, recipient.fields, Channel.SMS)
        sms = prospects.compiler.sms(trace.skeleton)
        shown = replace(shown, sms=highlighted_text(sms.fragments, way, trace.values, links))
    return shown


def check_language(prospects: CampaignMessages, language: str) -> None:
    """Raises NotWrittenError for a language that the letter is not written in."""
    if language not in prospects.letter.languages:
        known = ", ".join(sorted(prospects.letter.languages))
        raise LanguageMissingError(
            f"{prospects.letter.name} is not written in {language}.", remedy=f"It is written in: {known}."
        )


def _chosen_language(prospects: CampaignMessages, recipient: Recipient, wanted: str | None) -> str:
    if wanted is None:
        return prospects.letter.language_for(recipient.language)
    check_language(prospects, wanted)
    return wanted


def _with_email(prospects: CampaignMessages, shown: Preview, recipient: Recipient) -> Preview:
    trace = prospects.compiler.trace(shown.language, recipient.fields, Channel.EMAIL)
    skeleton = prospects.compiler.email(trace.skeleton, campaign_sender(prospects, shown.language))
    links, values = _links(prospects, shown.language), trace.values
    return replace(
        shown,
        subject=skeleton.subject(values, links),
        preheader=skeleton.preheader(values, links),
        html=skeleton.html(values, links),
        page=skeleton.page(values, links),
        text=skeleton.text(values, links),
        eml=skeleton.fill(values, _envelope(prospects, recipient), links),
    )


def _envelope(prospects: CampaignMessages, recipient: Recipient) -> Envelope:
    host = message_host(prospects.project, prospects.signatory.email)
    return Envelope(
        recipient.name, recipient.email or f"nobody@{NO_ADDRESS_HOST}", f"{SAMPLE_MESSAGE_ID}@{host}", now()
    )


def _links(prospects: CampaignMessages, language: str) -> Links:
    return sample_links(prospects.project.settings.public_url, language)


def _identifiers_wanted(wanted: str | None, region: str) -> frozenset[str]:
    """What a person could be known by who is asked for like this; `region` reads numbers without +."""
    if wanted is None:
        return frozenset()
    asked = {canonical_address(wanted.strip())}
    with suppress(TypedAddressError):
        asked.add(canonical_address(read_address(wanted, region)[1]))
    return frozenset(asked)


def _identifiers_of(recipient: Recipient) -> set[str]:
    """The row number and the addresses of a person."""
    return {
        str(recipient.row),
        *(canonical_address(address) for address in (recipient.email, recipient.fields["phone"]) if address),
    }


def send_test_message(project: Project, message: Outgoing) -> Receipt:
    """Hand a test email to the email provider. It is in no ledger: nobody but its sender gets it."""
    with project.providers[Channel.EMAIL].open() as session:
        return session.send([message])[0]
