"""The verdict on a text, by Twilio's answer or the lack of one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.reasons import Reason
from broadcaster.providers.redaction import redact
from broadcaster.providers.twilio.codes import meaning_in_answer, meaning_in_report


class TwilioPhase(StrEnum):
    """How far it had come. Stored with an attempt that failed.

    `hours` and `request`: before anything was handed over, for a reason of our own; `connect`, `tls`: no connection;
    `rate`: told to come back later; `answer`: the request had left, or an answer came.
    """

    HOURS = "hours"
    REQUEST = "request"
    CONNECT = "connect"
    TLS = "tls"
    RATE = "rate"
    ANSWER = "answer"


class NotHandedOverError(Exception):
    """No connection could be made: not an octet of the request left this machine."""

    def __init__(self, reason: Reason, detail: str = "", *, slow: bool = False) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail
        self.slow = slow


class AnswerLostError(Exception):
    """The request may have arrived, and no whole answer came back."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(slots=True)
class TurnedDownError(Exception):
    """An answer that is not a success; `retry_after` is in seconds, where it named a time."""

    status: int
    text: str
    retry_after: float | None = None


_FOR_GOOD = {Reason.TLS_UNTRUSTED: TwilioPhase.TLS, Reason.TLS_FAILED: TwilioPhase.TLS}
_FAILED = frozenset({"failed", "undelivered", "canceled"})


def receipt_without_connection(delivery_id: str, fault: NotHandedOverError) -> Receipt:
    """The receipt of a text for which there was no connection. A certificate that does not verify halts."""
    phase = _FOR_GOOD.get(fault.reason, TwilioPhase.CONNECT)
    outcome = Outcome.HALTED if fault.reason is Reason.TLS_UNTRUSTED else Outcome.LATER
    return Receipt(delivery_id, outcome, fault.reason.value, phase.value, detail=fault.detail)


def receipt_of_lost_answer(delivery_id: str, reason: Reason) -> Receipt:
    """The receipt of a text that may have been taken."""
    return Receipt(delivery_id, Outcome.UNSURE, Reason.NO_ANSWER.value, TwilioPhase.ANSWER.value, detail=reason.value)


MAX_SEGMENTS = 100
"""More than the longest text that Twilio takes (1,600 characters) can be made of."""


def billed_segments(said: object) -> int:
    """The segments that Twilio bills a text as; 0 where it does not know yet, as with a messaging service at first."""
    segments = parse_error_code(said)
    return segments if segments is not None and 0 < segments <= MAX_SEGMENTS else 0


def receipt_of_taken(delivery_id: str, to: str, made: Mapping[str, Any]) -> Receipt:
    """The receipt for a message that Twilio has made: accepted, unless it says in the same breath that it has failed.

    Without a SID it is unsure: something was accepted, and we cannot name it.
    """
    sid = made.get("sid")
    if not isinstance(sid, str) or not sid:
        return receipt_of_lost_answer(delivery_id, Reason.GARBLED)
    if made.get("status") not in _FAILED:
        return Receipt(delivery_id, Outcome.ACCEPTED, reference=sid, segments=billed_segments(made.get("num_segments")))
    code = parse_error_code(made.get("error_code"))
    fate = meaning_in_report(code)
    detail = error_in_words(code, made.get("error_message"), to)
    return Receipt(
        delivery_id,
        Outcome.REFUSED,
        fate.reason.value,
        TwilioPhase.ANSWER.value,
        sid,
        detail,
        suppress=fate.strikes == 1,
    )


def receipt_of_turned_down(delivery_id: str, to: str, answer: TurnedDownError) -> Receipt:
    """The receipt for an answer that is no success. A 5xx says nothing: Twilio may have taken it before it failed."""
    code, words = _parse_error(answer.text)
    if answer.status >= 500:
        return receipt_of_lost_answer(delivery_id, Reason.TRY_LATER)
    finding = meaning_in_answer(answer.status, code)
    phase = TwilioPhase.RATE if finding.outcome is Outcome.LATER else TwilioPhase.ANSWER
    detail = error_in_words(code or answer.status, words, to)
    return Receipt(
        delivery_id,
        finding.outcome,
        finding.reason.value,
        phase.value,
        detail=detail,
        retry_after=answer.retry_after if phase is TwilioPhase.RATE else None,
        suppress=finding.suppress,
    )


def error_in_words(code: int | None, words: object, to: str) -> str:
    """Twilio's error as it may be stored and shown."""
    return redact(f"{code or ''} {words if isinstance(words, str) else ''}".strip(), to)


def _parse_error(text: str) -> tuple[int | None, str]:
    """Code and words of an error as Twilio writes it; None where it is no such thing."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(document, dict):
        return None, ""
    words = document.get("message") or document.get("title") or ""
    return parse_error_code(document.get("code")), words if isinstance(words, str) else ""


def parse_error_code(value: object) -> int | None:
    """An error code, whichever way it is written; None where there is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) else None
