"""Claims: which deliveries a worker may hand over next, and what became of them.

A claim writes the attempts down in the transaction that takes the deliveries out of the queue; it is committed before
anything touches a socket. What it finds suppressed by then (suppressed, opted out) is skipped in the same transaction.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.keys import Keyring
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.database.column_types import to_micros
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, numbers_parameter
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.errors import LedgerError
from broadcaster.ledger.delivery import payloads
from broadcaster.ledger.delivery.attempt_results import RecordedResults, SettledAttempt, list_put_off, record_results
from broadcaster.ledger.delivery.claim_statements import ClaimStatements, statements_for
from broadcaster.ledger.delivery.payloads import Payload
from broadcaster.ledger.delivery.recovery import UnsettledClaim, list_unsettled_claims, recover

__all__ = [
    "ClaimRequest",
    "Claimed",
    "RecordedResults",
    "SettledAttempt",
    "UnsettledClaim",
    "any_due",
    "claim_deliveries",
    "list_put_off",
    "list_unsettled_claims",
    "record_results",
    "recover",
]


class RunnerGoneError(LedgerError):
    """Others found that this runner had lost its proof of life."""

    code = "runner-gone"
    default_remedy = "Start broadcaster again; it lists as unsure what may have been sent, and goes on with the rest."


@dataclass(frozen=True, slots=True)
class ClaimRequest:
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


def claim_deliveries(conn: WriteConnection, runner: str, wanted: ClaimRequest, now: datetime) -> list[Claimed]:
    """Take up to `limit` deliveries that are due, for a runner (its id); none unless the broadcast is being sent.

    Hand them over only after this transaction is committed, then `record` each of them.
    """
    hot = statements_for(conn.dialect.name)
    busy = _zones_with_due(conn, hot, wanted, now)
    if not busy:
        return []
    # Before any delivery, as everybody does. PostgreSQL keeps a row locked that it has found to be claimed by now: who
    # held such a row and waited here would stop the one who claimed it, and writes down what became of it.
    broadcast, state = broadcasts.lock(conn, wanted.broadcast)
    if state is not BroadcastState.SENDING:
        return []  # paused or cancelled while we looked; nothing was changed yet
    picked = _pick_due(conn, hot, busy, wanted, now)
    if not picked:
        return []
    suppressed = _skip_suppressed(conn, hot, [row.seq for row in picked])
    free = [row for row in picked if row.seq not in suppressed] if suppressed else picked
    _begin_attempts(conn, hot, runner, [row.seq for row in free], now)
    delivery_counters.apply_changes(conn, broadcast, _counter_changes(wanted, picked, suppressed))
    if suppressed:
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


def any_due(conn: Connection, wanted: ClaimRequest, now: datetime) -> bool:
    """Whether a claim would find anything, without taking it."""
    return bool(_zones_with_due(conn, statements_for(conn.dialect.name), wanted, now))


def _zones_with_due(conn: Connection, hot: ClaimStatements, wanted: ClaimRequest, now: datetime) -> Sequence[ResultRow]:
    """The broadcast and each of the zones that have something due."""
    where = {"id": wanted.broadcast, "zones": numbers_parameter(conn, wanted.zones)}
    return conn.execute(hot.busy, where | _due(wanted, now)).all()


def _pick_due(
    conn: Connection, hot: ClaimStatements, busy: Sequence[ResultRow], wanted: ClaimRequest, now: datetime
) -> list[ResultRow]:
    """Rows that are due, zone by zone, so that each zone's come straight from the index in their order."""
    where = _due(wanted, now)
    picked: list[ResultRow] = []
    for broadcast, zone in busy:
        rest = wanted.limit - len(picked)
        if rest <= 0:
            break
        picked += conn.execute(hot.pick, where | {"broadcast": broadcast, "zone": zone, "rest": rest}).all()
    return picked


def _due(wanted: ClaimRequest, now: datetime) -> dict[str, object]:
    return {"channel": wanted.channel.value, "provider": wanted.provider, "now": to_micros(now)}


def _skip_suppressed(conn: Connection, hot: ClaimStatements, seqs: list[int]) -> set[int]:
    """Skip those of a batch that must not be written to by now, after everybody who could say so has had their turn."""
    suppressed = conn.execute(hot.suppressed, {"seqs": numbers_parameter(conn, seqs)}).all()
    for row in suppressed:
        conn.execute(hot.skip, {"b_seq": row.seq, "why": row.why})
    return {row.seq for row in suppressed}


def _begin_attempts(conn: Connection, hot: ClaimStatements, runner: str, seqs: list[int], now: datetime) -> None:
    if not seqs:
        return
    them = {"seqs": numbers_parameter(conn, seqs)}
    if conn.execute(hot.attempt, them | {"runner": runner, "now": to_micros(now)}).rowcount != len(seqs):
        raise RunnerGoneError("this process was taken for dead, and what it was sending is in doubt")
    if conn.execute(hot.send, them).rowcount != len(seqs):
        # The rows are locked, so this cannot be; if it is, nothing of the claim must stand.
        raise LedgerError("deliveries were claimed by two workers at once")


def _counter_changes(
    wanted: ClaimRequest, picked: Sequence[ResultRow], suppressed: Collection[int]
) -> Counter[delivery_counters.CounterKey]:
    by: Counter[delivery_counters.CounterKey] = Counter()
    sending, skipped = DeliveryState.SENDING.value, DeliveryState.SKIPPED.value
    for (zone, state), n in Counter((row.zone, skipped if row.seq in suppressed else sending) for row in picked).items():
        place = (wanted.provider, wanted.channel.value, zone)
        by[*place, DeliveryState.QUEUED.value] -= n
        by[*place, state] += n
    return by
