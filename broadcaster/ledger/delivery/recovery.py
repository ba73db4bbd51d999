"""Recovery after a process has died: its deliveries become unsure, and its unfinished releases are discarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.database.conditions import IS_LATEST_ATTEMPT, IS_SENDING
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, in_numbers, list_parameter
from broadcaster.ledger.database.process_locks import proven_dead
from broadcaster.ledger.database.tables import attempts, deliveries, runners
from broadcaster.ledger.database.tables import broadcasts as broadcasts_table


@dataclass(frozen=True, slots=True)
class RecoveryResult:
    """How many deliveries became unsure, by broadcast (its id), and the ids of the discarded broadcasts."""

    unsure: dict[str, int]
    discarded: tuple[str, ...]


def recover(conn: WriteConnection, now: datetime) -> RecoveryResult:
    """Recover the work of runners whose process has ended.

    What they were sending becomes unsure. What they were releasing is discarded: none of it can have been sent. Work of
    running processes is not touched.
    """
    for runner in conn.execute(select(runners).where(runners.c.ended_at.is_(None)).order_by(runners.c.seq)).all():
        with proven_dead(conn, runner) as dead:
            if dead:
                conn.execute(update(runners).where(runners.c.seq == runner.seq).values(ended_at=now))
    half_released = set(conn.execute(_HALF_RELEASED).scalars())
    half_sent = set(conn.execute(_HALF_SENT).scalars())
    discarded, unsure = [], {}
    for broadcast_id in sorted(half_released | half_sent):
        if broadcast_id in half_sent:
            unsure[broadcast_id] = _mark_broadcast_unsure(conn, broadcast_id, now)
        elif broadcasts.discard(conn, broadcast_id):
            discarded.append(broadcast_id)
    return RecoveryResult(unsure, tuple(discarded))


class UnsettledClaim(NamedTuple):
    """A claimed delivery whose attempt is open."""

    broadcast: str
    seq: int
    id: str
    attempt: int


def list_unsettled_claims(conn: Connection, runner: str) -> list[UnsettledClaim]:
    """The claims of a running process (its runner's id) without a result.

    These are the batches that its workers have, and claims whose commit succeeded but was not confirmed to it.
    """
    return [UnsettledClaim(*row) for row in conn.execute(_CLAIMED_BY, {"runner": runner})]


def _mark_broadcast_unsure(conn: WriteConnection, broadcast_id: str, now: datetime) -> int:
    """Make unsure what dead runners were sending of this broadcast; returns how many deliveries."""
    broadcast, _ = broadcasts.lock(conn, broadcast_id)
    rows = conn.execute(_LEFT_SENDING, {"broadcast": broadcast}).all()
    if rows:
        _mark_rows_unsure(conn, broadcast, rows, now)
        broadcasts.finish_if_done(conn, broadcast)
    return len(rows)


def _mark_rows_unsure(conn: WriteConnection, broadcast: int, rows: Sequence[ResultRow], now: datetime) -> None:
    dialect, unsure = conn.dialect.name, DeliveryState.UNSURE.value
    batch = {"seqs": list_parameter(conn, [row.seq for row in rows])}
    in_batch = in_numbers(dialect, deliveries.c.seq, "seqs")
    conn.execute(
        update(deliveries).where(in_batch).values(state=unsure, reason=DeliveryReason.INTERRUPTED.value), batch
    )
    open_attempts = (in_numbers(dialect, attempts.c.delivery, "seqs"), attempts.c.outcome == "")
    ended = {"outcome": Outcome.UNSURE.value, "code": DeliveryReason.INTERRUPTED.value, "ended_at": now}
    conn.execute(update(attempts).where(*open_attempts).values(ended), batch)
    delivery_counters.apply_changes(conn, broadcast, delivery_counters.changes_by_moves(rows, [unsure] * len(rows)))


_OPEN_ATTEMPTS = (
    deliveries.join(attempts, IS_LATEST_ATTEMPT)
    .join(runners, runners.c.seq == attempts.c.runner)
    .join(broadcasts_table, broadcasts_table.c.seq == deliveries.c.broadcast)
)
_OF_DEAD_RUNNER = (IS_SENDING, runners.c.ended_at.is_not(None))
_CLAIMED_BY = (
    select(broadcasts_table.c.id, deliveries.c.seq, deliveries.c.id, attempts.c.n)
    .select_from(_OPEN_ATTEMPTS)
    .where(IS_SENDING, runners.c.id == bindparam("runner"), attempts.c.outcome == "")
    .order_by(broadcasts_table.c.id, deliveries.c.seq)
)
_HALF_SENT = select(broadcasts_table.c.id).select_from(_OPEN_ATTEMPTS).where(*_OF_DEAD_RUNNER).distinct()
_LEFT_SENDING = (
    select(*(deliveries.c[name] for name in ("seq", "provider", "channel", "zone", "state")))
    .select_from(_OPEN_ATTEMPTS)
    .where(*_OF_DEAD_RUNNER, deliveries.c.broadcast == bindparam("broadcast"))
    .order_by(deliveries.c.seq)
)
_HALF_RELEASED = (
    select(broadcasts_table.c.id)
    .join(runners, runners.c.seq == broadcasts_table.c.runner)
    .where(broadcasts_table.c.state == BroadcastState.RELEASING, runners.c.ended_at.is_not(None))
)
