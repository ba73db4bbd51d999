"""Scenery for the ledger's tests: a broadcast with as many deliveries as wanted, and short ways to move them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import func, select

from broadcaster.domain.channels import Channel, ChannelChoice
from broadcaster.domain.receipts import Outcome, Receipt
from broadcaster.domain.retry import Verdict
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.keys import Keyring, new_ids
from broadcaster.ledger import (
    Ledger,
    Runner,
    approvals,
    broadcasts,
    claims,
    counters,
    deliveries,
    frozen_letters,
    occurrences,
    tables,
    zones,
)
from broadcaster.ledger.approvals import NewApproval
from broadcaster.ledger.broadcasts import NewBroadcast
from broadcaster.ledger.claims import Claimed, Recorded, Settled, Wanted
from broadcaster.ledger.deliveries import NewDelivery, Payload

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
        frozen_letters.keep(conn, "digest", b"letter")
        occurrences.plan(conn, campaign, WALL, NOW)
        occurrence = occurrences.of(conn, campaign, WALL)
        assert occurrence is not None
        approval = approvals.submit(conn, NewApproval(campaign, WALL, "digest", {}, 0, "amina"))
        new = NewBroadcast("digest", approval, ChannelChoice.PREFERRED, "hold", runner.id)
        broadcast_id = broadcasts.create(conn, occurrence.id, new)
        assert broadcast_id is not None
        assert zones.keep(conn, broadcast_id, "Europe/London", None) == 0
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
        wanted = Wanted(self.broadcast, Channel.EMAIL, provider, [0], limit)
        with self.ledger.writing() as conn:
            return claims.claim(conn, self.runner.id, wanted, now)

    def record(self, claimed: Sequence[Claimed], outcome: Outcome = Outcome.ACCEPTED) -> Recorded:
        with self.ledger.writing() as conn:
            return claims.record(conn, self.broadcast, [settled(one, outcome) for one in claimed], NOW)

    def states(self) -> dict[DeliveryState, int]:
        """Counted row by row, after seeing that the counters say the same."""
        with self.ledger.reading() as conn:
            columns = (tables.deliveries.c.provider, tables.deliveries.c.channel, tables.deliveries.c.state)
            seq = broadcasts.seq_of(conn, self.broadcast)
            query = select(*columns, func.count()).where(tables.deliveries.c.broadcast == seq).group_by(*columns)
            found = {(row[0], Channel(row[1]), DeliveryState(row[2])): row[3] for row in conn.execute(query)}
            assert counters.of(conn, self.broadcast) == found
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


def settled(one: Claimed, outcome: Outcome, wait: timedelta = timedelta()) -> Settled:
    """What a provider with that outcome makes of a delivery."""
    code = "" if outcome is Outcome.ACCEPTED else f"was-{outcome}"
    receipt = Receipt(one.id, outcome, code=code, phase="final-dot", reference=f"ref-{one.id}", detail="250 ok")
    return Settled(one.seq, one.attempt, receipt, Verdict(SENT[outcome], code, NOW + wait))
