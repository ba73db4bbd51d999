"""What a delivery status notification says (RFC 3464): a table of actions, the status, the server's words. Pure."""

import re
from dataclasses import dataclass, replace

from broadcaster.domain.reports import Happened
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.mailparts import Head
from broadcaster.providers.smtp.statuses import AT_ONCE, THIRD_TIME, meaning
from broadcaster.providers.words import without_addresses

STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")

_ACTIONS = {
    "failed": Happened.BOUNCED,
    "delayed": Happened.PUT_OFF,
    "delivered": Happened.DELIVERED,
    "relayed": Happened.TAKEN,  # to a server that sends no notifications
    "expanded": Happened.TAKEN,  # to the addresses of a list
}
_WITHOUT_ACTION = {"5": "failed", "4": "delayed", "2": "delivered"}

_MILDEST = (Happened.DELIVERED, Happened.TAKEN, Happened.PUT_OFF, Happened.BOUNCED)

_WORDS_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """What a bounce says, whosever it is; the fields are those of a `Report`."""

    happened: Happened
    code: str = ""
    detail: str = ""
    strikes: int = 0

    def softened(self) -> "Finding":
        """The same, but it takes three of them to give an address up."""
        return replace(self, strikes=THIRD_TIME) if self.strikes == AT_ONCE else self


def envelope_id(report: list[Head]) -> str:
    """What MAIL said as ENVID, as the server that reports was given it."""
    return next((value for group in report if (value := group.get("original-envelope-id"))), "")


def read_report(report: list[Head]) -> Finding | None:
    """What the report's recipients have met with; None when it says nothing that is understood.

    Our messages have one recipient. Where a report tells of several, they are what its address stands for, and the one
    who fared best counts: the message has reached somebody.
    """
    found = [finding for group in report if (finding := _of_recipient(group))]
    return min(found, key=lambda finding: _MILDEST.index(finding.happened)) if found else None


def failure(status: str, words: str) -> Finding:
    """A delivery that failed for good with this status ("" for none)."""
    why = meaning(status)
    return Finding(Happened.BOUNCED, why.reason.value, words, why.strikes)


def _of_recipient(group: Head) -> Finding | None:
    status, words = _status(group), group.get("diagnostic-code")
    action = re.match(r"\s*([a-z]+)", group.get("action"), re.IGNORECASE)
    happened = _ACTIONS.get(action[1].lower() if action else _WITHOUT_ACTION.get(status[:1], ""))
    if happened is None:
        return None
    final, original = _address(group.get("final-recipient")), _address(group.get("original-recipient"))
    words = without_addresses(re.sub(r"^\s*[\w-]+\s*;\s*", "", words) or status, final, original)
    if happened is Happened.BOUNCED:
        found = failure(status, words)
        # What failed is where our address leads to, not the address itself (RFC 3464 section 2.3.1).
        return found.softened() if original and final.lower() != original.lower() else found
    if happened is Happened.PUT_OFF:
        full = meaning(status).reason is Reason.MAILBOX_FULL
        return Finding(happened, (Reason.MAILBOX_FULL if full else Reason.TRY_LATER).value, words)
    return Finding(happened, detail=words)


def _status(group: Head) -> str:
    """The status; from the server's words where the field says no more than that it failed."""
    said = STATUS.search(group.get("status"))
    status = said[1] if said else ""
    if not status or status.endswith(".0.0"):
        nearer = STATUS.search(group.get("diagnostic-code")[:_WORDS_LIMIT])
        if nearer and nearer[1][0] == (status[:1] or nearer[1][0]):
            return nearer[1]
    return status


def _address(value: str) -> str:
    """The address of `rfc822; person@example.org`."""
    return value.rpartition(";")[2].strip().strip("<>")
