"""The toy: texts by an invented gateway. It is the example of docs/adding-a-provider.md, word for word."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingSms
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.reports import InboundText, Report, ReportedEvent
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.providers.base import (
    ClosingSession,
    HookRefusedError,
    HookRequest,
    untried_receipt,
    wrong_channel_receipt,
)
from broadcaster.providers.reasons import Reason
from broadcaster.providers.redaction import clean_attempt_id, redact, report_key

ANSWER_LIMIT = 4096
"""Octets of an answer that are read. The gateway's own have fewer than 200."""

_ANSWERS: dict[str, tuple[Outcome, Reason, bool]] = {
    # the gateway's word: (what became of it, why, whether the number must not be written to again)
    "busy": (Outcome.LATER, Reason.BUSY, False),
    "bad-key": (Outcome.HALTED, Reason.SIGN_IN_REFUSED, False),
    "no-such-number": (Outcome.REFUSED, Reason.ADDRESS_UNKNOWN, True),
    "too-long": (Outcome.REFUSED, Reason.MESSAGE_TOO_LARGE, False),
}


def judge(message: OutgoingSms, status: int, answer: bytes) -> Receipt:
    """The receipt for a text that the gateway has answered.

    What nobody foresaw is no proof: after a 5xx, or words that are not the gateway's, the text may have been taken.
    """
    try:
        said = json.loads(answer)
        word, reference = str(said.get("error", "")), str(said.get("reference", ""))
    except (ValueError, AttributeError, RecursionError):
        word = reference = ""
    if status == 202 and reference:
        return Receipt(message.delivery_id, Outcome.ACCEPTED, reference=reference)
    outcome, reason, suppress = _ANSWERS.get(word, (Outcome.UNSURE, Reason.NO_ANSWER, False))
    detail = redact(f"{status} {word}", message.to)
    return Receipt(message.delivery_id, outcome, reason.value, "answer", detail=detail, suppress=suppress)


@dataclass(frozen=True, slots=True)
class ToyAccount:
    """Where the gateway is, and the key it knows us by. `timeout` is in seconds."""

    host: str
    port: int
    key: str = field(repr=False)
    timeout: float = 15.0


class ToySession(ClosingSession):
    """One worker's connection to the gateway."""

    def __init__(self, account: ToyAccount) -> None:
        self._account = account
        self._line: HTTPConnection | None = None

    def send(self, batch: Sequence[Outgoing]) -> list[Receipt]:
        """Hand over one text after the other; after a halt the rest is untried."""
        receipts: list[Receipt] = []
        halted = False
        for message in batch:
            receipt = untried_receipt(message.delivery_id) if halted else self._hand_over(message)
            halted = halted or receipt.outcome is Outcome.HALTED
            receipts.append(receipt)
        return receipts

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _hand_over(self, message: Outgoing) -> Receipt:
        if not isinstance(message, OutgoingSms):
            return wrong_channel_receipt(message.delivery_id)
        try:
            line = self._connected()
        except OSError:
            return Receipt(message.delivery_id, Outcome.LATER, Reason.CANNOT_CONNECT.value, "connect")
        text = {"id": message.attempt_id, "to": message.to, "from": message.sender, "body": message.body}
        try:
            line.request("POST", "/texts", json.dumps(text), {"x-toy-key": self._account.key})
            answer = line.getresponse()
            return judge(message, answer.status, answer.read(ANSWER_LIMIT))
        except (OSError, HTTPException):
            # From the first byte on nobody knows: the gateway may have taken it, and only the answer was lost.
            self.close()
            return Receipt(message.delivery_id, Outcome.UNSURE, Reason.NO_ANSWER.value, "answer")

    def _connected(self) -> HTTPConnection:
        """The kept connection, or a new one. Raises OSError."""
        if self._line is None:
            line = HTTPConnection(self._account.host, self._account.port, timeout=self._account.timeout)
            line.connect()
            self._line = line
        return self._line


@dataclass(frozen=True, slots=True)
class Toy:
    """The gateway as a provider."""

    account: ToyAccount

    @property
    def name(self) -> str:
        return "toy"

    @property
    def channel(self) -> Channel:
        return Channel.SMS

    @property
    def merges(self) -> bool:
        return False

    @property
    def batch_size(self) -> int | None:
        return None

    def open(self) -> ToySession:
        return ToySession(self.account)

    def evidence(self, doubts: Sequence[UnsureAttempt]) -> Mapping[str, bool]:
        """The gateway can be asked for a text by our id: 200 it has it, 404 it never had it, else there is no proof."""
        proved: dict[str, bool] = {}
        line = HTTPConnection(self.account.host, self.account.port, timeout=self.account.timeout)
        try:
            for doubt in doubts:
                line.request("GET", f"/texts/{doubt.attempt_id}", headers={"x-toy-key": self.account.key})
                answer = line.getresponse()
                answer.read(ANSWER_LIMIT)
                if answer.status in {200, 404}:
                    proved[doubt.delivery_id] = answer.status == 200
        except (OSError, HTTPException):
            pass  # who cannot ask, knows nothing; what was proved before stays proved
        finally:
            line.close()
        return proved


_HAPPENED: dict[str, tuple[ReportedEvent, str, int]] = {
    # the gateway's word: (what happened, why, how often before the number is not written to any more; 0 is never)
    "sent": (ReportedEvent.TAKEN, "", 0),
    "delivered": (ReportedEvent.DELIVERED, "", 0),
    "unreachable": (ReportedEvent.BOUNCED, Reason.PHONE_UNREACHABLE.value, 3),
    "no-such-number": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN.value, 1),
}


@dataclass(frozen=True, slots=True)
class ToyHook:
    """What the gateway posts: a JSON list of reports, signed with a key that both sides know."""

    key: bytes = field(repr=False)

    def read(self, request: HookRequest) -> list[Report | InboundText]:
        """Reports whose words are not in the table say nothing to us. Raises HookRefusedError."""
        signature = hmac.new(self.key, request.body, hashlib.sha256).hexdigest()
        claimed = request.headers.get("x-toy-signature", "")
        if not hmac.compare_digest(signature.encode(), claimed.encode("utf-8", "replace")):
            raise HookRefusedError("The signature is not the gateway's.")
        try:
            return [_report(one) for one in json.loads(request.body) if one["what"] in _HAPPENED]
        except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
            raise HookRefusedError("The reports cannot be read.", status=400) from None

    def answer(self, text: str) -> tuple[str, bytes]:
        """The gateway awaits nothing: it cannot send texts back."""
        del text
        return "text/plain", b""


def _report(one: Mapping[str, str]) -> Report:
    happened, code, strikes = _HAPPENED[one["what"]]
    at = datetime.fromtimestamp(int(one["at"]), UTC)
    return Report(
        report_key(str(one["key"])), clean_attempt_id(str(one["id"])), happened, at, code=code, strikes=strikes
    )
