"""What a process left behind when it ended in the middle: nothing of it is sent again by itself, nothing is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, text, update

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, in_numbers, numbers_parameter
from broadcaster.ledger.database.process_locks import proven_dead
from broadcaster.ledger.database.tables import attempts, deliveries, runners
from broadcaster.ledger.database.tables import broadcasts as broadcasts_table


@dataclass(frozen=True, slots=True)
class RecoveryResult:
    """What was found: the doubtful deliveries by broadcast (its id), and the releases that were taken back."""

    unsure: dict[str, int]
    discarded: tuple[str, ...]


def recover(conn: WriteConnection, now: datetime) -> RecoveryResult:
    """Settle what runners left that are gone: what they were sending becomes unsure, what they were releasing is
    discarded (nobody can have received anything of it). What belongs to a living runner is not touched.
    """
    for runner in conn.execute(select(runners).where(runners.c.ended_at.is_(None)).order_by(runners.c.seq)).all():
        with proven_dead(conn, runner) as dead:
            if dead:
                conn.execute(update(runners).where(runners.c.seq == runner.seq).values(ended_at=now))
    half_released = set(conn.execute(_HALF_RELEASED).scalars())
    half_sent = set(conn.execute(_HALF_SENT).scalars())
    discarded, unsure = [], {}
    for one in sorted(half_released | half_sent):
        if one in half_sent:
            unsure[one] = _mark_broadcast_unsure(conn, one, now)
        elif broadcasts.discard(conn, one):
            discarded.append(one)
    return RecoveryResult(unsure, tuple(discarded))


class UnsettledClaim(NamedTuple):
    """A delivery whose attempt is open, and which nobody may have in hand."""

    broadcast: str
    seq: int
    id: str
    attempt: int


def list_unsettled_claims(conn: Connection, runner: str) -> list[UnsettledClaim]:
    """What a living runner (its id) has claimed and not settled yet: what it has in hand, and what it claimed without
    being told so, because the answer to its commit was lost.
    """
    return [UnsettledClaim(*row) for row in conn.execute(_CLAIMED_BY, {"runner": runner})]


def _mark_broadcast_unsure(conn: WriteConnection, broadcast_id: str, now: datetime) -> int:
    """Turn what runners that are gone were sending of this broadcast into unsure."""
    broadcast, _ = broadcasts.lock(conn, broadcast_id)
    rows = conn.execute(_LEFT_OF, {"broadcast": broadcast}).all()
    if rows:
        _mark_rows_unsure(conn, broadcast, rows, now)
        broadcasts.finish_if_done(conn, broadcast)
    return len(rows)


def _mark_rows_unsure(conn: WriteConnection, broadcast: int, rows: Sequence[ResultRow], now: datetime) -> None:
    dialect, unsure = conn.dialect.name, DeliveryState.UNSURE.value
    them = {"seqs": numbers_parameter(conn, [row.seq for row in rows])}
    mine = in_numbers(dialect, deliveries.c.seq, "seqs")
    conn.execute(update(deliveries).where(mine).values(state=unsure, reason=DeliveryReason.INTERRUPTED.value), them)
    tried = (in_numbers(dialect, attempts.c.delivery, "seqs"), attempts.c.outcome == "")
    ended = {"outcome": Outcome.UNSURE.value, "code": DeliveryReason.INTERRUPTED.value, "ended_at": now}
    conn.execute(update(attempts).where(*tried).values(ended), them)
    delivery_counters.apply_changes(conn, broadcast, delivery_counters.changes_by_moves(rows, [unsure] * len(rows)))


# Written out, so that the index of what is being sent is used, which never holds more than what is in flight.
_OPEN_ATTEMPTS = (
    deliveries.join(attempts, (attempts.c.delivery == deliveries.c.seq) & (attempts.c.n == deliveries.c.attempts))
    .join(runners, runners.c.seq == attempts.c.runner)
    .join(broadcasts_table, broadcasts_table.c.seq == deliveries.c.broadcast)
)
_GONE = (text("deliveries.state = 'sending'"), runners.c.ended_at.is_not(None))
_CLAIMED_BY = (
    select(broadcasts_table.c.id, deliveries.c.seq, deliveries.c.id, attempts.c.n)
    .select_from(_OPEN_ATTEMPTS)
    .where(text("deliveries.state = 'sending'"), runners.c.id == bindparam("runner"), attempts.c.outcome == "")
    .order_by(broadcasts_table.c.id, deliveries.c.seq)
)
_HALF_SENT = select(broadcasts_table.c.id).select_from(_OPEN_ATTEMPTS).where(*_GONE).distinct()
_LEFT_OF = (
    select(*(deliveries.c[name] for name in ("seq", "provider", "channel", "zone", "state")))
    .select_from(_OPEN_ATTEMPTS)
    .where(*_GONE, deliveries.c.broadcast == bindparam("broadcast"))
    .order_by(deliveries.c.seq)
)
_HALF_RELEASED = (
    select(broadcasts_table.c.id)
    .join(runners, runners.c.seq == broadcasts_table.c.runner)
    .where(broadcasts_table.c.state == BroadcastState.RELEASING, runners.c.ended_at.is_not(None))
)
