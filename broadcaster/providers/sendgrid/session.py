"""The shell: one request after the other, and a receipt for each message. What an answer means is in `answers`."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from broadcaster.domain.messages import Outgoing, OutgoingMerge
from broadcaster.domain.receipts import Outcome, Receipt
from broadcaster.providers.base import ClosingSession, untried, wrong_channel
from broadcaster.providers.reasons import Reason
from broadcaster.providers.redaction import without_addresses
from broadcaster.providers.sendgrid.account import Account
from broadcaster.providers.sendgrid.batching import Item, Parcel, pack
from broadcaster.providers.sendgrid.client import Api
from broadcaster.providers.sendgrid.connection import LostError
from broadcaster.providers.sendgrid.payload import Writer
from broadcaster.providers.sendgrid.responses import Phase, Verdict, judge, rate_wait, used_up
from broadcaster.providers.sendgrid.retry_after import Ration

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

    def __init__(self, account: Account, ration: Ration) -> None:
        self._account = account
        self._ration = ration
        self._api: Api | None = None
        self._writers: dict[str, Writer] = {}
        self._closed = False

    def send(self, batch: Sequence[Outgoing]) -> list[Receipt]:
        """Hand `batch` over, one request for each template in it. Returns when each message has its receipt."""
        receipts: Receipts = [
            None if isinstance(message, OutgoingMerge) else wrong_channel(message.delivery_id) for message in batch
        ]
        waiting = deque(self._parcels(batch)) if not self._closed else deque()
        while waiting:
            self._carry(waiting.popleft(), waiting, receipts)
        return [receipt or untried(message.delivery_id) for receipt, message in zip(receipts, batch, strict=True)]

    def close(self) -> None:
        """Let the connection go."""
        self._closed = True
        if self._api is not None:
            self._api.close()

    def _parcels(self, batch: Sequence[Outgoing]) -> list[Parcel]:
        by_template: dict[str, list[Item]] = {}
        for place, message in enumerate(batch):
            if isinstance(message, OutgoingMerge):
                by_template.setdefault(message.template.key, []).append((place, message))
        return [
            parcel
            for items in by_template.values()
            for parcel in pack(self._writer(items[0][1]), items, self._account.batch_size)
        ]

    def _writer(self, message: OutgoingMerge) -> Writer:
        template = message.template
        writer = self._writers.get(template.key)
        if writer is None:
            if len(self._writers) >= _TEMPLATES:
                self._writers.clear()
            writer = self._writers[template.key] = Writer(template)
        return writer

    def _carry(self, parcel: Parcel, waiting: deque[Parcel], receipts: Receipts) -> None:
        """One request, and what follows from its answer for it and for those that wait."""
        verdict = self._ask(parcel)
        if verdict.halve:
            waiting.extendleft(reversed(parcel.halves()))
        elif verdict.refused:
            self._take_out(parcel, verdict, waiting, receipts)
        else:
            _settle(receipts, parcel.items, verdict)
            after = _AFTERWARDS.get(verdict.outcome)
            if after is not None:
                while waiting:
                    _settle(receipts, waiting.popleft().items, after(verdict))

    def _take_out(self, parcel: Parcel, verdict: Verdict, waiting: deque[Parcel], receipts: Receipts) -> None:
        """Nothing was taken, because of some: those are refused, and the others go again at once."""
        for at, reason in verdict.refused.items():
            _settle(receipts, [parcel.items[at]], replace(verdict, reason=reason))
        rest = parcel.without(tuple(verdict.refused))
        if len(rest) and rest.round <= _ROUNDS:
            waiting.appendleft(rest)
        elif len(rest):
            _settle(receipts, rest.items, replace(verdict, outcome=Outcome.LATER, reason=Reason.TRY_LATER))

    def _ask(self, parcel: Parcel) -> Verdict:
        if parcel.writer.room == 0:
            return Verdict(Outcome.REFUSED, Reason.MESSAGE_TOO_LARGE, Phase.MESSAGE, "the letter alone is too large")
        held = self._ration.left()
        if held:
            return Verdict(Outcome.LATER, Reason.BUSY, Phase.RATE, "asked to wait before", held)
        if not (self._account.api_key.isascii() and self._account.api_key.isprintable()):
            return Verdict(Outcome.HALTED, Reason.SIGN_IN_REFUSED, Phase.MESSAGE, "the key cannot be sent")
        if self._api is None:
            self._api = Api(self._account)
        try:
            answer = self._api.send(parcel.mail())
        except LostError as lost:
            if lost.outcome is Outcome.UNSURE:
                return Verdict(Outcome.UNSURE, Reason.NO_ANSWER, lost.phase, lost.reason.value)
            return Verdict(lost.outcome, lost.reason, lost.phase, without_addresses(lost.detail))
        verdict = judge(answer, len(parcel))
        if verdict.phase is Phase.RATE and verdict.retry_after:
            self._ration.hold(verdict.retry_after)
        elif used_up(answer.headers):
            self._ration.hold(rate_wait(answer.headers) or 0.0)
        return verdict


def _settle(receipts: Receipts, items: Sequence[Item], verdict: Verdict) -> None:
    reason = verdict.reason.value if verdict.reason else ""
    phase = verdict.phase.value if reason and verdict.outcome is not Outcome.UNTRIED else ""
    for place, message in items:
        receipts[place] = Receipt(
            message.delivery_id,
            verdict.outcome,
            reason,
            phase,
            verdict.reference,
            without_addresses(verdict.detail, message.to) if verdict.detail else "",
            verdict.retry_after,
        )


def _held_back(_: Verdict) -> Verdict:
    return Verdict(Outcome.LATER, Reason.BUSY, Phase.RATE, "held back: the request before had no answer", _AFTER_DOUBT)


_AFTERWARDS: dict[Outcome, Callable[[Verdict], Verdict]] = {
    Outcome.HALTED: lambda _: Verdict(Outcome.UNTRIED, Reason.NOT_TRIED),
    Outcome.LATER: lambda verdict: verdict,
    Outcome.UNSURE: _held_back,
}
"""What becomes of requests that wait behind one with this outcome."""
