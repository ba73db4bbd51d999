"""How long one person's message becomes by what stands in their row: a fault of the row, never of the letter.

A long name is a right one, and a subject that is cut or a text that costs a segment more still says what it has to. So
that is a warning. Only what no provider would take leaves somebody out, in the plan as at the release.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.problems import Problem, Severity
from broadcaster.letters.filling.skeleton import EmailSkeleton, Skeleton
from broadcaster.letters.rendering.fragments import Links
from broadcaster.letters.rules.lint import LONGEST_SUBJECT, MOST_SEGMENTS
from broadcaster.letters.text.sms_encoding import SmsText
from broadcaster.services.composing.messages import CampaignMessages, PlannedMessage

LONGEST_PERSONAL_SUBJECT = 255
"""Characters. Beyond this it is a text, whatever the column is called."""

MOST_PERSONAL_SEGMENTS = 10
"""Twilio takes 1,600 characters at most, and so do the others (10 segments of GSM-7 hold 1,530)."""

MESSAGE_TOO_LONG = "message-too-long"
"""Why somebody is left out."""


@dataclass(frozen=True, slots=True)
class MessageLength:
    """One message. `segments` are those of a text (0 for an email), `code` is "" where nothing is too long, `stops`
    says whether it cannot go out; `text` is the text message, None for an email.
    """

    segments: int
    code: str = ""
    what: str = ""
    stops: bool = False
    text: SmsText | None = None


def measure_message(skeleton: Skeleton, values: tuple[str, ...], links: Links) -> MessageLength:
    """How long the message that these values make is."""
    if isinstance(skeleton, EmailSkeleton):
        length = len(skeleton.subject(values, links))
        if length <= LONGEST_SUBJECT:
            return MessageLength(0)
        what = f"the subject has {length} characters"
        return MessageLength(0, "subject-too-long", what, length > LONGEST_PERSONAL_SUBJECT)
    text = skeleton.fill(values, links)
    if text.segments <= MOST_SEGMENTS:
        return MessageLength(text.segments, text=text)
    what = f"the text message takes {text.segments} segments ({text.encoding})"
    return MessageLength(text.segments, "sms-too-long", what, text.segments > MOST_PERSONAL_SEGMENTS, text)


def length_problem(prospect: PlannedMessage, found: MessageLength) -> Problem:
    """What is to be said of one person's message that is too long."""
    if found.stops:
        level, remedy = Severity.ERROR, "Shorten what this row puts into the letter."
    elif prospect.channel is Channel.EMAIL:
        level, remedy = (
            Severity.WARNING,
            "It goes out; a mail program may cut it. Shorten the subject if many are so long.",
        )
    else:
        level, remedy = (
            Severity.WARNING,
            "It goes out, and each segment is billed. Shorten the text if many are so long.",
        )
    message = f"for this person {found.what}"
    return Problem(found.code, level, prospect.audience.roster_name, prospect.recipient.row, message, remedy)


def walk_fitting_messages(
    prospects: CampaignMessages, links: Links, compiled: Callable[[PlannedMessage], Skeleton]
) -> Iterator[PlannedMessage]:
    """Everybody of a campaign whose message can go out; whoever else is counted among the excluded."""
    for prospect in prospects.walk():
        found = measure_message(compiled(prospect), prospect.trace.values, links)
        if found.stops:
            prospects.leave_out(MESSAGE_TOO_LONG, length_problem(prospect, found))
        else:
            yield prospect
