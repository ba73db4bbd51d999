"""The length of one person's message, as far as the values of their row make it too long.

A long value is a warning: a subject that is cut, or a text of one segment more, still says what it has to. Only a
message that no provider would take is excluded, by the plan and by the release alike.
"""

from dataclasses import dataclass

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.exclusion_reasons import ExclusionReason
from broadcaster.domain.problems import Problem, Severity
from broadcaster.letters.filling.skeleton import EmailSkeleton, Skeleton
from broadcaster.letters.rendering.fragments import Links
from broadcaster.letters.rules.lint import LONGEST_SUBJECT, MOST_SEGMENTS
from broadcaster.letters.text.sms_encoding import SmsText
from broadcaster.services.composing.messages import PlannedMessage, RowExclusion

LONGEST_PERSONAL_SUBJECT = 255
"""Characters. Whoever has more in a subject has put a whole text into a column of their roster."""

MOST_PERSONAL_SEGMENTS = 10
"""Twilio takes 1,600 characters at most, and so do the others (10 segments of GSM-7 hold 1,530)."""


@dataclass(frozen=True, slots=True)
class MessageLength:
    """How long one message is.

    `segments` are those of a text message, 0 for an email. `code` and `what` say what is too long, "" where nothing
    is; with `stops`, no provider would take it. `text` is the text message, None for an email.
    """

    segments: int
    code: str = ""
    what: str = ""
    stops: bool = False
    text: SmsText | None = None


def measure_message(skeleton: Skeleton, values: tuple[str, ...], links: Links) -> MessageLength:
    """The length of the message that these values make of the skeleton."""
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


def length_problem(message: PlannedMessage, length: MessageLength) -> Problem:
    """The problem of one person's message that is too long: an error where no provider would take it."""
    if length.stops:
        level, remedy = Severity.ERROR, "Shorten what this row puts into the letter."
    elif message.channel is Channel.EMAIL:
        level, remedy = (
            Severity.WARNING,
            "It goes out; a mail program may cut it. Shorten the subject if many are so long.",
        )
    else:
        level, remedy = (
            Severity.WARNING,
            "It goes out, and each segment is billed. Shorten the text if many are so long.",
        )
    text = f"for this person {length.what}"
    return Problem(length.code, level, message.audience.roster_name, message.recipient.row, text, remedy)


def exclude_too_long(message: PlannedMessage, length: MessageLength) -> RowExclusion | None:
    """The exclusion of a message that no provider would take; None for any other."""
    return RowExclusion(ExclusionReason.MESSAGE_TOO_LONG, length_problem(message, length)) if length.stops else None
