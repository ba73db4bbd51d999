"""What Twilio tells us over HTTP: what became of a text, and texts that people send to our number.

Sources: https://www.twilio.com/docs/usage/webhooks/webhooks-security (signatures),
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status (reports),
https://www.twilio.com/docs/messaging/guides/webhook-request (inbound texts).
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # the SDK has no types
from twilio.twiml.messaging_response import MessagingResponse  # type: ignore[import-untyped]  # the SDK has no types

from broadcaster.domain.delivery.reports import InboundText, Keyword, Report
from broadcaster.providers.base import HookRefusedError, HookRequest
from broadcaster.providers.twilio.account import RETRY_FRAGMENT
from broadcaster.providers.twilio.statuses import STATUSES, TwilioMessageStatus, report_of_status

LONGEST_BODY = 64 * 1024
"""Octets. Twilio's own requests are a few kilobytes."""

LONGEST_TEXT = 4000
"""Characters of an inbound text that are kept; ten parts of a text have less."""

LONGEST_SENDER = 40
"""Characters: `whatsapp:` and a number have 25."""

_ATTEMPT = re.compile(r"status/([a-z2-7]{26}-[1-9][0-9]{0,5})")
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")


class FormParameters(dict[str, list[str]]):
    """A form's parameters as the SDK's validator asks for them: those that stand twice have two values."""

    def getall(self, name: str) -> list[str]:
        return self[name]

    def first(self, name: str) -> str:
        """The first value, "" where there is none."""
        return next(iter(self.get(name, ())), "")


def read_hook(request: HookRequest, token: str) -> list[Report | InboundText]:
    """What a request tells, once its signature is known to be Twilio's. Raises HookRefusedError.

    A signature has no time in it, so a request can be repeated by who overheard it: it then has the same key, and no
    report moves a delivery backwards.
    """
    form = _verified_parameters(request, token)
    attempt = _ATTEMPT.fullmatch(request.path)
    if attempt:
        return _report(form, attempt[1])
    if request.path == "inbound":
        return _inbound_text(form)
    raise HookRefusedError("Nothing of Twilio's is taken at this address", status=404)


def twiml_answer(text: str) -> tuple[str, bytes]:
    """TwiML: the text to send back, or nothing (https://www.twilio.com/docs/messaging/twiml)."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return "text/xml; charset=utf-8", str(response.to_xml()).encode()


def _verified_parameters(request: HookRequest, token: str) -> FormParameters:
    """The request's parameters. The signature covers them and the address (or, for JSON, the body's hash in it)."""
    signature = request.headers.get("x-twilio-signature", "")
    if not signature:
        raise HookRefusedError("A request to Twilio's hook has no signature")
    if len(request.body) > LONGEST_BODY:
        raise HookRefusedError("A request to Twilio's hook is too long", status=400)
    try:
        text = request.body.decode()
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        form = _parameters_of_json(text) if kind == "application/json" else _parameters_of_form(text)
        signed: FormParameters | str = text if kind == "application/json" else form
    except (ValueError, RecursionError):  # UnicodeDecodeError is one
        raise HookRefusedError("A request to Twilio's hook cannot be read", status=400) from None
    try:
        # Twilio signs the address without the fragment that it was given; its specification does not say so.
        genuine = any(
            RequestValidator(token).validate(request.url + end, signed, signature) for end in ("", RETRY_FRAGMENT)
        )
    except (ValueError, TypeError, KeyError):
        # The validator trips over a JSON body whose hash is not in the address, and over a port that is none.
        genuine = False
    if not genuine:
        raise HookRefusedError("The signature of a request to Twilio's hook does not match")
    return form


def _parameters_of_form(text: str) -> FormParameters:
    form = FormParameters()
    pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict") if text else []
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def _parameters_of_json(text: str) -> FormParameters:
    document = json.loads(text)
    if not isinstance(document, Mapping):
        raise HookRefusedError("A request to Twilio's hook is no form", status=400)
    return FormParameters({str(name): [str(value)] for name, value in document.items()})


def _report(form: FormParameters, attempt_id: str) -> list[Report | InboundText]:
    status = form.first("MessageStatus") or form.first("SmsStatus")
    if status.lower() not in STATUSES:
        return []
    said = (form.first("To"), form.first("ErrorCode"), form.first("ErrorMessage"), form.first("NumSegments"))
    told = report_of_status(TwilioMessageStatus(_sid(form), status, *said), attempt_id)
    return [told] if told else []


_KEYWORDS = {"STOP": Keyword.STOP, "START": Keyword.START, "HELP": Keyword.HELP}


def _inbound_text(form: FormParameters) -> list[Report | InboundText]:
    # Also of a short code or a name, which nobody answers: what it says may be for staff to read.
    return [
        InboundText(
            _sid(form),
            form.first("From")[:LONGEST_SENDER],
            form.first("To"),
            form.first("Body")[:LONGEST_TEXT],
            datetime.now(UTC),
            _KEYWORDS.get(form.first("OptOutType").upper()),
        )
    ]


def _sid(form: FormParameters) -> str:
    sid = form.first("MessageSid") or form.first("SmsSid")
    if not _SID.fullmatch(sid):
        raise HookRefusedError("A request to Twilio's hook names no message", status=400)
    return sid
