"""What a mail to the return path reports of a delivery, if it is a bounce at all. Pure, and never raises.

A bounce says what a mail system did, so only what mail systems write counts: delivery reports (RFC 3464), complaints
in the form of feedback loops (RFC 5965), and, to a return path of ours, what older systems write. Answers of programs
and people, challenges and spam are not bounces, whatever they say.
"""

from datetime import datetime

from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.providers.answers import STRIKE_AT_ONCE
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.bounces.delivery_match import DeliveryClues, return_path_of
from broadcaster.providers.smtp.bounces.delivery_status import BounceFinding, envelope_id, read_status_report
from broadcaster.providers.smtp.bounces.disposition import DISPOSITION, read_disposition
from broadcaster.providers.smtp.bounces.mime_parts import (
    MESSAGE_LIMIT,
    MimeHeader,
    MimePart,
    field_groups,
    leaf_parts,
    split_message,
)
from broadcaster.providers.smtp.bounces.plain_bounce import (
    is_automatic_reply,
    is_from_a_system,
    notification_text,
    quoted_answers,
    read_plain_bounce,
)

_STATUS = ("message/delivery-status", "message/global-delivery-status")  # the second: RFC 6533
_FEEDBACK = "message/feedback-report"
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")

_JUNK_MAIL_REPORT = "x-hmxmroriginalrecipient"
"""Microsoft's Junk Mail Reporting Program adds this to the message that somebody reported, and says nothing else."""

_COMPLAINTS = frozenset({"abuse", "fraud"})
"""Types of feedback by which a recipient says no. `not-spam` (RFC 6430) says the opposite; `virus` and `auth-failure`
(RFC 6591) are a server's words."""

_OPT_OUTS = frozenset({"opt-out", "opt-out-list"})
"""What drafts before RFC 5965 had for "no more of this", and some loops still send."""


def read_bounce(data: bytes, at: datetime, to: str = "") -> Report | None:
    """What the message `data`, which came at `at`, reports of one of our deliveries; None when it is no bounce of ours.

    `to` is the envelope's recipient where the mail system tells it; else the header says whom it came to. At most the
    first 512 KB are looked at.
    """
    message = split_message(data[:MESSAGE_LIMIT])
    parts = leaf_parts(message)
    within = _report_within(message.head, parts)
    if within is not None:
        # A gateway put a notice of its own before the report: whom it came to, only the outer header tells.
        to = to or return_path_of(message.head) or return_path_of(within.head)
        message, parts = within, leaf_parts(within)
    return _read_parts(message.head, parts, at, to)


def _read_parts(head: MimeHeader, parts: list[MimePart], at: datetime, to: str) -> Report | None:
    by_kind = {part.head.kind: part for part in reversed(parts)}
    returned = next((_returned_header(by_kind[kind]) for kind in _RETURNED if kind in by_kind), MimeHeader())
    address, message_id = return_path_of(head, to), returned.get("message-id")
    status = next((by_kind[kind] for kind in _STATUS if kind in by_kind), None)
    if status is not None:
        report, text = field_groups(status.text), notification_text(parts)
        clues = DeliveryClues(address, envelope_id(report), message_id)
        said = read_status_report(report, text, quoted_answers(text)) or (
            read_plain_bounce(head, parts) if clues.addressed else None
        )
        return _report_of(said, clues, at)
    if _FEEDBACK in by_kind:
        report = field_groups(by_kind[_FEEDBACK].text)[:1] or [MimeHeader()]
        sender = return_path_of(returned, report[0].get("original-mail-from"))
        return _report_of(_complaint(report[0]), DeliveryClues(sender, envelope_id(report), message_id), at)
    if returned.get(_JUNK_MAIL_REPORT):
        sender = return_path_of(returned, returned.get("return-path"))
        return _report_of(
            BounceFinding(ReportedEvent.COMPLAINED, Reason.UNWANTED.value, strikes=STRIKE_AT_ONCE),
            DeliveryClues(sender, "", message_id),
            at,
        )
    if DISPOSITION in by_kind:
        disposition = read_disposition(head, field_groups(by_kind[DISPOSITION].text), notification_text(parts))
        return _report_of(disposition, DeliveryClues(address, "", message_id), at)
    clues = DeliveryClues(address, message_id=message_id)
    return _report_of(read_plain_bounce(head, parts), clues, at) if clues.addressed else None


def _report_within(head: MimeHeader, parts: list[MimePart]) -> MimePart | None:
    """A report that a system passes on as an attached message; None where there is none, or a person passes it on."""
    if not is_from_a_system(head) or is_automatic_reply(head) or any(part.head.kind in _STATUS for part in parts):
        return None
    attached = (split_message(part.body) for part in parts if part.head.kind == "message/rfc822")
    return next((one for one in attached if any(part.head.kind in _STATUS for part in leaf_parts(one))), None)


def _report_of(finding: BounceFinding | None, clues: DeliveryClues, at: datetime) -> Report | None:
    attempt = clues.attempt
    if finding is None or not attempt:
        return None
    if clues.is_loose:
        finding = finding.softened()
    # Of the same delivery, the same thing counts once, however many servers report it, and however often.
    key = f"{attempt.partition('-')[0]}:{finding.happened}:{finding.code}:{finding.strikes}"
    return Report(key, attempt, finding.happened, at, code=finding.code, detail=finding.detail, strikes=finding.strikes)


def _complaint(feedback: MimeHeader) -> BounceFinding | None:
    kind = feedback.get("feedback-type").strip().lower()
    if kind in _OPT_OUTS:
        return BounceFinding(ReportedEvent.UNSUBSCRIBED, Reason.UNSUBSCRIBED.value, strikes=STRIKE_AT_ONCE)
    if kind not in _COMPLAINTS:
        return None
    return BounceFinding(ReportedEvent.COMPLAINED, Reason.UNWANTED.value, strikes=STRIKE_AT_ONCE)


def _returned_header(part: MimePart) -> MimeHeader:
    """The header of the message that a part returns."""
    return split_message(part.text.encode("utf-8", "replace")).head
