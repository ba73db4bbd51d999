"""One batch on its way: what is still to be carried, and the receipts so far. Pure."""

from collections import deque
from collections.abc import Sequence

from broadcaster.domain.delivery.mail_routes import EnvelopePipelining
from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingEmail
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.providers.base import untried_receipt, wrong_channel_receipt
from broadcaster.providers.smtp.transactions.pipelining import PipeliningSuspicion


class MessageTurn:
    """One message's way through a talk.

    `dot_at` is where its final dot begins in the stream of bytes, once the body is under way; `receipt` is set as
    soon as the outcome is known, which may be before the server has said all it has to say. `way` is how its envelope
    was said; `suspicion` what it was answered for that, perhaps; `put_back` that it is to be said again for it.
    """

    __slots__ = ("dot_at", "message", "moves", "place", "put_back", "receipt", "suspicion", "way")

    def __init__(self, place: int, message: OutgoingEmail) -> None:
        self.place = place
        self.message = message
        self.moves = 0
        self.dot_at: int | None = None
        self.receipt: Receipt | None = None
        self.way = EnvelopePipelining.ONE_BY_ONE
        self.suspicion: PipeliningSuspicion | None = None
        self.put_back = False

    def way_for_message(self, quickest: EnvelopePipelining) -> EnvelopePipelining:
        """The way for this message: by itself, where pipelining may have been its fault before."""
        return EnvelopePipelining.ONE_BY_ONE if self.suspicion else quickest


class SmtpBatch:
    """The messages of one `send`: connections take them from here and bring back what became of them.

    `falls` counts connections that were lost one after the other, with no answer about a message in between. `moves`
    is how often a message may go to another connection when its own is lost before the message could have been taken.
    """

    __slots__ = ("_halted", "_moves", "_queue", "_receipts", "falls", "unsettled")

    def __init__(self, batch: Sequence[Outgoing], moves: int = 2) -> None:
        self._receipts: list[Receipt] = [untried_receipt(message.delivery_id) for message in batch]
        self._queue: deque[MessageTurn] = deque()
        for place, message in enumerate(batch):
            if isinstance(message, OutgoingEmail):
                self._queue.append(MessageTurn(place, message))
            else:
                self._receipts[place] = wrong_channel_receipt(message.delivery_id)
        self.unsettled = len(self._queue)
        self.falls = 0
        self._halted = False
        self._moves = moves

    @property
    def waiting(self) -> int:
        """How many messages no connection has taken yet."""
        return len(self._queue)

    @property
    def receipts(self) -> list[Receipt]:
        """One receipt per message, in the batch's order."""
        return self._receipts

    def take(self) -> MessageTurn | None:
        """The next message to carry."""
        return self._queue.popleft() if self._queue else None

    @property
    def next_must_wait(self) -> bool:
        """Whether the next message must wait for the answer to the one before it."""
        return bool(self._queue and self._queue[0].suspicion)

    def settle(self, turn: MessageTurn, receipt: Receipt) -> None:
        """Write down what became of a message. A halt leaves everything that was not yet begun untried."""
        self._receipts[turn.place] = receipt
        self.unsettled -= 1
        if receipt.outcome is Outcome.HALTED:
            self._halted = True
            self.unsettled -= len(self._queue)
            self._queue.clear()

    def move(self, turn: MessageTurn, otherwise: Receipt) -> None:
        """Put a message back that certainly was not taken; after too many moves its receipt is `otherwise`."""
        turn.moves += 1
        turn.dot_at = None
        if self._halted:
            self.settle(turn, untried_receipt(turn.message.delivery_id))
        elif turn.moves > self._moves:
            self.settle(turn, otherwise)
        else:
            self._queue.appendleft(turn)

    def put_back(self, turn: MessageTurn) -> None:
        """Take back a message that was turned down for the way it was said. It is the next to be carried."""
        if self._halted:
            self.settle(turn, untried_receipt(turn.message.delivery_id))
        else:
            self._queue.appendleft(turn)

    def give_up(self, outcome: Outcome, code: str, phase: str, detail: str) -> None:
        """No connection can be had: all that waits gets the same receipt, or the first alone when it is a halt."""
        while self._queue:
            turn = self._queue.popleft()
            self.settle(turn, Receipt(turn.message.delivery_id, outcome, code, phase, detail=detail))
