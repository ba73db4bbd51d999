"""How long one person's message becomes by what stands in their row: a fault of the row, never of the letter.

A long name is a right one, and a subject that is cut or a text that costs a segment more still says what it has to. So
that is a warning. Only what no provider would take leaves somebody out, in the plan as at the release.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from broadcaster.domain.channels import Channel
from broadcaster.domain.problems import Level, Problem
from broadcaster.letters import EmailSkeleton, Links, Skeleton
from broadcaster.letters.rules.lint import LONGEST_SUBJECT, MOST_SEGMENTS
from broadcaster.letters.sms import SmsText
from broadcaster.services.composing.messages import Prospect, Prospects

LONGEST_SUBJECT_OF_ONE = 255
"""Characters. Beyond this it is a text, whatever the column is called."""

MOST_SEGMENTS_OF_ONE = 10
"""Twilio takes 1,600 characters at most, and so do the others (10 segments of GSM-7 hold 1,530)."""

TOO_LONG = "message-too-long"
"""Why somebody is left out."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One message. `segments` are those of a text (0 for an email), `code` is "" where nothing is too long, `stops`
    says whether it cannot go out; `text` is the text message, None for an email.
    """

    segments: int
    code: str = ""
    what: str = ""
    stops: bool = False
    text: SmsText | None = None


def measured(skeleton: Skeleton, values: tuple[str, ...], links: Links) -> Measured:
    """How long the message that these values make is."""
    if isinstance(skeleton, EmailSkeleton):
        length = len(skeleton.subject(values, links))
        if length <= LONGEST_SUBJECT:
            return Measured(0)
        what = f"the subject has {length} characters"
        return Measured(0, "subject-too-long", what, length > LONGEST_SUBJECT_OF_ONE)
    text = skeleton.fill(values, links)
    if text.segments <= MOST_SEGMENTS:
        return Measured(text.segments, text=text)
    what = f"the text message takes {text.segments} segments ({text.encoding})"
    return Measured(text.segments, "sms-too-long", what, text.segments > MOST_SEGMENTS_OF_ONE, text)


def as_problem(prospect: Prospect, found: Measured) -> Problem:
    """What is to be said of one person's message that is too long."""
    if found.stops:
        level, remedy = Level.ERROR, "Shorten what this row puts into the letter."
    elif prospect.channel is Channel.EMAIL:
        level, remedy = (
            Level.WARNING,
            "It goes out; a mail program may cut it. Shorten the subject if many are so long.",
        )
    else:
        level, remedy = Level.WARNING, "It goes out, and each segment is billed. Shorten the text if many are so long."
    message = f"for this person {found.what}"
    return Problem(found.code, level, prospect.audience.roster_name, prospect.recipient.row, message, remedy)


def fitting(prospects: Prospects, links: Links, compiled: Callable[[Prospect], Skeleton]) -> Iterator[Prospect]:
    """Everybody of a campaign whose message can go out; whoever else is counted among the excluded."""
    for prospect in prospects.walk():
        found = measured(compiled(prospect), prospect.trace.values, links)
        if found.stops:
            prospects.leave_out(TOO_LONG, as_problem(prospect, found))
        else:
            yield prospect
