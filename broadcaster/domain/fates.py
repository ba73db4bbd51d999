"""What becomes of each occurrence that somebody submitted or approved, and the one set of words that says so.

The command line and the desk show the same sentences; the desk translates them. Whoever shows them fills in `%(name)s`
and its like.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Fate(StrEnum):
    """What becomes of an occurrence.

    `goes-out` has a time; `waits` has a reason (`Waiting`, or the code of an error) and something that a person can do;
    `on-its-way` is being prepared or sent; `out`, `cancelled`, `called-off` and `skipped` are settled; `replaced` was
    submitted again since. `unknown` must never be: it is an alarm.
    """

    GOES_OUT = "goes-out"
    WAITS = "waits"
    ON_ITS_WAY = "on-its-way"
    OUT = "out"
    CANCELLED = "cancelled"
    CALLED_OFF = "called-off"
    SKIPPED = "skipped"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


class Waiting(StrEnum):
    """What an occurrence waits for. Where one could not be released, the code of the error stands in its place."""

    TO_SUBMIT = "to-submit"
    NOT_SUBMITTED = "not-submitted"
    TO_DECIDE = "to-decide"
    NOT_APPROVED = "not-approved"
    REJECTED = "rejected"
    CHANGED = "changed-since-submission"
    CHANGED_SINCE_APPROVAL = "changed-since-approval"
    TIME_MOVED = "time-moved"
    LATE = "late"
    TOO_MANY = "more-than-approved"
    PROBLEMS = "problems-found"
    CALLED_OFF = "called-off"
    CAMPAIGN_MISSING = "campaign-missing"
    SIGNATURE = "approval-invalid"
    AUDIT_ALTERED = "audit-altered"
    NO_SENDER = "no-sender"
    UNFORESEEN = "unforeseen"


class Words(NamedTuple):
    """`sentence` says what it waits for, `remedy` what somebody can do about it."""

    sentence: str
    remedy: str = ""


WAITING: Mapping[str, Words] = MappingProxyType(
    {
        Waiting.TO_SUBMIT: Words("Nobody has submitted it yet.", "Submit it before its time."),
        Waiting.NOT_SUBMITTED: Words("It is due, and nobody has submitted it.", "Submit it, or move its time."),
        Waiting.TO_DECIDE: Words("It waits for a second person's decision."),
        Waiting.NOT_APPROVED: Words("It is due, and nobody has approved it.", "Have it approved, or call it off."),
        Waiting.REJECTED: Words("It was rejected by %(name)s.", "Mend it, then submit it again."),
        Waiting.CHANGED: Words("It was changed after it was submitted.", "It must be submitted again."),
        Waiting.CHANGED_SINCE_APPROVAL: Words("It was changed after it was approved.", "It must be submitted again."),
        Waiting.TIME_MOVED: Words("Its time was moved after it was submitted.", "It must be submitted again."),
        Waiting.LATE: Words(
            "It was found too late to go out by itself.", "Submit it again to send it after all, or call it off."
        ),
        Waiting.TOO_MANY: Words(
            "It would reach more people than were approved.", "Raise the number, then submit it again."
        ),
        Waiting.PROBLEMS: Words(
            "Something is wrong with its letter or roster.", "Mend what is listed, then submit it again."
        ),
        Waiting.CALLED_OFF: Words("It was called off.", "To send it after all, submit it again."),
        Waiting.CAMPAIGN_MISSING: Words(
            "Its campaign no longer stands in config.yaml.", "Put the campaign back, or call it off."
        ),
        Waiting.SIGNATURE: Words(
            "Its approval is not signed with this project's key, or the audit log says that it was taken back.",
            "It must be submitted and approved again.",
        ),
        Waiting.AUDIT_ALTERED: Words(
            "The audit log was altered after it was approved, so the approval cannot be relied on.",
            "See the audit log; then submit it again.",
        ),
        Waiting.NO_SENDER: Words("It is due and approved, and nothing sends it.", "Start broadcaster serve."),
        Waiting.UNFORESEEN: Words(
            "Something went wrong that nobody foresaw. It is tried again every few minutes.",
            "Look at its letter and roster; if they are right, report it.",
        ),
    }
)
"""What each reason is called."""

OTHERWISE = Words("It could not be released (%(reason)s).", "Mend that, then submit it again.")
"""The words for the code of any other error."""

FATES: Mapping[Fate, str] = MappingProxyType(
    {
        Fate.GOES_OUT: "It goes out on %(when)s.",
        Fate.ON_ITS_WAY: "It is on its way.",
        Fate.OUT: "It went out.",
        Fate.CANCELLED: "It was cancelled.",
        Fate.CALLED_OFF: "It was called off by %(name)s. Nothing was sent.",
        Fate.SKIPPED: "It was skipped, as its campaign says.",
        Fate.REPLACED: "It was submitted again since.",
        Fate.UNKNOWN: "Nobody can say what became of it. Please report this.",
    }
)
"""What the others are called."""

ALARMS = frozenset(
    {Waiting.CAMPAIGN_MISSING, Waiting.SIGNATURE, Waiting.AUDIT_ALTERED, Waiting.NO_SENDER, Waiting.UNFORESEEN}
)
"""Reasons that nobody in the project meant to be."""


def waiting_words(reason: str, by: str = "") -> Words:
    """The words for what an occurrence waits for; `by` called it off, where it waits to be submitted again."""
    if by and reason in (Waiting.TO_SUBMIT, Waiting.NOT_SUBMITTED):
        return Words(FATES[Fate.CALLED_OFF], WAITING[Waiting.CALLED_OFF].remedy)
    return WAITING.get(reason, OTHERWISE)
