"""A provider that answers as it is told, and keeps what it was given: enough to see what we make of its answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.providers.base import ClosingSession

Answer = Callable[[Outgoing], Receipt]


def accepted(message: Outgoing) -> Receipt:
    return Receipt(message.delivery_id, Outcome.ACCEPTED)


def unsure(message: Outgoing) -> Receipt:
    return Receipt(message.delivery_id, Outcome.UNSURE, "no-answer", "final-dot")


@dataclass
class Toy:
    """`answer` is what it says to each message, `proof` what it can prove, `had` the attempts it was given."""

    channel: Channel = Channel.EMAIL
    answer: Answer = accepted
    proof: Mapping[str, bool] = field(default_factory=dict)
    had: list[Outgoing] = field(default_factory=list)
    name: str = "toy"
    merges: bool = False
    batch_size: int | None = None

    def open(self) -> "ToySession":
        return ToySession(self)

    def evidence(self, doubts: Sequence[UnsureAttempt]) -> Mapping[str, bool]:
        return {one.delivery_id: self.proof[one.delivery_id] for one in doubts if one.delivery_id in self.proof}


class ToySession(ClosingSession):
    def __init__(self, toy: Toy) -> None:
        self._toy = toy

    def send(self, batch: Sequence[Outgoing]) -> list[Receipt]:
        self._toy.had += batch
        return [self._toy.answer(message) for message in batch]

    def close(self) -> None:
        pass
