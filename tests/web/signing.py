"""A provider of no company, as strict as the real ones: it signs address, time and body, and speaks JSON.

It stands in the project's hooks beside the real ones, so that the hooks' own rules can be tried without any company's
format.
"""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

from broadcaster.domain.delivery.reports import InboundText, Report, ReportedEvent
from broadcaster.providers.base import HookRefusedError, HookRequest

SECRET = b"a secret of the tests"
OLDEST = 300
PATH = "/hooks/signed"


def signature(url: str, stamp: str, body: bytes) -> str:
    return hmac.digest(SECRET, b"\n".join((url.encode(), stamp.encode(), body)), hashlib.sha256).hex()


def signed(body: bytes, url: str, age: float = 0) -> dict[str, str]:
    """The headers of a request to `url`, made `age` seconds ago."""
    stamp = str(int(time.time() - age))
    return {"X-Stamp": stamp, "X-Signature": signature(url, stamp, body)}


def event(number: int, attempt: str = "nobody-1", happened: str = "delivered") -> dict[str, str]:
    return {"key": f"event-{number}", "attempt": attempt, "happened": happened}


class SignedHook:
    """What `WebhookProvider` asks for."""

    def read(self, request: HookRequest) -> list[Report | InboundText]:
        stamp = request.headers.get("x-stamp", "")
        proved = signature(request.url, stamp, request.body)
        if not hmac.compare_digest(proved.encode(), request.headers.get("x-signature", "").encode()):
            raise HookRefusedError("the signature does not fit")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > OLDEST:
            raise HookRefusedError("it is too old")
        try:
            told = json.loads(request.body)
            now = datetime.now(UTC)
            if request.path == "text":
                return [InboundText(told["key"], told["from"], "+447700900999", told["body"], now)]
            return [
                Report(
                    one["key"],
                    one["attempt"],
                    ReportedEvent(one["happened"]),
                    now,
                    strikes=int(one.get("strikes", "0")),
                )
                for one in told
            ]
        except (ValueError, KeyError, TypeError):
            raise HookRefusedError("it cannot be read", status=400) from None

    def answer(self, text: str) -> tuple[str, bytes]:
        return "text/plain", text.encode()
