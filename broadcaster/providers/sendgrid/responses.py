"""What an answer of SendGrid means for the messages of its request: a table of statuses, and of the fields it names.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers import retry_after_header
from broadcaster.providers.reasons import Reason
from broadcaster.providers.redaction import redact


class SendGridPhase(StrEnum):
    """How far a request has come. Stored with an attempt that failed."""

    MESSAGE = "message"
    RATE = "rate"
    CONNECT = "connect"
    TLS = "tls"
    REQUEST = "request"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What was answered. `headers` have lower-case names; `body` may be cut off. `whole` says that the request had gone
    out whole before: what was not whole cannot have been taken.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True


@dataclass(frozen=True, slots=True)
class RequestVerdict:
    """What becomes of a request's messages: the outcome of all, but for those that are `refused` by their place.

    With some refused nothing was taken, and the others can be handed over once more. `halve` says that the request was
    too large, and two of half its size may not be.
    """

    outcome: Outcome
    reason: Reason | None = None
    phase: SendGridPhase = SendGridPhase.ANSWER
    detail: str = ""
    retry_after: float | None = None
    reference: str = ""
    refused: Mapping[int, Reason] = field(default_factory=dict)
    halve: bool = False


RATE_WAIT = 60.0
"""Seconds to wait where no time is named: SendGrid's limits are by the minute."""

_SHORTEST, _LONGEST = 1.0, 3600.0
_EPOCH_LIKE = 1_000_000_000
"""`X-RateLimit-Reset` is a moment in seconds since 1970; a smaller number can only be seconds from now."""

_PERSONAL = re.compile(r"personalizations?[.\[](\d{1,4})\]?(?:\.(.*))?")
_ADDRESS = re.compile(r"to(?:[.\[]\d+\]?)?(?:\.email)?")
_SENDER = re.compile(r"from\b|reply_to\b")
_REFERENCE = re.compile(r"[\w.~+/=-]{1,120}")

_FLAT: dict[int, tuple[Outcome, Reason]] = {
    200: (Outcome.HALTED, Reason.ONLY_CHECKED),
    401: (Outcome.HALTED, Reason.SIGN_IN_REFUSED),
    403: (Outcome.HALTED, Reason.SIGN_IN_REFUSED),
    408: (Outcome.LATER, Reason.BUSY),
    413: (Outcome.REFUSED, Reason.MESSAGE_TOO_LARGE),
}
"""Statuses that say it all. What else is below 200 or above 202 and below 300 is not in the protocol: it may have been
taken. From 300 on it was not: what redirects, or knows no such page, is not SendGrid.
"""


def judge_answer(answer: ApiAnswer, count: int) -> RequestVerdict:
    """What an answer means for a request of `count` messages."""
    status = answer.status
    if status == 202 and answer.whole:
        found = _REFERENCE.fullmatch(answer.headers.get("x-message-id", ""))
        return RequestVerdict(Outcome.ACCEPTED, reference=found[0] if found else "")
    errors = list(_listed_errors(answer.body))
    detail = redact(" ".join([str(status), *(words for _, words in errors[:2])]))
    if status == 400:
        return _judge_bad_request(errors, count, detail)
    if status == 429:
        return RequestVerdict(
            Outcome.LATER, Reason.BUSY, SendGridPhase.RATE, detail, seconds_until_reset(answer.headers) or RATE_WAIT
        )
    outcome, reason = _FLAT.get(status) or _verdict_by_class(answer)
    if status in (401, 403):
        reason = _account_reason(status, errors)
    return RequestVerdict(outcome, reason, detail=detail, halve=status == 413 and count > 1)


def _verdict_by_class(answer: ApiAnswer) -> tuple[Outcome, Reason]:
    """What an answer means of which nothing but the first digit is known."""
    if 300 <= answer.status < 500:
        return Outcome.HALTED, Reason.GARBLED
    # It may have been taken before whatever went wrong there, if there was anything whole to be taken.
    return (Outcome.UNSURE, Reason.NO_ANSWER) if answer.whole else (Outcome.LATER, Reason.BUSY)


def seconds_until_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until SendGrid takes more, if it said so, within sane bounds; the earliest it named.

    `X-RateLimit-Reset` is a moment by SendGrid's clock, which is told by `Date`: ours may differ.
    """
    date = headers.get("date", "")
    wait = retry_after_header.seconds_to_wait(headers.get("retry-after", ""), date)
    if wait is None:
        reset = _parse_number(headers.get("x-ratelimit-reset", ""))
        wait = reset - retry_after_header.provider_clock(date) if reset is not None and reset >= _EPOCH_LIKE else reset
    return None if wait is None else min(max(wait, _SHORTEST), _LONGEST)


def is_limit_used_up(headers: Mapping[str, str]) -> bool:
    """Whether nothing more may be asked for before the reset."""
    return headers.get("x-ratelimit-remaining", "").strip() == "0"


def _judge_bad_request(errors: list[tuple[str, str]], count: int, detail: str) -> RequestVerdict:
    """A 400: nothing was taken. It is the fault of some recipients, of the sender, or of what all share."""
    refused: dict[int, Reason] = {}
    for name, _ in errors:
        personal = _PERSONAL.fullmatch(name)
        if personal and int(personal[1]) < count:
            about_address = _ADDRESS.fullmatch(personal[2] or "")
            refused[int(personal[1])] = Reason.ADDRESS_MALFORMED if about_address else Reason.MESSAGE_REFUSED
        elif _SENDER.match(name):
            return RequestVerdict(Outcome.HALTED, Reason.SENDER_REFUSED, detail=detail)
    if refused:
        return RequestVerdict(Outcome.REFUSED, Reason.MESSAGE_REFUSED, detail=detail, refused=refused)
    return RequestVerdict(Outcome.HALTED, Reason.MESSAGE_REFUSED, detail=detail)


def _account_reason(status: int, errors: list[tuple[str, str]]) -> Reason:
    """What is wrong with the account, as far as the words tell."""
    words = " ".join(words for _, words in errors).lower()
    if "credits" in words:
        return Reason.ALLOWANCE_USED_UP
    if status == 403 and (any(_SENDER.match(name) for name, _ in errors) or "sender identity" in words):
        return Reason.SENDER_REFUSED
    return _FLAT[status][1]


def _listed_errors(body: bytes) -> Iterator[tuple[str, str]]:
    """The (field, words) of an answer's errors; nothing when it is not in SendGrid's form."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return
    found = document.get("errors") if isinstance(document, dict) else None
    for error in found if isinstance(found, list) else ():
        if isinstance(error, dict):
            name, words = error.get("field"), error.get("message")
            yield (name if isinstance(name, str) else ""), (words if isinstance(words, str) else "")


def _parse_number(text: str) -> float | None:
    text = text.strip()
    return float(text) if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,9})?", text) else None
