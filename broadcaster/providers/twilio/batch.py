"""One batch on its way: what is still to be handed over, and the receipts so far. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingSms
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.base import untried_receipt, wrong_channel_receipt
from broadcaster.providers.twilio.verdicts import TwilioPhase

NumberedText = tuple[int, OutgoingSms]
"""A message and its place in the batch."""

_NOT_TO_BE_HAD = frozenset({TwilioPhase.CONNECT.value, TwilioPhase.TLS.value, TwilioPhase.RATE.value})


class TwilioBatch:
    """The messages of one `send`. `patience` is after how many answers lost in a row the rest is not risked."""

    def __init__(self, batch: Sequence[Outgoing]) -> None:
        self.receipts: list[Receipt] = [untried_receipt(message.delivery_id) for message in batch]
        self._queue: deque[NumberedText] = deque()
        self._lost = 0
        self.patience = 1
        for place, message in enumerate(batch):
            if isinstance(message, OutgoingSms):
                self._queue.append((place, message))
            else:
                self.receipts[place] = wrong_channel_receipt(message.delivery_id)

    @property
    def waiting(self) -> int:
        """How many messages were not begun yet."""
        return len(self._queue)

    def take(self) -> NumberedText | None:
        """The next message to hand over."""
        return self._queue.popleft() if self._queue else None

    def settle(self, turn: NumberedText, receipt: Receipt) -> None:
        """Write down what became of a message, and of those that wait when it tells of them too.

        After a halt they stay untried. When the provider is not to be had, or answers nothing any more, they are put
        off like this one, and nothing is handed over into the dark.
        """
        self.receipts[turn[0]] = receipt
        self._lost = self._lost + 1 if receipt.outcome is Outcome.UNSURE else 0
        if receipt.outcome is Outcome.HALTED:
            self._queue.clear()
        elif receipt.outcome is Outcome.LATER and receipt.phase in _NOT_TO_BE_HAD:
            self._put_off(receipt)
        elif self._lost >= self.patience:
            silent = Receipt(
                "", Outcome.LATER, receipt.detail, TwilioPhase.CONNECT.value, detail="answers were lost before"
            )
            self._put_off(silent)

    def _put_off(self, receipt: Receipt) -> None:
        while self._queue:
            place, message = self._queue.popleft()
            self.receipts[place] = replace(receipt, delivery_id=message.delivery_id)
