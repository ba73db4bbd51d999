"""What a provider answers: one receipt per message, in one vocabulary for all providers."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one attempt.

    `accepted`: the provider took the message. `refused`: this recipient is turned down for good. `later`: not
    taken, try again later. `halted`: not taken, and no other message of this broadcast would be (wrong credentials,
    sender not allowed). `unsure`: the message may or may not have been taken. `untried`: never handed over.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATER = "later"
    HALTED = "halted"
    UNSURE = "unsure"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer for one message.

    `code` is our reason code ("" when accepted); `phase` says how far the talk had come (provider's own words, e.g.
    "connect", "rcpt", "final-dot"); `reference` is the provider's id for the message; `detail` is the provider's
    reply without anybody's name; `retry_after` is in seconds when the provider named a time; `suppress` asks that
    the address not be written to again, `strikes` that it be so the second or third time, as in `Report`; `segments`
    is what the provider bills a text as, 0 where it does not say.
    """

    delivery_id: str
    outcome: Outcome
    code: str = ""
    phase: str = ""
    reference: str = ""
    detail: str = ""
    retry_after: float | None = None
    suppress: bool = False
    segments: int = 0
    strikes: int = 0
