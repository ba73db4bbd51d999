"""SendGrid's events, translated into reports.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from broadcaster.domain.delivery.reports import AddressReport, Report, ReportedEvent
from broadcaster.providers import answers, redaction
from broadcaster.providers.answers import milder_meaning, read_answer
from broadcaster.providers.reasons import Reason
from broadcaster.providers.sendgrid.payload import ATTEMPT_ARGUMENT


class EventMeaning(NamedTuple):
    """What an event says; `strikes` as in `Report`."""

    happened: ReportedEvent
    reason: Reason | None = None
    strikes: int = 0


_EVENTS: dict[str, EventMeaning] = {
    "processed": EventMeaning(ReportedEvent.TAKEN),
    "deferred": EventMeaning(ReportedEvent.PUT_OFF, Reason.TRY_LATER),
    "delivered": EventMeaning(ReportedEvent.DELIVERED),
    "spamreport": EventMeaning(ReportedEvent.COMPLAINED, Reason.UNWANTED, 1),
    "unsubscribe": EventMeaning(ReportedEvent.UNSUBSCRIBED, Reason.UNSUBSCRIBED, 1),
    "group_unsubscribe": EventMeaning(ReportedEvent.UNSUBSCRIBED, Reason.UNSUBSCRIBED, 1),
}
"""Opens, clicks, joining a group again, and what SendGrid may invent later: nothing that we act upon."""

_DROPPED: dict[str, EventMeaning] = {
    # On SendGrid's own list: perhaps for a bounce that was the fault of a sender. It says nothing new of the address.
    "bounced address": EventMeaning(ReportedEvent.DROPPED, Reason.PROVIDER_SUPPRESSED),
    "unsubscribed address": EventMeaning(ReportedEvent.DROPPED, Reason.UNSUBSCRIBED, 1),
    "spam reporting address": EventMeaning(ReportedEvent.DROPPED, Reason.UNWANTED, 1),
    # Of the address and the name beside it SendGrid could not make a recipient. Addresses were looked at when they came
    # on the roster, so the fault may be ours: staff have two more letters to see it in before the address is given up.
    "invalid": EventMeaning(ReportedEvent.DROPPED, Reason.ADDRESS_MALFORMED, 3),
    "spam content": EventMeaning(ReportedEvent.DROPPED, Reason.MESSAGE_REFUSED),
    "recipient list over package quota": EventMeaning(ReportedEvent.DROPPED, Reason.ALLOWANCE_USED_UP),
}
_OTHERWISE_DROPPED = EventMeaning(ReportedEvent.DROPPED, Reason.MESSAGE_REFUSED)

_HARD = EventMeaning(ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1)
_SOFT = EventMeaning(ReportedEvent.BOUNCED, Reason.NOT_REACHED, 3)
_OURS = EventMeaning(ReportedEvent.BOUNCED, Reason.BLOCKED)

_NOT_THEIR_FAULT = frozenset(
    {"content", "reputation", "technical", "technical failure", "frequency or volume too high"}
)
"""Classes of bounces that say nothing about the address: whoever is turned away for these is not given up on."""

_LATEST = 253402300799
"""Seconds since 1970 that a moment can have: the end of the year 9999."""


def report_of_event(event: Mapping[str, Any]) -> Report | AddressReport | None:
    """What an event tells; None when it is not about one of our attempts, or nothing that we act upon.

    SendGrid cannot always tell which message a late bounce is about: such an event has an empty `sg_message_id` and
    none of our arguments. Then its address is all there is.
    """
    key, attempt = _text_field(event, "sg_event_id"), redaction.clean_attempt_id(_text_field(event, ATTEMPT_ARGUMENT))
    meaning = _meaning(event)
    address = _text_field(event, "email")
    unplaced = (
        not attempt
        and not _text_field(event, "sg_message_id")
        and _text_field(event, "event") == "bounce"
        and ATTEMPT_ARGUMENT not in event
    )
    if not key or meaning is None or not (attempt or (unplaced and address)):
        return None
    at = event.get("timestamp")
    if not isinstance(at, int) or isinstance(at, bool) or not 0 < at < _LATEST:
        return None
    found = Report(
        redaction.report_key(key),
        attempt,
        meaning.happened,
        datetime.fromtimestamp(at, UTC),
        redaction.clean_reference(_text_field(event, "sg_message_id")),
        meaning.reason.value if meaning.reason else "",
        redaction.redact(f"{_text_field(event, 'status')} {_server_words(event)}".strip(), address),
        meaning.strikes,
    )
    return AddressReport(found, address) if unplaced else found


def _meaning(event: Mapping[str, Any]) -> EventMeaning | None:
    kind = _text_field(event, "event")
    if kind == "dropped":
        return _DROPPED.get(_text_field(event, "reason").strip().lower(), _OTHERWISE_DROPPED)
    if kind == "bounce":
        return _bounce_meaning(event)
    return _EVENTS.get(kind)


def _bounce_meaning(event: Mapping[str, Any]) -> EventMeaning:
    """What the server's answer means, by the table that bounces are read with, or what SendGrid makes of it: the milder
    of the two. SendGrid's word alone counts where it gives no answer.
    """
    if _text_field(event, "bounce_classification").strip().lower() in _NOT_THEIR_FAULT:
        return _OURS
    own = _SOFT if _text_field(event, "type") == "blocked" else _HARD
    status, said = _text_field(event, "status"), _server_words(event)
    told = read_answer(status, said)
    if told is None:
        told = answers.meaning_of_status("") if said else None
    if told is None or own.reason is None:
        return own
    milder_one = milder_meaning(told, answers.AnswerMeaning(own.reason, own.strikes))
    return EventMeaning(ReportedEvent.BOUNCED, milder_one.reason, milder_one.strikes)


def _server_words(event: Mapping[str, Any]) -> str:
    return _text_field(event, "reason") or _text_field(event, "response")


def _text_field(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""
