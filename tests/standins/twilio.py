"""Twilio's Messages API on the loopback, as its published description says, with a ledger of its own.

In a test: `with TwilioStandIn(TwilioPlan(...), folder) as server:`. In a process of its own, for tests that kill the
sender:

    python -m tests.standins.twilio --ledger FILE [--port N] [--plan JSON] [--ca-out FILE]

prints its port and the file of its certificate authority and serves until its input ends. The ledger has one JSON line
per message, written before the acceptance is: what stands there was taken, whatever the sender came to hear of it.

Answers follow https://www.twilio.com/docs/messaging/api/message-resource, refusals the error dictionary.
"""

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlencode

from tests.standins.http import Answer, HttpPlan, HttpStandIn, Request, form, main, query, reply_json
from tests.standins.json_lines import read_json_lines

SID = "AC" + "0123456789abcdef" * 2
TOKEN = "a token for tests"
SERVICE = "MG" + "fedcba9876543210" * 2
API = "/2010-04-01/Accounts/"


@dataclass(frozen=True)
class TwilioPlan(HttpPlan):
    """How the account stands. `numbers` says which error code a number is turned down with; `status` is what a new
    message is said to be, `failing` with which error code it is said to have failed at once, by number.
    `pool` are the numbers of the services.
    """

    sid: str = SID
    token: str = TOKEN
    services: tuple[str, ...] = (SERVICE,)
    senders: tuple[str, ...] = ("Example", "Eastmarch", "+447700900999")
    numbers: Mapping[str, int] = field(default_factory=dict)
    failing: Mapping[str, int] = field(default_factory=dict)
    listed: bool = True
    pool: tuple[str, ...] = ("+447700900999",)


_HTTP_STATUS = {20003: 401, 20005: 403, 20404: 404, 20429: 429, 14107: 429, 21610: 400}
_KNOWN = {
    "To",
    "Body",
    "From",
    "MessagingServiceSid",
    "ShortenUrls",
    "SmartEncoded",
    "StatusCallback",
    "ValidityPeriod",
}


class TwilioStandIn(HttpStandIn):
    """The server."""

    plan: TwilioPlan

    def __init__(self, plan: TwilioPlan, folder: Path, port: int = 0, ledger: Path | None = None) -> None:
        super().__init__(plan, folder, port, ledger)
        self._lock = threading.Lock()
        self._made: list[dict[str, Any]] = []
        self.unknown: set[str] = set()

    @property
    def taken(self) -> list[dict[str, Any]]:
        return read_json_lines(self.ledger.path)

    def answer(self, request: Request) -> tuple[Answer, Callable[[], None] | None]:
        wanted = base64.b64encode(f"{self.plan.sid}:{self.plan.token}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return refusal(20003, "Authenticate"), None
        if pooled := re.fullmatch("/v1/Services/(MG[0-9a-f]{32})/PhoneNumbers", request.path):
            return self._pool(pooled[1]), None
        if one := re.fullmatch(f"{API}{self.plan.sid}/Messages/(SM[0-9a-f]{{32}}).json", request.path):
            return self._one(one[1]), None
        if request.path != f"{API}{self.plan.sid}/Messages.json":
            return refusal(20404, f"The requested resource {request.path} was not found"), None
        if request.method == "GET":
            return self._list(query(request)), None
        return self._create(form(request))

    def says(self, sender: str, body: str, to: str = "+447700900999", ago: timedelta = timedelta()) -> str:
        """Somebody sends a text to a number of ours; its SID."""
        at = format_datetime(datetime.now(UTC) - ago)
        message = self._message({"To": to, "From": sender, "Body": body})
        message |= {"direction": "inbound", "status": "received", "date_created": at, "date_sent": at}
        with self._lock:
            self._made.append(message)
            self._made.sort(key=lambda one: parsedate_to_datetime(one["date_created"]))
        return str(message["sid"])

    def becomes(self, sid: str, status: str, code: int | None = None, **more: str) -> None:
        """What it says of a message from now on."""
        with self._lock:
            [message] = [one for one in self._made if one["sid"] == sid]
            words = f"Failed for {message['to']}" if code else None
            message |= {"status": status, "error_code": code, "error_message": words, **more}

    def deletes(self, sid: str) -> None:
        """It knows nothing of this message any more."""
        with self._lock:
            self._made = [one for one in self._made if one["sid"] != sid]

    def _one(self, sid: str) -> Answer:
        with self._lock:
            found = [one for one in self._made if one["sid"] == sid]
        return reply_json(200, found[0]) if found else refusal(20404, f"The requested resource {sid} was not found")

    def _pool(self, service: str) -> Answer:
        if service not in self.plan.services:
            return refusal(20404, f"The requested resource {service} was not found")
        numbers = [{"sid": f"PN{n:032x}", "phone_number": one} for n, one in enumerate(self.plan.pool)]
        return reply_json(200, {"phone_numbers": numbers, "meta": {"key": "phone_numbers", "next_page_url": None}})

    def _create(self, asked: dict[str, str]) -> tuple[Answer, Callable[[], None] | None]:
        self.unknown |= set(asked) - _KNOWN
        code = self._wrong(asked)
        if code is not None:
            return refusal(code, f"Not for {asked.get('To', '')}"), None
        message = self._message(asked)
        line = {**message, "status_callback": asked.get("StatusCallback", ""), "validity": asked.get("ValidityPeriod")}

        def take() -> None:
            with self._lock:
                self._made.append(message)
                self.ledger.write(line)

        return reply_json(201, message), take

    def _wrong(self, asked: dict[str, str]) -> int | None:
        to, body, plan = asked.get("To", ""), asked.get("Body", ""), self.plan
        validity = asked.get("ValidityPeriod", "1")
        service, sender = asked.get("MessagingServiceSid"), asked.get("From")
        if to in plan.numbers:
            return plan.numbers[to]
        rules = {
            21211: re.fullmatch(r"\+[1-9][0-9]{6,14}", to),
            21602: body,
            21617: len(body) <= 1600,
            90007: validity.isdigit() and 1 <= int(validity) <= 36000,
            21603: service or sender,
            21705: not service or re.fullmatch("MG[0-9a-fA-F]{32}", service),
            21701: not service or service in plan.services,
            21659: not sender or sender in plan.senders,
        }
        return next((code for code, kept in rules.items() if not kept), None)

    def _message(self, asked: dict[str, str]) -> dict[str, Any]:
        service, to = asked.get("MessagingServiceSid"), asked["To"]
        number = f"{id(self)}-{len(self.requests)}-{to}-{datetime.now(UTC).timestamp()}"
        sid = "SM" + hashlib.md5(number.encode(), usedforsecurity=False).hexdigest()
        failed = self.plan.failing.get(to)
        now = format_datetime(datetime.now(UTC))
        uri = f"{API}{self.plan.sid}/Messages/{sid}"
        return {
            "account_sid": self.plan.sid,
            "api_version": "2010-04-01",
            "body": asked["Body"],
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
            "direction": "outbound-api",
            "error_code": failed,
            "error_message": f"Failed for {to}" if failed else None,
            "from": asked.get("From"),
            "messaging_service_sid": service,
            "num_media": "0",
            "num_segments": "0" if service else "1",
            "price": None,
            "price_unit": None,
            "sid": sid,
            "status": "failed" if failed else "accepted" if service else "queued",
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": to,
            "uri": f"{uri}.json",
        }

    def _list(self, asked: dict[str, str]) -> Answer:
        """Filters: To, From, DateSent (a day; unsent messages have none). The newest first, in pages."""
        with self._lock:
            found = [one for one in reversed(self._made) if self.plan.listed and _matches(one, asked)]
        size, page = min(int(asked.get("PageSize", "50")), 1000), int(asked.get("Page", "0"))
        shown = found[page * size : (page + 1) * size]
        uri = f"{API}{self.plan.sid}/Messages.json"
        more = len(found) > (page + 1) * size
        following = {**asked, "Page": str(page + 1), "PageToken": "PA" + shown[-1]["sid"] if shown else ""}
        return reply_json(
            200,
            {
                "messages": shown,
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + max(len(shown) - 1, 0),
                "first_page_uri": f"{uri}?{urlencode({**asked, 'Page': '0'})}",
                "next_page_uri": f"{uri}?{urlencode(following)}" if more else None,
                "previous_page_uri": None,
                "uri": f"{uri}?{urlencode(asked)}",
            },
        )


def attempt_of(line: dict[str, Any]) -> str:
    """The attempt id in the address that we were told to report to; the fragment is for Twilio alone."""
    return urldefrag(str(line["status_callback"])).url.rpartition("/")[2]


def refusal(code: int, words: str) -> Answer:
    """An error as Twilio answers it."""
    status = _HTTP_STATUS.get(code, 400)
    more = f"https://www.twilio.com/docs/errors/{code}"
    return reply_json(status, {"code": code, "message": words, "more_info": more, "status": status})


def error(code: int, words: str = "No.", **fault: Any) -> dict[str, Any]:
    """The arguments of a fault that answers with this error code."""
    answer = refusal(code, words)
    return {"action": "reply", "status": answer.status, "body": answer.body.decode(), "headers": {}, **fault}


def _matches(message: dict[str, Any], asked: dict[str, str]) -> bool:
    if any(message[key.lower()] != asked[key] for key in ("To", "From") if key in asked):
        return False
    sent = message["date_sent"] and parsedate_to_datetime(message["date_sent"]).date().isoformat()
    days = {key: value[:10] for key, value in asked.items() if key.startswith("DateSent")}
    return all(
        sent is not None and {"DateSent": sent == day, "DateSent<": sent <= day, "DateSent>": sent >= day}[key]
        for key, day in days.items()
    )


if __name__ == "__main__":
    main(TwilioStandIn, TwilioPlan, (__doc__ or "").partition("\n")[0])
