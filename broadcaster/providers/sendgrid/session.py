"""A SendGrid session: one request after the other, and a receipt for each message. `responses` reads the answers."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingMerge
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.base import ClosingSession, untried_receipt, wrong_channel_receipt
from broadcaster.providers.reasons import Reason
from broadcaster.providers.redaction import redact
from broadcaster.providers.sendgrid.account import SendGridAccount
from broadcaster.providers.sendgrid.batching import NumberedMessage, RequestParcel, split_into_parcels
from broadcaster.providers.sendgrid.client import SendGridApi
from broadcaster.providers.sendgrid.connection import NoAnswerError
from broadcaster.providers.sendgrid.payload import MailRequestWriter
from broadcaster.providers.sendgrid.responses import (
    RequestVerdict,
    SendGridPhase,
    is_limit_used_up,
    judge_answer,
    seconds_until_reset,
)
from broadcaster.providers.sendgrid.shared_backoff import SharedBackoff

_ROUNDS = 20
"""How often a request is handed over again without those it was refused for, if SendGrid names them one by one."""

_TEMPLATES = 64
"""Templates whose shared parts are kept written: more than a broadcast has languages."""

_AFTER_DOUBT = 30.0
"""Seconds to leave SendGrid alone after a request whose answer was lost, before more come into doubt."""


Receipts = list[Receipt | None]
"""By the messages' places in their batch."""


class SendGridSession(ClosingSession):
    """One worker's way to SendGrid, over one connection that is kept between batches."""

    def __init__(self, account: SendGridAccount, ration: SharedBackoff) -> None:
        self._account = account
        self._ration = ration
        self._api: SendGridApi | None = None
        self._writers: dict[str, MailRequestWriter] = {}
        self._closed = False

    def send(self, batch: Sequence[Outgoing]) -> list[Receipt]:
        """Hand `batch` over, one request for each template in it. Returns when each message has its receipt."""
        receipts: Receipts = [
            None if isinstance(message, OutgoingMerge) else wrong_channel_receipt(message.delivery_id)
            for message in batch
        ]
        waiting = deque(self._parcels(batch)) if not self._closed else deque()
        while waiting:
            self._carry(waiting.popleft(), waiting, receipts)
        return [
            receipt or untried_receipt(message.delivery_id) for receipt, message in zip(receipts, batch, strict=True)
        ]

    def close(self) -> None:
        """Let the connection go."""
        self._closed = True
        if self._api is not None:
            self._api.close()

    def _parcels(self, batch: Sequence[Outgoing]) -> list[RequestParcel]:
        by_template: dict[str, list[NumberedMessage]] = {}
        for place, message in enumerate(batch):
            if isinstance(message, OutgoingMerge):
                by_template.setdefault(message.template.key, []).append((place, message))
        return [
            parcel
            for items in by_template.values()
            for parcel in split_into_parcels(self._writer(items[0][1]), items, self._account.batch_size)
        ]

    def _writer(self, message: OutgoingMerge) -> MailRequestWriter:
        template = message.template
        writer = self._writers.get(template.key)
        if writer is None:
            if len(self._writers) >= _TEMPLATES:
                self._writers.clear()
            writer = self._writers[template.key] = MailRequestWriter(template)
        return writer

    def _carry(self, parcel: RequestParcel, waiting: deque[RequestParcel], receipts: Receipts) -> None:
        """One request, and what follows from its answer for it and for those that wait."""
        verdict = self._ask(parcel)
        if verdict.halve:
            waiting.extendleft(reversed(parcel.halves()))
        elif verdict.refused:
            self._take_out(parcel, verdict, waiting, receipts)
        else:
            _write_receipts(receipts, parcel.items, verdict)
            after = _VERDICT_FOR_THE_REST.get(verdict.outcome)
            if after is not None:
                while waiting:
                    _write_receipts(receipts, waiting.popleft().items, after(verdict))

    def _take_out(
        self, parcel: RequestParcel, verdict: RequestVerdict, waiting: deque[RequestParcel], receipts: Receipts
    ) -> None:
        """Nothing was taken, because of some: those are refused, and the others go again at once."""
        for at, reason in verdict.refused.items():
            _write_receipts(receipts, [parcel.items[at]], replace(verdict, reason=reason))
        rest = parcel.without(tuple(verdict.refused))
        if len(rest) and rest.round <= _ROUNDS:
            waiting.appendleft(rest)
        elif len(rest):
            _write_receipts(receipts, rest.items, replace(verdict, outcome=Outcome.LATER, reason=Reason.TRY_LATER))

    def _ask(self, parcel: RequestParcel) -> RequestVerdict:
        if parcel.writer.room == 0:
            return RequestVerdict(
                Outcome.REFUSED, Reason.MESSAGE_TOO_LARGE, SendGridPhase.MESSAGE, "the letter alone is too large"
            )
        held = self._ration.left()
        if held:
            return RequestVerdict(Outcome.LATER, Reason.BUSY, SendGridPhase.RATE, "asked to wait before", held)
        if not (self._account.api_key.isascii() and self._account.api_key.isprintable()):
            return RequestVerdict(
                Outcome.HALTED, Reason.SIGN_IN_REFUSED, SendGridPhase.MESSAGE, "the key cannot be sent"
            )
        if self._api is None:
            self._api = SendGridApi(self._account)
        try:
            answer = self._api.send(parcel.mail())
        except NoAnswerError as lost:
            if lost.outcome is Outcome.UNSURE:
                return RequestVerdict(Outcome.UNSURE, Reason.NO_ANSWER, lost.phase, lost.reason.value)
            return RequestVerdict(lost.outcome, lost.reason, lost.phase, redact(lost.detail))
        verdict = judge_answer(answer, len(parcel))
        if verdict.phase is SendGridPhase.RATE and verdict.retry_after:
            self._ration.wait_at_least(verdict.retry_after)
        elif is_limit_used_up(answer.headers):
            self._ration.wait_at_least(seconds_until_reset(answer.headers) or 0.0)
        return verdict


def _write_receipts(receipts: Receipts, items: Sequence[NumberedMessage], verdict: RequestVerdict) -> None:
    reason = verdict.reason.value if verdict.reason else ""
    phase = verdict.phase.value if reason and verdict.outcome is not Outcome.UNTRIED else ""
    for place, message in items:
        receipts[place] = Receipt(
            message.delivery_id,
            verdict.outcome,
            reason,
            phase,
            verdict.reference,
            redact(verdict.detail, message.to) if verdict.detail else "",
            verdict.retry_after,
        )


def _hold_back(_: RequestVerdict) -> RequestVerdict:
    return RequestVerdict(
        Outcome.LATER, Reason.BUSY, SendGridPhase.RATE, "held back: the request before had no answer", _AFTER_DOUBT
    )


_VERDICT_FOR_THE_REST: dict[Outcome, Callable[[RequestVerdict], RequestVerdict]] = {
    Outcome.HALTED: lambda _: RequestVerdict(Outcome.UNTRIED, Reason.NOT_TRIED),
    Outcome.LATER: lambda verdict: verdict,
    Outcome.UNSURE: _hold_back,
}
"""What becomes of requests that wait behind one with this outcome."""
