"""Claims: taking due deliveries out of the queue for a worker.

A claim writes the attempts in the transaction that takes the deliveries, and it is committed before anything touches
the network. Deliveries to addresses that are suppressed or opted out by then are skipped in the same transaction.
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
from broadcaster.ledger.database.dialect import ResultRow, list_parameter
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.errors import LedgerError
from broadcaster.ledger.delivery import payloads
from broadcaster.ledger.delivery.attempt_results import RecordedResults, SettledAttempt, list_deferred, record_results
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
    "list_deferred",
    "list_unsettled_claims",
    "record_results",
    "recover",
]


class RunnerGoneError(LedgerError):
    """Another process found this runner's lock free and took it for dead."""

    code = "runner-gone"
    default_remedy = "Start broadcaster again; it lists as unsure what may have been sent, and goes on with the rest."


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What a worker asks for: deliveries of one broadcast by one provider, in zones without quiet hours now."""

    broadcast: str
    channel: Channel
    provider: str
    zones: Sequence[int]
    limit: int


class Claimed(NamedTuple):
    """A claimed delivery: its attempt is written. `attempt` counts from 1."""

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
        """The opaque id that the provider is given, by which its reports name the attempt."""
        return f"{self.id}-{self.attempt}"

    @property
    def payload(self) -> Payload:
        """The personal part, unsealed at each call. Raises `SealBrokenError`."""
        return payloads.unseal(self.keyring, self.id, self.sealed)


def claim_deliveries(conn: WriteConnection, runner: str, request: ClaimRequest, now: datetime) -> list[Claimed]:
    """Claim up to `limit` due deliveries for a runner (its id); none unless the broadcast is sending.

    Hand them over only after the commit, then pass each to `record_results`. Raises `RunnerGoneError`.
    """
    statements = statements_for(conn.dialect.name)
    due_zones = _zones_with_due(conn, statements, request, now)
    if not due_zones:
        return []
    # Locked before any delivery. PostgreSQL keeps a lock on a row that turns out to be claimed already: holding that
    # while waiting for the broadcast would block the worker that records its result.
    broadcast, state = broadcasts.lock(conn, request.broadcast)
    if state is not BroadcastState.SENDING:
        return []  # paused or cancelled since the query; nothing has changed yet
    picked = _pick_due(conn, statements, due_zones, request, now)
    if not picked:
        return []
    suppressed = _skip_suppressed(conn, statements, [row.seq for row in picked])
    free = [row for row in picked if row.seq not in suppressed] if suppressed else picked
    _begin_attempts(conn, statements, runner, [row.seq for row in free], now)
    delivery_counters.apply_changes(conn, broadcast, _counter_changes(request, picked, suppressed))
    if suppressed:
        broadcasts.finish_if_done(conn, broadcast)
    keyring = keyring_of(conn)
    return [
        Claimed(
            row.seq,
            row.id,
            row.attempts + 1,
            request.channel,
            request.provider,
            row.language,
            row.skeleton,
            row.zone,
            row.payload_sealed,
            keyring,
        )
        for row in free
    ]


def any_due(conn: Connection, request: ClaimRequest, now: datetime) -> bool:
    """Whether a claim would find anything."""
    return bool(_zones_with_due(conn, statements_for(conn.dialect.name), request, now))


def _zones_with_due(
    conn: Connection, statements: ClaimStatements, request: ClaimRequest, now: datetime
) -> Sequence[ResultRow]:
    """The broadcast and the number of each requested zone that has due deliveries."""
    where = {"id": request.broadcast, "zones": list_parameter(conn, request.zones)}
    return conn.execute(statements.zones_with_due, where | _due(request, now)).all()


def _pick_due(
    conn: Connection, statements: ClaimStatements, due_zones: Sequence[ResultRow], request: ClaimRequest, now: datetime
) -> list[ResultRow]:
    """Due rows, zone by zone, so that each query reads one range of the index in order."""
    where = _due(request, now)
    picked: list[ResultRow] = []
    for broadcast, zone in due_zones:
        rest = request.limit - len(picked)
        if rest <= 0:
            break
        picked += conn.execute(statements.pick, where | {"broadcast": broadcast, "zone": zone, "rest": rest}).all()
    return picked


def _due(request: ClaimRequest, now: datetime) -> dict[str, object]:
    return {"channel": request.channel.value, "provider": request.provider, "now": to_micros(now)}


def _skip_suppressed(conn: Connection, statements: ClaimStatements, seqs: list[int]) -> set[int]:
    """Skip the deliveries of a batch whose address must not be written to; returns their numbers."""
    suppressed = conn.execute(statements.suppressed, {"seqs": list_parameter(conn, seqs)}).all()
    for row in suppressed:
        conn.execute(statements.skip, {"b_seq": row.seq, "why": row.why})
    return {row.seq for row in suppressed}


def _begin_attempts(conn: Connection, statements: ClaimStatements, runner: str, seqs: list[int], now: datetime) -> None:
    if not seqs:
        return
    batch = {"seqs": list_parameter(conn, seqs)}
    if conn.execute(statements.attempt, batch | {"runner": runner, "now": to_micros(now)}).rowcount != len(seqs):
        raise RunnerGoneError("this process was taken for dead, and what it was sending is in doubt")
    if conn.execute(statements.send, batch).rowcount != len(seqs):
        # The rows are locked, so this cannot happen; if it does, the claim is rolled back.
        raise LedgerError("deliveries were claimed by two workers at once")


def _counter_changes(
    request: ClaimRequest, picked: Sequence[ResultRow], suppressed: Collection[int]
) -> Counter[delivery_counters.CounterKey]:
    changes: Counter[delivery_counters.CounterKey] = Counter()
    sending, skipped = DeliveryState.SENDING.value, DeliveryState.SKIPPED.value
    for (zone, state), n in Counter(
        (row.zone, skipped if row.seq in suppressed else sending) for row in picked
    ).items():
        place = (request.provider, request.channel.value, zone)
        changes[*place, DeliveryState.QUEUED.value] -= n
        changes[*place, state] += n
    return changes
