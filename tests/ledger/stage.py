"""Scenery for the ledger's tests: a broadcast with as many deliveries as wanted, and short ways to move them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import func, select

from broadcaster.domain.contact.channels import Channel, ChannelChoice
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.retry import AttemptDecision
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.keys import Keyring, new_ids
from broadcaster.ledger import Ledger, Runner
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters, zones
from broadcaster.ledger.broadcasting.broadcasts import NewBroadcast
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import claims, deliveries
from broadcaster.ledger.delivery.claims import Claimed, ClaimRequest, RecordedResults, SettledAttempt
from broadcaster.ledger.delivery.deliveries import NewDelivery, Payload
from broadcaster.ledger.letters import frozen_letters
from broadcaster.ledger.planning import approvals, occurrences
from broadcaster.ledger.planning.approvals import NewApproval

KEYRING = Keyring(bytes(range(32)))
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
WALL = datetime(2026, 12, 1, 9)  # noqa: DTZ001 (a wall time has no zone)
SENT = {
    Outcome.ACCEPTED: DeliveryState.ACCEPTED,
    Outcome.REFUSED: DeliveryState.REFUSED,
    Outcome.LATER: DeliveryState.QUEUED,
    Outcome.UNTRIED: DeliveryState.QUEUED,
    Outcome.UNSURE: DeliveryState.UNSURE,
}


def address(number: int) -> str:
    return f"person{number}@example.org"


def new_deliveries(
    numbers: Sequence[int], *, channel: Channel = Channel.EMAIL, provider: str = "smtp", zone: int = 0
) -> list[NewDelivery]:
    """One delivery for each invented person."""
    return [
        NewDelivery(
            id=one,
            channel=channel,
            provider=provider,
            language="en",
            skeleton=1,
            zone=zone,
            blind=KEYRING.blind(channel, address(number)),
            payload=Payload(address(number), f"Person {number}", (f"value {number}", "")),
        )
        for number, one in zip(numbers, new_ids(len(numbers)), strict=True)
    ]


def begin(ledger: Ledger, runner: Runner, campaign: str = "reassurance") -> str:
    """A broadcast that is being released, with one zone (number 0), and nobody in it."""
    with ledger.writing() as conn:
        frozen_letters.add(conn, "digest", b"letter")
        occurrences.plan(conn, campaign, WALL, NOW)
        occurrence = occurrences.get(conn, campaign, WALL)
        assert occurrence is not None
        approval = approvals.submit(conn, NewApproval(campaign, WALL, "digest", {}, 0, "amina"))
        new = NewBroadcast("digest", approval, ChannelChoice.PREFERRED, "hold", runner.id)
        broadcast_id = broadcasts.create(conn, occurrence.id, new)
        assert broadcast_id is not None
        assert zones.get_or_add(conn, broadcast_id, "Europe/London", None) == 0
    return broadcast_id


@dataclass
class Stage:
    """A ledger, a runner of this process, and one broadcast that is being sent."""

    ledger: Ledger
    runner: Runner
    broadcast: str

    @classmethod
    def set(cls, ledger: Ledger, people: int) -> Self:
        runner = Runner.register(ledger)
        stage = cls(ledger, runner, begin(ledger, runner))
        with ledger.writing() as conn:
            deliveries.insert(conn, stage.broadcast, new_deliveries(range(people)))
            broadcasts.set_state(conn, stage.broadcast, {BroadcastState.RELEASING}, BroadcastState.SENDING)
        return stage

    def claim(self, limit: int = 10, *, now: datetime = NOW, provider: str = "smtp") -> list[Claimed]:
        wanted = ClaimRequest(self.broadcast, Channel.EMAIL, provider, [0], limit)
        with self.ledger.writing() as conn:
            return claims.claim_deliveries(conn, self.runner.id, wanted, now)

    def record(self, claimed: Sequence[Claimed], outcome: Outcome = Outcome.ACCEPTED) -> RecordedResults:
        with self.ledger.writing() as conn:
            return claims.record_results(conn, self.broadcast, [settled(one, outcome) for one in claimed], NOW)

    def states(self) -> dict[DeliveryState, int]:
        """Counted row by row, after seeing that the counters say the same."""
        with self.ledger.reading() as conn:
            columns = (tables.deliveries.c.provider, tables.deliveries.c.channel, tables.deliveries.c.state)
            seq = broadcasts.seq_of(conn, self.broadcast)
            query = select(*columns, func.count()).where(tables.deliveries.c.broadcast == seq).group_by(*columns)
            found = {(row[0], Channel(row[1]), DeliveryState(row[2])): row[3] for row in conn.execute(query)}
            assert delivery_counters.count_by_provider_and_state(conn, self.broadcast) == found
        total: Counter[DeliveryState] = Counter()
        for (_, _, state), n in found.items():
            total[state] += n
        return dict(total)

    def state(self) -> BroadcastState:
        with self.ledger.reading() as conn:
            broadcast = broadcasts.get(conn, self.broadcast)
        assert broadcast is not None
        return broadcast.state

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.runner.close()


def settled(one: Claimed, outcome: Outcome, wait: timedelta = timedelta()) -> SettledAttempt:
    """What a provider with that outcome makes of a delivery."""
    code = "" if outcome is Outcome.ACCEPTED else f"was-{outcome}"
    receipt = Receipt(one.id, outcome, code=code, phase="final-dot", reference=f"ref-{one.id}", detail="250 ok")
    return SettledAttempt(one.seq, one.attempt, receipt, AttemptDecision(SENT[outcome], code, NOW + wait))
