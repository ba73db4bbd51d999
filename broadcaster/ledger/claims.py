"""Claims: which deliveries a worker may hand over next, and what became of them.

A claim writes the attempts down in the transaction that takes the deliveries out of the queue; it is committed before
anything touches a socket. What it finds barred by then (suppressed, opted out) is skipped in the same transaction.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from broadcaster.domain.channels import Channel
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.keys import Keyring
from broadcaster.ledger import broadcasts, counters, payloads
from broadcaster.ledger.attempt_results import Recorded, Settled, put_off, record
from broadcaster.ledger.claim_statements import Statements, statements
from broadcaster.ledger.column_types import to_micros
from broadcaster.ledger.connections import WriteConnection
from broadcaster.ledger.dialect import Found, batch
from broadcaster.ledger.engines import keyring_of
from broadcaster.ledger.errors import LedgerError
from broadcaster.ledger.payloads import Payload
from broadcaster.ledger.recovery import Adrift, adrift, recover

__all__ = [
    "Adrift",
    "Claimed",
    "Recorded",
    "Settled",
    "Wanted",
    "adrift",
    "any_due",
    "claim",
    "put_off",
    "record",
    "recover",
]


class RunnerGoneError(LedgerError):
    """Others found that this runner had lost its proof of life."""

    code = "runner-gone"
    default_remedy = "Start broadcaster again; it lists as unsure what may have been sent, and goes on with the rest."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a worker can take: deliveries of one broadcast for one provider, in zones where it is not quiet now."""

    broadcast: str
    channel: Channel
    provider: str
    zones: Sequence[int]
    limit: int


class Claimed(NamedTuple):
    """A delivery whose attempt is written down. `attempt` counts from 1."""

    seq: int
    id: str
    attempt: int
    channel: Channel
    provider: str
    language: str
    skeleton: int
    zone: int
    sealed: bytes
    keyring: Keyring

    @property
    def attempt_id(self) -> str:
        """Opaque, and enough to find the attempt again when a provider reports on it."""
        return f"{self.id}-{self.attempt}"

    @property
    def payload(self) -> Payload:
        """What is personal in it, opened anew each time. Raises `SealBrokenError`."""
        return payloads.unseal(self.keyring, self.id, self.sealed)


def claim(conn: WriteConnection, runner: str, wanted: Wanted, now: datetime) -> list[Claimed]:
    """Take up to `limit` deliveries that are due, for a runner (its id); none unless the broadcast is being sent.

    Hand them over only after this transaction is committed, then `record` each of them.
    """
    hot = statements(conn.dialect.name)
    busy = _busy(conn, hot, wanted, now)
    if not busy:
        return []
    # Before any delivery, as everybody does. PostgreSQL keeps a row locked that it has found to be claimed by now: who
    # held such a row and waited here would stop the one who claimed it, and writes down what became of it.
    broadcast, state = broadcasts.lock(conn, wanted.broadcast)
    if state is not BroadcastState.SENDING:
        return []  # paused or cancelled while we looked; nothing was changed yet
    picked = _pick(conn, hot, busy, wanted, now)
    if not picked:
        return []
    barred = _skip(conn, hot, [row.seq for row in picked])
    free = [row for row in picked if row.seq not in barred] if barred else picked
    _begin(conn, hot, runner, [row.seq for row in free], now)
    counters.change(conn, broadcast, _moves(wanted, picked, barred))
    if barred:
        broadcasts.finish_if_done(conn, broadcast)
    keyring = keyring_of(conn)
    return [
        Claimed(
            row.seq,
            row.id,
            row.attempts + 1,
            wanted.channel,
            wanted.provider,
            row.language,
            row.skeleton,
            row.zone,
            row.payload_sealed,
            keyring,
        )
        for row in free
    ]


def any_due(conn: Connection, wanted: Wanted, now: datetime) -> bool:
    """Whether a claim would find anything, without taking it."""
    return bool(_busy(conn, statements(conn.dialect.name), wanted, now))


def _busy(conn: Connection, hot: Statements, wanted: Wanted, now: datetime) -> Sequence[Found]:
    """The broadcast and each of the zones that have something due."""
    where = {"id": wanted.broadcast, "zones": batch(conn, wanted.zones)}
    return conn.execute(hot.busy, where | _due(wanted, now)).all()


def _pick(conn: Connection, hot: Statements, busy: Sequence[Found], wanted: Wanted, now: datetime) -> list[Found]:
    """Rows that are due, zone by zone, so that each zone's come straight from the index in their order."""
    where = _due(wanted, now)
    picked: list[Found] = []
    for broadcast, zone in busy:
        rest = wanted.limit - len(picked)
        if rest <= 0:
            break
        picked += conn.execute(hot.pick, where | {"broadcast": broadcast, "zone": zone, "rest": rest}).all()
    return picked


def _due(wanted: Wanted, now: datetime) -> dict[str, object]:
    return {"channel": wanted.channel.value, "provider": wanted.provider, "now": to_micros(now)}


def _skip(conn: Connection, hot: Statements, seqs: list[int]) -> set[int]:
    """Skip those of a batch that must not be written to by now, after everybody who could say so has had their turn."""
    barred = conn.execute(hot.barred, {"seqs": batch(conn, seqs)}).all()
    for row in barred:
        conn.execute(hot.skip, {"b_seq": row.seq, "why": row.why})
    return {row.seq for row in barred}


def _begin(conn: Connection, hot: Statements, runner: str, seqs: list[int], now: datetime) -> None:
    if not seqs:
        return
    them = {"seqs": batch(conn, seqs)}
    if conn.execute(hot.attempt, them | {"runner": runner, "now": to_micros(now)}).rowcount != len(seqs):
        raise RunnerGoneError("this process was taken for dead, and what it was sending is in doubt")
    if conn.execute(hot.send, them).rowcount != len(seqs):
        # The rows are locked, so this cannot be; if it is, nothing of the claim must stand.
        raise LedgerError("deliveries were claimed by two workers at once")


def _moves(wanted: Wanted, picked: Sequence[Found], barred: Collection[int]) -> Counter[counters.Key]:
    by: Counter[counters.Key] = Counter()
    sending, skipped = DeliveryState.SENDING.value, DeliveryState.SKIPPED.value
    for (zone, state), n in Counter((row.zone, skipped if row.seq in barred else sending) for row in picked).items():
        place = (wanted.provider, wanted.channel.value, zone)
        by[*place, DeliveryState.QUEUED.value] -= n
        by[*place, state] += n
    return by
