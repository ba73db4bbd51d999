"""What comes back from the providers: reports on deliveries, and texts that people send. One vocabulary for all.

A provider's room translates its own words into these by a table; whoever applies them knows no provider.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from broadcaster.domain.states import DeliveryState


class ReportedEvent(StrEnum):
    """What a provider says became of a message that it had.

    `taken`: it has it (the proof that an attempt was accepted). `put-off`: it goes on trying by itself. `delivered`:
    the recipient's side took it. `dropped`: it will not hand it on and never did. `bounced`: the recipient's side
    turned it down. `complained`: the recipient called it unwanted. `unsubscribed`: the recipient told the provider to
    stop.
    """

    TAKEN = "taken"
    PUT_OFF = "put-off"
    DELIVERED = "delivered"
    DROPPED = "dropped"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


STATE_OF_EVENT: dict[ReportedEvent, DeliveryState] = {
    ReportedEvent.TAKEN: DeliveryState.ACCEPTED,
    ReportedEvent.PUT_OFF: DeliveryState.ACCEPTED,
    ReportedEvent.DROPPED: DeliveryState.REFUSED,
    ReportedEvent.DELIVERED: DeliveryState.DELIVERED,
    ReportedEvent.BOUNCED: DeliveryState.BOUNCED,
    ReportedEvent.COMPLAINED: DeliveryState.COMPLAINED,
    ReportedEvent.UNSUBSCRIBED: DeliveryState.DELIVERED,
}
"""Who unsubscribes or complains has received it; whatever the provider tells of a message, it has taken it."""

STATE_RANK: dict[DeliveryState, int] = {
    DeliveryState.ACCEPTED: 1,
    DeliveryState.REFUSED: 2,
    DeliveryState.DELIVERED: 3,
    DeliveryState.BOUNCED: 4,
    DeliveryState.COMPLAINED: 5,
}
"""Reports come late, repeated and in any order: a delivery only ever moves to a higher rank. What is not listed here
(queued, sending, unsure, held, skipped) is below all: any report proves that the message was taken."""


def is_outranked_by(now: DeliveryState, reported: DeliveryState) -> bool:
    """Whether a delivery that is `now` moves to what is reported."""
    return STATE_RANK[reported] > STATE_RANK.get(now, 0)


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that a provider says about one attempt; nothing personal is in it.

    `key` is the same however often the provider repeats the report, and of no other report. `attempt_id` is ours, as
    the provider was given it, or the delivery's id alone where a bounce names no attempt: the delivery is what stands
    before the hyphen. `reference` the provider's own id of the message. `code` is a word of
    `providers.reasons`, `detail` the provider's words without names. `strikes` says how often this may happen to an
    address before it is suppressed: 1 at once, 2 and 3 the second or third time, 0 never. `segments` is what a text is
    billed as, 0 where that is not said.
    """

    key: str
    attempt_id: str
    happened: ReportedEvent
    at: datetime
    reference: str = ""
    code: str = ""
    detail: str = ""
    strikes: int = 0
    segments: int = 0


@dataclass(frozen=True, slots=True)
class AddressReport:
    """A report that names no attempt (its `attempt_id` is empty) and only the address that it is about. The address is
    kept nowhere: whoever takes the report finds the delivery, or drops it.
    """

    report: Report
    address: str


@dataclass(frozen=True, slots=True)
class AcceptedAttempt:
    """An attempt that a provider took, and what it calls the message: enough to ask what became of it."""

    attempt_id: str
    reference: str


def furthest_state(now: DeliveryState, told: Iterable[Report]) -> tuple[DeliveryState, Report | None]:
    """Where a delivery that is `now` comes to by what was told of it, in whatever order, and the report by which it
    came there; None where it stays.
    """
    said = None
    for report in told:
        if is_outranked_by(now, becomes := STATE_OF_EVENT[report.happened]):
            now, said = becomes, report
    return now, said


class Keyword(StrEnum):
    """What a text that somebody sends us asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text that somebody sent us. `key` as in `Report`. `sender` and `recipient` are numbers in E.164.

    `handled` is what the provider has already done with it by itself (it keeps opt-outs, and answered): then nothing is
    answered again. None where it left that to us.
    """

    key: str
    sender: str
    recipient: str
    body: str
    at: datetime
    handled: Keyword | None = None
