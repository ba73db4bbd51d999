"""What a delivery status notification says (RFC 3464): a table of actions, the status, the server's words. Pure."""

import re
from dataclasses import dataclass, replace

from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.providers.answers import (
    STRIKE_AT_ONCE,
    STRIKE_THIRD_TIME,
    AnswerMeaning,
    meaning_of_status,
    milder_meaning,
    read_answer,
    says_anything,
)
from broadcaster.providers.reasons import Reason
from broadcaster.providers.redaction import redact
from broadcaster.providers.smtp.bounces.mime_parts import MimeHeader

STATUS_PATTERN = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")

_ACTIONS = {
    "failed": ReportedEvent.BOUNCED,
    "delayed": ReportedEvent.PUT_OFF,
    "delivered": ReportedEvent.DELIVERED,
    "relayed": ReportedEvent.TAKEN,  # to a server that sends no notifications
    "expanded": ReportedEvent.TAKEN,  # to the addresses of a list
}
_ALSO_FAILED = frozenset({"failure", "expired", "error"})
"""What some systems write instead of `failed`."""

_WITHOUT_ACTION = {"5": "failed", "4": "delayed", "2": "delivered"}
_STILL_TRIED = re.compile(
    r"\b(?:will (?:be )?(?:retr|continue|keep)|still (?:being|trying|in)|no action is required)", re.I
)

_REJECTED = re.compile(r"\bautomatically rejected:", re.IGNORECASE)
"""Dovecot's words before its reason, which its fields do not have."""

_MILDEST = (ReportedEvent.DELIVERED, ReportedEvent.TAKEN, ReportedEvent.PUT_OFF, ReportedEvent.BOUNCED)
_FEWEST = (0, STRIKE_THIRD_TIME, STRIKE_AT_ONCE)


@dataclass(frozen=True, slots=True)
class BounceFinding:
    """What a bounce says, whosever it is; the fields are those of a `Report`."""

    happened: ReportedEvent
    code: str = ""
    detail: str = ""
    strikes: int = 0

    def softened(self) -> "BounceFinding":
        """The same, but it takes three of them to give an address up."""
        return replace(self, strikes=STRIKE_THIRD_TIME) if self.strikes == STRIKE_AT_ONCE else self


def envelope_id(report: list[MimeHeader]) -> str:
    """What MAIL said as ENVID, as the server that reports was given it."""
    return next((value for group in report if (value := group.get("original-envelope-id"))), "")


def read_status_report(report: list[MimeHeader], text: str = "", answers: str = "") -> BounceFinding | None:
    """What the report's recipients have met with; None when it says nothing that is understood.

    Our messages have one recipient. Where a report tells of several, they are what its address stands for, and the one
    who fared best counts: the message has reached somebody. `text` is what the notification says for people, `answers`
    what servers answered as that text quotes them: they are read where the fields quote no answer and give no reason,
    as OpenSMTPD's and older Exchange's do not.
    """
    return mildest_finding([finding for group in report if (finding := _finding_of_recipient(group, text, answers))])


def mildest_finding(found: list[BounceFinding]) -> BounceFinding | None:
    """Of several recipients behind one address, the one who fared best."""
    return min(found, key=_severity) if found else None


def meaning_of_failure(status: str, words: str, *fallbacks: str) -> AnswerMeaning:
    """What a failure for good with this status ("" for none) and these words means.

    `fallbacks` are other words, the nearest first: they are asked only where those before said nothing.
    """
    said = next((one for one in (words, *fallbacks) if says_anything(status, one)), words)
    return read_answer(status, said) or meaning_of_status(status)


def _severity(finding: BounceFinding) -> tuple[int, int]:
    return _MILDEST.index(finding.happened), _FEWEST.index(finding.strikes)


def _finding_of_recipient(group: MimeHeader, text: str, answers: str) -> BounceFinding | None:
    status_field, diagnostic = group.get("status"), group.get("diagnostic-code")
    said = STATUS_PATTERN.search(status_field)
    status = said[1] if said else ""
    happened = _what_happened(group.get("action"), status or _status_in_words(diagnostic), text)
    if happened is None:
        return None
    final, original = _mailbox_address(group.get("final-recipient")), _mailbox_address(group.get("original-recipient"))
    answer = re.sub(r"^\s*[\w-]+\s*;\s*", "", diagnostic)
    kept = redact(answer or " ".join(answers.split()) or status_field, final, original)
    if happened is ReportedEvent.BOUNCED:
        # A remark behind the status is the server's word too: "5.0.0 (recipient reached disk quota)".
        remark = status_field.replace(status, "", 1) if status else status_field
        why = meaning_of_failure(status, answer or answers, remark, answers, text)
        if rejected := _REJECTED.search(text):
            why = milder_meaning(why, read_answer("", text[rejected.end() :]))
        found = BounceFinding(happened, why.reason.value, kept, why.strikes)
        # What failed is where our address leads to, not the address itself (RFC 3464 section 2.3.1).
        return found.softened() if original and final.lower() != original.lower() else found
    if happened is ReportedEvent.PUT_OFF:
        why = meaning_of_failure(status, answer)
        full = why.reason is Reason.MAILBOX_FULL
        return BounceFinding(happened, (Reason.MAILBOX_FULL if full else Reason.TRY_LATER).value, kept)
    return BounceFinding(happened, detail=kept)


def _what_happened(action: str, status: str, text: str) -> ReportedEvent | None:
    """What an action says; one that nobody knows, and none at all, are read by the status.

    Action `error` with a status of class 4 is a failure only where nobody says that it is tried again.
    """
    word = re.match(r"\s*([a-z]+)", action, re.IGNORECASE)
    named = word[1].lower() if word else ""
    if named in _ACTIONS:
        return _ACTIONS[named]
    if named in _ALSO_FAILED and not (status.startswith("4") and _STILL_TRIED.search(text)):
        return ReportedEvent.BOUNCED
    return _ACTIONS.get(_WITHOUT_ACTION.get(status[:1], ""))


def _status_in_words(diagnostic: str) -> str:
    nearer = STATUS_PATTERN.search(diagnostic)
    return nearer[1] if nearer else ""


def _mailbox_address(value: str) -> str:
    """The address of `rfc822; person@example.org`."""
    return value.rpartition(";")[2].strip().strip("<>")
