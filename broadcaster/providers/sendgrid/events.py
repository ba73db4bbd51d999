"""SendGrid's words for what became of a message, as ours. Pure.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from broadcaster.domain.reports import Addressed, Happened, Report
from broadcaster.providers import answers, redaction
from broadcaster.providers.answers import milder, read_answer
from broadcaster.providers.reasons import Reason
from broadcaster.providers.sendgrid.payload import ATTEMPT


class Meaning(NamedTuple):
    """What an event says; `strikes` as in `Report`."""

    happened: Happened
    reason: Reason | None = None
    strikes: int = 0


_EVENTS: dict[str, Meaning] = {
    "processed": Meaning(Happened.TAKEN),
    "deferred": Meaning(Happened.PUT_OFF, Reason.TRY_LATER),
    "delivered": Meaning(Happened.DELIVERED),
    "spamreport": Meaning(Happened.COMPLAINED, Reason.UNWANTED, 1),
    "unsubscribe": Meaning(Happened.UNSUBSCRIBED, Reason.UNSUBSCRIBED, 1),
    "group_unsubscribe": Meaning(Happened.UNSUBSCRIBED, Reason.UNSUBSCRIBED, 1),
}
"""Opens, clicks, joining a group again, and what SendGrid may invent later: nothing that we act upon."""

_DROPPED: dict[str, Meaning] = {
    # On SendGrid's own list: perhaps for a bounce that was the fault of a sender. It says nothing new of the address.
    "bounced address": Meaning(Happened.DROPPED, Reason.PROVIDER_SUPPRESSED),
    "unsubscribed address": Meaning(Happened.DROPPED, Reason.UNSUBSCRIBED, 1),
    "spam reporting address": Meaning(Happened.DROPPED, Reason.UNWANTED, 1),
    # Of the address and the name beside it SendGrid could not make a recipient. Addresses were looked at when they came
    # on the roster, so the fault may be ours: staff have two more letters to see it in before the address is given up.
    "invalid": Meaning(Happened.DROPPED, Reason.ADDRESS_MALFORMED, 3),
    "spam content": Meaning(Happened.DROPPED, Reason.MESSAGE_REFUSED),
    "recipient list over package quota": Meaning(Happened.DROPPED, Reason.ALLOWANCE_USED_UP),
}
_OTHERWISE_DROPPED = Meaning(Happened.DROPPED, Reason.MESSAGE_REFUSED)

_HARD = Meaning(Happened.BOUNCED, Reason.ADDRESS_UNKNOWN, 1)
_SOFT = Meaning(Happened.BOUNCED, Reason.NOT_REACHED, 3)
_OURS = Meaning(Happened.BOUNCED, Reason.BLOCKED)

_NOT_THEIR_FAULT = frozenset(
    {"content", "reputation", "technical", "technical failure", "frequency or volume too high"}
)
"""Classes of bounces that say nothing about the address: whoever is turned away for these is not given up on."""

_LATEST = 253402300799
"""Seconds since 1970 that a moment can have: the end of the year 9999."""


def report(event: Mapping[str, Any]) -> Report | Addressed | None:
    """What an event tells; None when it is not about one of our attempts, or nothing that we act upon.

    SendGrid cannot always tell which message a late bounce is about: such an event has an empty `sg_message_id` and
    none of our arguments. Then its address is all there is.
    """
    key, attempt = _text(event, "sg_event_id"), redaction.attempt(_text(event, ATTEMPT))
    meaning = _meaning(event)
    address = _text(event, "email")
    unplaced = (
        not attempt and not _text(event, "sg_message_id") and _text(event, "event") == "bounce" and ATTEMPT not in event
    )
    if not key or meaning is None or not (attempt or (unplaced and address)):
        return None
    at = event.get("timestamp")
    if not isinstance(at, int) or isinstance(at, bool) or not 0 < at < _LATEST:
        return None
    found = Report(
        redaction.key(key),
        attempt,
        meaning.happened,
        datetime.fromtimestamp(at, UTC),
        redaction.reference(_text(event, "sg_message_id")),
        meaning.reason.value if meaning.reason else "",
        redaction.without_addresses(f"{_text(event, 'status')} {_said(event)}".strip(), address),
        meaning.strikes,
    )
    return Addressed(found, address) if unplaced else found


def _meaning(event: Mapping[str, Any]) -> Meaning | None:
    kind = _text(event, "event")
    if kind == "dropped":
        return _DROPPED.get(_text(event, "reason").strip().lower(), _OTHERWISE_DROPPED)
    if kind == "bounce":
        return _bounced(event)
    return _EVENTS.get(kind)


def _bounced(event: Mapping[str, Any]) -> Meaning:
    """What the server's answer means, by the table that bounces are read with, or what SendGrid makes of it: the milder
    of the two. SendGrid's word alone counts where it gives no answer.
    """
    if _text(event, "bounce_classification").strip().lower() in _NOT_THEIR_FAULT:
        return _OURS
    own = _SOFT if _text(event, "type") == "blocked" else _HARD
    status, said = _text(event, "status"), _said(event)
    told = read_answer(status, said)
    if told is None:
        told = answers.meaning("") if said else None
    if told is None or own.reason is None:
        return own
    milder_one = milder(told, answers.Meaning(own.reason, own.strikes))
    return Meaning(Happened.BOUNCED, milder_one.reason, milder_one.strikes)


def _said(event: Mapping[str, Any]) -> str:
    return _text(event, "reason") or _text(event, "response")


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""
