"""Codes in plain words, for people; `--json` keeps the codes."""

from collections.abc import Mapping

from broadcaster.domain.contact.preferences import Preference
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.delivery.mail_routes import EnvelopePipelining, PipeliningLimit
from broadcaster.domain.occurrence_fates import FATES, FateKind, WaitingReason, waiting_words
from broadcaster.providers.reasons import EXPLANATIONS, Reason
from broadcaster.services.approving.occurrence_fates import OccurrenceFate

DOUBT_REASONS: Mapping[str, str] = {
    DeliveryReason.SEAL_BROKEN: "what was kept of it cannot be opened",
    DeliveryReason.INTERRUPTED: "broadcaster was stopped while it was handed over",
    DeliveryReason.PERSON_HOLD: "somebody said to hold it",
    DeliveryReason.RESENT_ALREADY: "it was sent once more before, and that was unsure too",
}
"""Why nobody knows whether a delivery was taken, besides what providers answer."""

SUPPRESSION_REASONS = {
    SuppressionReason.BY_HAND: "by hand",
    SuppressionReason.STOP: "its owner texted STOP",
    SuppressionReason.UNSUBSCRIBED: "its owner unsubscribed at the provider",
    SuppressionReason.COMPLAINED: "its owner marked us as unwanted",
    SuppressionReason.BOUNCED: "mail or texts to it come back",
    SuppressionReason.REFUSED: "the provider turns it down",
    SuppressionReason.ERASED: "its owner was erased",
}
"""Why an address must not be written to."""

CHOSEN_PREFERENCES = {
    Preference.NONE: "no letters and no texts, chosen by the link in a message",
    Preference.EMAIL: "emails only, chosen by the link in a message",
    Preference.SMS: "texts only, chosen by the link in a message",
}
"""What somebody chose to get."""

DELIVERY_STATES = {"bounced": "came back", "complained": "marked as unwanted"}
"""What became of deliveries, where the state's own word does not say it plainly."""

NOT_HANDED_OVER = {"queued": "waiting", "skipped": "left out"}
"""Where those stand that no provider has taken, where the state's own word does not say it plainly."""

CHANNEL_NAMES = {"email": "email", "sms": "SMS"}


def format_counts(numbers: Mapping[str, int], words: Mapping[str, str] | None = None) -> str:
    """ "12 email, 3 SMS"; a dash where there is nothing."""
    called = words or {}
    return ", ".join(f"{number:,} {called.get(name, name)}" for name, number in numbers.items() if number) or "-"


def occurrence_time(one: OccurrenceFate) -> str:
    """When an occurrence is meant to go out."""
    if one.at_once:
        return "as soon as approved"
    return f"{one.wall:%a %d %b %Y, %H:%M}" if one.wall is not None else "each time"


def describe_slow_route(route: str, limit: PipeliningLimit) -> str:
    """That a mail server is talked to more slowly than it offers, and since when."""
    each = "each message" if limit.way is EnvelopePipelining.GROUP else "each command"
    return (
        f"The mail server {route} offers PIPELINING, yet turns down what is said before it has answered (found on "
        f"{limit.since.astimezone():%d %b %Y}). So {each} waits for the answer to the one before. It is slower; "
        "nothing is lost."
    )


def describe_occurrence(one: OccurrenceFate) -> str:
    """What becomes of an occurrence, and what somebody can do about it."""
    if one.fate is not FateKind.WAITS:
        at = one.at.astimezone() if one.at is not None else None
        said = FATES[one.fate] % {"name": one.by, "when": f"{at:%a %d %b %Y, %H:%M}" if at else ""}
        decided = one.approval.decided_by if one.approval is not None else None
        return f"{said} Approved by {decided}." if decided and one.fate is FateKind.GOES_OUT else said
    words = waiting_words(one.reason, one.by)
    parts = [words.sentence % {"name": one.by, "reason": one.reason}]
    if one.submitted_by and one.reason in (WaitingReason.TO_DECIDE, WaitingReason.NOT_APPROVED):
        parts.append(f"Submitted by {one.submitted_by}.")
    if one.reason == WaitingReason.REJECTED and one.approval is not None and one.approval.note:
        parts.append(f"“{one.approval.note}”")
    if one.changed:
        parts.append(f"Changed: {', '.join(one.changed)}.")
    return " ".join((*parts, words.remedy)).strip()


def describe_unsure_delivery(reason: str) -> str:
    """Why a delivery is in doubt."""
    if reason in DOUBT_REASONS:
        return DOUBT_REASONS[reason]
    try:
        return EXPLANATIONS[Reason(reason)].why
    except ValueError:
        return reason or "-"


def describe_columns(said: Mapping[str, str]) -> str:
    """What headings are read as, in one line."""
    return ", ".join(f"{heading} → {column if column != '-' else 'left out'}" for heading, column in said.items())
