"""What becomes of each occurrence that somebody submitted or approved, and the one set of words that says so.

The command line and the desk show the same sentences; the desk translates them. Whoever shows them fills in `%(name)s`
and its like.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class FateKind(StrEnum):
    """What becomes of an occurrence.

    `goes-out` has a time; `waits` has a reason (`WaitingReason`, or the code of an error) and something that a person
    can do; `on-its-way` is being prepared or sent; `out`, `cancelled`, `called-off` and `skipped` are settled;
    `replaced` was submitted again since. `unknown` must never be: it is an alarm.
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


class WaitingReason(StrEnum):
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


class SkipReason(StrEnum):
    """Why an occurrence is skipped: `time-moved` away in config.yaml; `late`, longer ago than its grace; `overtaken` by
    a newer one of its campaign; `sent-before`, its campaign went out once already, and `sent-at-another-time`, it does
    so now.
    """

    TIME_MOVED = "time-moved"
    LATE = "late"
    OVERTAKEN = "overtaken"
    SENT_BEFORE = "sent-before"
    SENT_AT_ANOTHER_TIME = "sent-at-another-time"


class WaitingWords(NamedTuple):
    """`sentence` says what it waits for, `remedy` what somebody can do about it."""

    sentence: str
    remedy: str = ""


WORDS_BY_REASON: Mapping[str, WaitingWords] = MappingProxyType(
    {
        WaitingReason.TO_SUBMIT: WaitingWords("Nobody has submitted it yet.", "Submit it before its time."),
        WaitingReason.NOT_SUBMITTED: WaitingWords(
            "It is due, and nobody has submitted it.", "Submit it, or move its time."
        ),
        WaitingReason.TO_DECIDE: WaitingWords("It waits for a second person's decision."),
        WaitingReason.NOT_APPROVED: WaitingWords(
            "It is due, and nobody has approved it.", "Have it approved, or call it off."
        ),
        WaitingReason.REJECTED: WaitingWords("It was rejected by %(name)s.", "Mend it, then submit it again."),
        WaitingReason.CHANGED: WaitingWords("It was changed after it was submitted.", "It must be submitted again."),
        WaitingReason.CHANGED_SINCE_APPROVAL: WaitingWords(
            "It was changed after it was approved.", "It must be submitted again."
        ),
        WaitingReason.TIME_MOVED: WaitingWords(
            "Its time was moved after it was submitted.", "It must be submitted again."
        ),
        WaitingReason.LATE: WaitingWords(
            "It was found too late to go out by itself.", "Submit it again to send it after all, or call it off."
        ),
        WaitingReason.TOO_MANY: WaitingWords(
            "It would reach more people than were approved.", "Raise the number, then submit it again."
        ),
        WaitingReason.PROBLEMS: WaitingWords(
            "Something is wrong with its letter or roster.", "Mend what is listed, then submit it again."
        ),
        WaitingReason.CALLED_OFF: WaitingWords("It was called off.", "To send it after all, submit it again."),
        WaitingReason.CAMPAIGN_MISSING: WaitingWords(
            "Its campaign no longer stands in config.yaml.", "Put the campaign back, or call it off."
        ),
        WaitingReason.SIGNATURE: WaitingWords(
            "Its approval is not signed with this project's key, or the audit log says that it was taken back.",
            "It must be submitted and approved again.",
        ),
        WaitingReason.AUDIT_ALTERED: WaitingWords(
            "The audit log was altered after it was approved, so the approval cannot be relied on.",
            "See the audit log; then submit it again.",
        ),
        WaitingReason.NO_SENDER: WaitingWords(
            "It is due and approved, and nothing sends it.", "Start broadcaster serve."
        ),
        WaitingReason.UNFORESEEN: WaitingWords(
            "Something went wrong that nobody foresaw. It is tried again every few minutes.",
            "Look at its letter and roster; if they are right, report it.",
        ),
    }
)
"""What each reason is called."""

OTHER_REASON_WORDS = WaitingWords("It could not be released (%(reason)s).", "Mend that, then submit it again.")
"""The words for the code of any other error."""

FATES: Mapping[FateKind, str] = MappingProxyType(
    {
        FateKind.GOES_OUT: "It goes out on %(when)s.",
        FateKind.ON_ITS_WAY: "It is on its way.",
        FateKind.OUT: "It went out.",
        FateKind.CANCELLED: "It was cancelled.",
        FateKind.CALLED_OFF: "It was called off by %(name)s. Nothing was sent.",
        FateKind.SKIPPED: "It was skipped, as its campaign says.",
        FateKind.REPLACED: "It was submitted again since.",
        FateKind.UNKNOWN: "Nobody can say what became of it. Please report this.",
    }
)
"""What the others are called."""

ALARMING_REASONS = frozenset(
    {
        WaitingReason.CAMPAIGN_MISSING,
        WaitingReason.SIGNATURE,
        WaitingReason.AUDIT_ALTERED,
        WaitingReason.NO_SENDER,
        WaitingReason.UNFORESEEN,
    }
)
"""Reasons that nobody in the project meant to be."""


def waiting_words(reason: str, by: str = "") -> WaitingWords:
    """The words for what an occurrence waits for; `by` called it off, where it waits to be submitted again."""
    if by and reason in (WaitingReason.TO_SUBMIT, WaitingReason.NOT_SUBMITTED):
        return WaitingWords(FATES[FateKind.CALLED_OFF], WORDS_BY_REASON[WaitingReason.CALLED_OFF].remedy)
    return WORDS_BY_REASON.get(reason, OTHER_REASON_WORDS)
