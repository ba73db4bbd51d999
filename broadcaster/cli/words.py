"""Codes in plain words, for people; `--json` keeps the codes."""

from collections.abc import Mapping

from broadcaster.domain.states import ApprovalState
from broadcaster.providers.reasons import EXPLANATIONS, Reason
from broadcaster.services.status import Approval

WAITING = {
    "not-approved": "it is due, and nobody has approved it",
    "late": "it was found too late; `broadcaster send` sends it after all",
    "changed-since-approval": "it was changed after it was approved; submit it again",
    "more-than-approved": "it would reach more people than were approved",
    "problems-found": "something is wrong with its letter or roster; see `broadcaster check`",
    "time-moved": "its time was moved",
    "sent-before": "it was sent before that",
}
"""What an occurrence waits for."""

IN_DOUBT = {
    "seal-broken": "what was kept of it cannot be opened",
    "interrupted": "broadcaster was stopped while it was handed over",
    "person-hold": "somebody said to hold it",
    "resent-already": "it was sent once more before, and that was unsure too",
}
"""Why nobody knows whether a delivery was taken, besides what providers answer."""

SUPPRESSED = {
    "bounced": "mail or texts to it come back",
    "by-hand": "by hand",
    "complained": "its owner marked us as unwanted",
    "erased": "its owner was erased",
    "refused": "the provider turns it down",
    "stop": "its owner texted STOP",
    "unsubscribed": "its owner unsubscribed at the provider",
}
"""Why an address must not be written to."""

STATES = {"bounced": "came back", "complained": "marked as unwanted"}
"""What became of deliveries, where the state's own word does not say it plainly."""

CHANNELS = {"email": "email", "sms": "SMS"}


def counts(numbers: Mapping[str, int], words: Mapping[str, str] | None = None) -> str:
    """ "12 email, 3 SMS"; a dash where there is nothing."""
    called = words or {}
    return ", ".join(f"{number:,} {called.get(name, name)}" for name, number in numbers.items() if number) or "-"


def occurrence(state: str, reason: str) -> str:
    """The state of an occurrence, with what it waits for."""
    if not reason:
        return state
    return (
        f"{state}: {WAITING.get(reason, f'it could not be released ({reason}); submit it again when that is mended')}"
    )


def eyes(approval: Approval | None) -> str:
    """Where an occurrence ahead stands between the two pairs of eyes."""
    if approval is None:
        return "not submitted yet"
    if approval.state is ApprovalState.SUBMITTED:
        return f"submitted by {approval.submitted_by}, waits for approval"
    if approval.state is ApprovalState.APPROVED:
        return f"approved by {approval.decided_by}"
    if approval.state is ApprovalState.REJECTED:
        return f"rejected by {approval.decided_by}" + (f": {approval.note}" if approval.note else "")
    return "changed since it was submitted; submit it again"


def doubt(reason: str) -> str:
    """Why a delivery is in doubt."""
    if reason in IN_DOUBT:
        return IN_DOUBT[reason]
    try:
        return EXPLANATIONS[Reason(reason)].why
    except ValueError:
        return reason or "-"
