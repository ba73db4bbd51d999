"""SendGrid's mail/send on the loopback: answers as its published description says, keeps a ledger, fails on request.

In a test: `with SendGridStandIn(SendGridPlan(...), folder) as server:`. In a process of its own, for tests that kill
the sender:

    python -m tests.standins.sendgrid --ledger FILE [--port N] [--plan JSON] [--ca-out FILE]

The ledger has one JSON line for each recipient, with the message as SendGrid would have made it, written before the
acceptance is: what stands there was taken, whatever the sender came to hear of it.
"""

import hashlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.standins import http
from tests.standins.http import Answer, Fault, HttpPlan, HttpStandIn, Request, reply_json
from tests.standins.json_lines import read_json_lines
from tests.standins.sendgridmail import complaints, merged

__all__ = ["Fault", "SendGridPlan", "SendGridStandIn", "Taken", "read_taken"]

KEY = "SG.a-key-for-tests"
_PATH = "/v3/mail/send"
_MOST_OCTETS = 30_000_000


@dataclass(frozen=True)
class SendGridPlan(HttpPlan):
    """How the API behaves, beside what all do.

    `bad` are addresses that it does not think valid; `one_by_one` that it names only the first thing that is wrong;
    `limit` how many requests it takes in `window` seconds (0: any, and it says nothing about it); `whole_texts` that
    the ledger keeps the texts and not only their digests; `order` in which it fills gaps: given, reversed, sorted (by
    value); `credits` that the account may still send; `senders` who may (none: anybody).
    """

    bad: tuple[str, ...] = ()
    one_by_one: bool = False
    limit: int = 0
    window: float = 60.0
    most_octets: int = _MOST_OCTETS
    whole_texts: bool = True
    order: str = "given"
    key: str = KEY
    credits: bool = True
    senders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("bad", "senders"):  # JSON brings lists
            object.__setattr__(self, name, tuple(getattr(self, name)))


@dataclass(frozen=True)
class Taken:
    """One line of the ledger. `digest` is of subject, text, HTML and headers; the texts are "" unless they are kept."""

    to: str
    name: str
    attempt: str
    subject: str
    headers: Mapping[str, str]
    digest: str
    message_id: str
    text: str = ""
    html: str = ""


def read_taken(path: Path) -> list[Taken]:
    """What a server has taken so far."""
    return [Taken(**line) for line in read_json_lines(path)]


class SendGridStandIn(HttpStandIn):
    """The server."""

    plan: SendGridPlan

    def __init__(self, plan: SendGridPlan, folder: Path, port: int = 0, ledger: Path | None = None) -> None:
        super().__init__(plan, folder, port, ledger)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._window: tuple[float, int] = (0.0, 0)

    @property
    def taken(self) -> list[Taken]:
        return read_taken(self.ledger.path)

    def answer(self, request: Request) -> tuple[Answer, Callable[[], None] | None]:
        limits, over = self._limits()
        refusal = _refusal(self.plan, request, over=over)
        if refusal is not None:
            status, errors = refusal
            return reply_json(status, {"errors": errors}, limits), None
        mail = json.loads(request.body)
        if mail.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            return Answer(200, limits), None
        message_id = f"stand-in-{next(self._numbers):08}"
        headers = {"X-Message-Id": message_id, "Date": _date(), **limits}
        return Answer(202, headers), partial(self._take, mail, message_id)

    def _take(self, mail: dict[str, Any], message_id: str) -> None:
        lines = []
        for person in mail["personalizations"]:
            made = merged(mail, person, self.plan.order)
            texts = {"text": made.text, "html": made.html} if self.plan.whole_texts else {}
            lines.append(
                {
                    "to": person["to"][0]["email"],
                    "name": person["to"][0].get("name", ""),
                    "attempt": person.get("custom_args", {}).get("attempt_id", ""),
                    "subject": made.subject,
                    "headers": dict(made.headers),
                    "digest": digest(made.subject, made.text, made.html, made.headers),
                    "message_id": message_id,
                    **texts,
                }
            )
        self.ledger.write(*lines)

    def _limits(self) -> tuple[dict[str, str], bool]:
        """The rate-limit headers, and whether this request is one too many."""
        plan = self.plan
        if not plan.limit:
            return {}, False
        now = time.time()
        with self._lock:
            begun, used = self._window
            if now >= begun + plan.window:
                begun, used = now, 0
            over = used >= plan.limit
            used += not over
            self._window = (begun, used)
        headers = {
            "X-RateLimit-Limit": str(plan.limit),
            "X-RateLimit-Remaining": str(plan.limit - used),
            "X-RateLimit-Reset": str(int(begun + plan.window + 0.999)),
        }
        return headers, over


def digest(subject: str, text: str, html: str, headers: Mapping[str, str]) -> str:
    """What tells two messages apart."""
    return hashlib.sha256(json.dumps([subject, text, html, dict(headers)], sort_keys=True).encode()).hexdigest()


def _refusal(plan: SendGridPlan, request: Request, *, over: bool) -> tuple[int, list[dict[str, Any]]] | None:
    """Status and errors of a request that is not taken."""
    flat = _flat_refusal(plan, request, over=over)
    if flat is not None:
        return flat[0], [{"field": None, "message": flat[1], "help": None}]
    try:
        mail = json.loads(request.body)
    except ValueError:
        return 400, [{"field": None, "message": "Bad Request", "help": None}]
    errors = [
        {"field": field, "message": words, "help": "https://example.org/errors"}
        for field, words in complaints(mail, plan.bad)
    ]
    if errors:
        return 400, errors[:1] if plan.one_by_one else errors
    if plan.senders and mail["from"]["email"] not in plan.senders:
        words = "The from address does not match a verified Sender Identity. Mail cannot be sent."
        return 403, [{"field": "from", "message": words, "help": None}]
    return None


def _flat_refusal(plan: SendGridPlan, request: Request, *, over: bool) -> tuple[int, str] | None:
    found: list[tuple[bool, int, str]] = [
        (request.path != _PATH, 404, "not found"),
        (request.method != "POST", 405, "method not allowed"),
        (
            request.headers.get("authorization") != f"Bearer {plan.key}",
            401,
            "The provided authorization grant is invalid, expired, or revoked",
        ),
        (not plan.credits, 401, "Maximum credits exceeded"),
        (over, 429, "too many requests"),
        (len(request.body) > plan.most_octets, 413, "content too large"),
        (request.headers.get("content-type") != "application/json", 415, "unsupported media type"),
    ]
    return next(((status, words) for wrong, status, words in found if wrong), None)


def _date() -> str:
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())


if __name__ == "__main__":
    http.main(SendGridStandIn, SendGridPlan, "SendGrid's mail/send on the loopback, with a ledger of its own.")
