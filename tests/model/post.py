"""A provider within this process that keeps a ledger of its own: what it was given, when, and what it took."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing, OutgoingEmail
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.providers.base import ClosingSession, untried_receipt
from tests.model.deaths import OFFERED, TAKEN, Reaper

TAKE, REFUSE, LATER, HALT, LOST, UNHEARD = "take", "refuse", "later", "halt", "lost", "unheard"
ANSWERS = (TAKE, REFUSE, LATER, HALT, LOST, UNHEARD)
"""What it does with a message. `lost`: it never had it, and nobody knows; `unheard`: it took it, and nobody knows."""

LONG = 600.0
"""Seconds after which it wants to be asked again: more than a send waits for."""


@dataclass(frozen=True)
class Taken:
    """A message that somebody got."""

    delivery_id: str
    attempt_id: str
    to: str
    subject: str
    at: datetime


@dataclass
class Post:
    """Carries one channel. `answers` says what it does with the next messages, then it takes all; `proves` whether it
    can be asked what it took.
    """

    reaper: Reaper
    now: Callable[[], datetime]
    channel: Channel = Channel.EMAIL
    taken: list[Taken] = field(default_factory=list)
    refused: list[Taken] = field(default_factory=list)
    answers: deque[str] = field(default_factory=deque)
    proves: bool = True
    name: str = "outbox"
    merges: bool = False
    batch_size: int | None = None

    def let_answer(self, answers: Sequence[str]) -> None:
        """What it does with the next messages."""
        self.answers = deque(answers)

    def open(self) -> "PostSession":
        return PostSession(self)

    def evidence(self, doubts: Sequence[UnsureAttempt]) -> Mapping[str, bool]:
        if not self.proves:
            return {}
        had = {one.attempt_id for one in self.taken}
        return {one.delivery_id: one.attempt_id in had for one in doubts}

    def answer(self, message: Outgoing) -> Receipt:
        assert isinstance(message, OutgoingEmail)
        self.reaper.reach(OFFERED)
        what = self.answers.popleft() if self.answers else TAKE
        subject = str(message_from_bytes(message.data, policy=policy.default)["Subject"])
        one = Taken(message.delivery_id, message.attempt_id, message.to, subject, self.now())
        if what in (TAKE, UNHEARD):
            self.taken.append(one)
            self.reaper.reach(TAKEN)
        elif what == REFUSE:
            self.refused.append(one)
        outcome, code, phase = _RECEIPTS[what]
        return Receipt(message.delivery_id, outcome, code, phase, retry_after=LONG if what == LATER else None)


_RECEIPTS = {
    TAKE: (Outcome.ACCEPTED, "", ""),
    REFUSE: (Outcome.REFUSED, "mailbox-full", "rcpt"),
    LATER: (Outcome.LATER, "try-later", "rcpt"),
    HALT: (Outcome.HALTED, "sender-refused", "sender"),
    LOST: (Outcome.UNSURE, "timed-out", "final-dot"),
    UNHEARD: (Outcome.UNSURE, "timed-out", "final-dot"),
}


class PostSession(ClosingSession):
    """One worker's way to it."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def send(self, batch: Sequence[Outgoing]) -> list[Receipt]:
        receipts: list[Receipt] = []
        halted = False
        for message in batch:
            receipt = untried_receipt(message.delivery_id) if halted else self._post.answer(message)
            halted = halted or receipt.outcome is Outcome.HALTED
            receipts.append(receipt)
        return receipts

    def close(self) -> None:
        """Nothing is held open."""
