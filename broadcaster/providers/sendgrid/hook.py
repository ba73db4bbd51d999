"""SendGrid's signed Event Webhook: proved to be its own, fresh, of a sane size; then read.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

import json
import re
import time
from typing import Any

from sendgrid.helpers.eventwebhook import EventWebhook  # type: ignore[import-untyped]  # it ships no types
from sendgrid.helpers.eventwebhook.eventwebhook_header import (  # type: ignore[import-untyped]
    EventWebhookHeader,
)

from broadcaster.domain.delivery.reports import AddressReport, InboundText, Report
from broadcaster.domain.errors import BroadcasterError
from broadcaster.providers.base import HookRefusedError, HookRequest
from broadcaster.providers.sendgrid.events import report_of_event

SIGNATURE = EventWebhookHeader.SIGNATURE.lower()
TIMESTAMP = EventWebhookHeader.TIMESTAMP.lower()

MAX_AGE_SECONDS = 26 * 3600
"""Seconds. SendGrid tries for 24 hours to hand events over, and does not say that a later try is signed anew. One that
is repeated within this time changes nothing: reports are kept by their key, and never move a delivery backwards."""

_AHEAD = 600
"""Seconds that SendGrid's clock may be before ours."""

MAX_BODY_OCTETS = 2 * 1024 * 1024
"""SendGrid ends a batch of events at 768 kilobytes."""

_MOMENT = re.compile(r"[0-9]{1,12}")


class WebhookKeyError(BroadcasterError):
    """`webhook_key` is not a key."""

    code = "webhook-key-unreadable"
    default_remedy = "Copy the verification key from SendGrid's mail settings, Event Webhook, into config.yaml."


class SendGridHook:
    """Events signed with the account's key. `key` is the verification key as SendGrid shows it (base64)."""

    def __init__(self, key: str) -> None:
        try:
            self._official = EventWebhook(key)
            self._official.verify_signature("", "", "")
        except Exception:  # cryptography has many
            raise WebhookKeyError("The webhook_key of sendgrid cannot be read.") from None

    def read(self, request: HookRequest) -> list[Report | AddressReport | InboundText]:
        """What the events tell. Raises HookRefusedError for what is not SendGrid's, stale, too large or no events."""
        if len(request.body) > MAX_BODY_OCTETS:
            raise HookRefusedError("Events of SendGrid were larger than they ever are.", status=413)
        signature, moment = request.headers.get(SIGNATURE, ""), request.headers.get(TIMESTAMP, "")
        if not _MOMENT.fullmatch(moment) or not self._is_genuine(request.body, signature, moment):
            raise HookRefusedError("Events of SendGrid were not signed with its key.")
        age = time.time() - int(moment)
        if not -_AHEAD <= age <= MAX_AGE_SECONDS:
            raise HookRefusedError("Events of SendGrid were signed too long ago, or in the future.")
        return [found for event in _parse_events(request.body) if (found := report_of_event(event)) is not None]

    def answer(self, text: str) -> tuple[str, bytes]:
        """Nothing: SendGrid looks at the status alone."""
        del text
        return "text/plain", b""

    def _is_genuine(self, body: bytes, signature: str, moment: str) -> bool:
        try:
            return bool(self._official.verify_signature(body.decode("utf-8"), signature, moment))
        except Exception:  # a malformed signature raises what it likes, and proves nothing
            return False


def _parse_events(body: bytes) -> list[dict[str, Any]]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, list):
        raise HookRefusedError("Events of SendGrid could not be read.", status=400)
    return [event for event in document if isinstance(event, dict)]
