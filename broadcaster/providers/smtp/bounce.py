"""What a mail to the return path reports of a delivery, if it is a bounce at all. Pure, and never raises.

A bounce says what a mail system did, so only what mail systems write counts: delivery reports (RFC 3464), complaints
in the form of feedback loops (RFC 5965), and, to a return path of ours, what older systems write. Answers of programs
and people, challenges and spam are not bounces, whatever they say.
"""

from datetime import datetime

from broadcaster.domain.reports import Happened, Report
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.clues import Clues, came_to
from broadcaster.providers.smtp.deliverystatus import Finding, envelope_id, read_report
from broadcaster.providers.smtp.mailparts import MESSAGE_LIMIT, Head, Part, groups, leaves, split
from broadcaster.providers.smtp.plainbounce import read_plain
from broadcaster.providers.smtp.statuses import AT_ONCE

_STATUS = ("message/delivery-status", "message/global-delivery-status")  # the second: RFC 6533
_FEEDBACK = "message/feedback-report"
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")

_COMPLAINTS = frozenset({"abuse", "fraud"})
"""Types of feedback by which a recipient says no. `not-spam` (RFC 6430) says the opposite; `virus` and `auth-failure`
(RFC 6591) are a server's words."""


def read_bounce(data: bytes, at: datetime, to: str = "") -> Report | None:
    """What the message `data`, which came at `at`, reports of one of our deliveries; None when it is no bounce of ours.

    `to` is the envelope's recipient where the mail system tells it; else the header says whom it came to. At most the
    first 512 KB are looked at.
    """
    message = split(data[:MESSAGE_LIMIT])
    parts = leaves(message)
    by_kind = {part.head.kind: part for part in reversed(parts)}
    returned = next((_head_of(by_kind[kind]) for kind in _RETURNED if kind in by_kind), Head())
    address, message_id = came_to(message.head, to), returned.get("message-id")
    status = next((by_kind[kind] for kind in _STATUS if kind in by_kind), None)
    if status is not None:
        report = groups(status.text)
        return _report(read_report(report), Clues(address, envelope_id(report), message_id), at)
    if _FEEDBACK in by_kind:
        report = groups(by_kind[_FEEDBACK].text)[:1] or [Head()]
        sender = came_to(returned, report[0].get("original-mail-from"))
        return _report(_complaint(report[0]), Clues(sender, envelope_id(report), message_id), at)
    clues = Clues(address, message_id=message_id)
    return _report(read_plain(message.head, parts), clues, at) if clues.addressed else None


def _report(finding: Finding | None, clues: Clues, at: datetime) -> Report | None:
    attempt = clues.attempt
    if finding is None or not attempt:
        return None
    if clues.is_loose:
        finding = finding.softened()
    # Of the same delivery, the same thing counts once, however many servers report it, and however often.
    key = f"{attempt.partition('-')[0]}:{finding.happened}:{finding.code}:{finding.strikes}"
    return Report(key, attempt, finding.happened, at, code=finding.code, detail=finding.detail, strikes=finding.strikes)


def _complaint(feedback: Head) -> Finding | None:
    if feedback.get("feedback-type").strip().lower() not in _COMPLAINTS:
        return None
    return Finding(Happened.COMPLAINED, Reason.UNWANTED.value, strikes=AT_ONCE)


def _head_of(part: Part) -> Head:
    """The header of the message that a part returns."""
    return split(part.text.encode("utf-8", "replace")).head
