"""What a process left behind when it ended in the middle: nothing of it is sent again by itself, nothing is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, text, update

from broadcaster.domain.receipts import Outcome
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger import broadcasts, counters
from broadcaster.ledger.liveness import proven_dead
from broadcaster.ledger.statements import Found, batch, in_batch
from broadcaster.ledger.tables import attempts, deliveries, runners
from broadcaster.ledger.tables import broadcasts as broadcasts_table

INTERRUPTED = "interrupted"
"""Reason code: the process ended while this delivery was with the provider."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found: the doubtful deliveries by broadcast (its id), and the releases that were taken back."""

    unsure: dict[str, int]
    discarded: tuple[str, ...]


def recover(conn: Connection, now: datetime) -> Recovered:
    """Settle what runners left that are gone: what they were sending becomes unsure, what they were releasing is
    discarded (nobody can have received anything of it). What belongs to a living runner is not touched.
    """
    unsure: dict[str, int] = {}
    discarded: list[str] = []
    for runner in conn.execute(
        select(runners.c.seq, runners.c.id).where(runners.c.ended_at.is_(None)).order_by(runners.c.seq)
    ).all():
        with proven_dead(conn, runner.seq, runner.id) as dead:
            if dead:
                discarded += _take_back(conn, runner.seq)
                for broadcast_id, count in _doubt(conn, runner.seq, now).items():
                    unsure[broadcast_id] = unsure.get(broadcast_id, 0) + count
                conn.execute(update(runners).where(runners.c.seq == runner.seq).values(ended_at=now))
    return Recovered(unsure, tuple(discarded))


def _take_back(conn: Connection, runner: int) -> list[str]:
    half = select(broadcasts_table.c.id).where(
        broadcasts_table.c.runner == runner, broadcasts_table.c.state == BroadcastState.RELEASING
    )
    ids = list(conn.execute(half.order_by(broadcasts_table.c.seq)).scalars())
    return [broadcast_id for broadcast_id in ids if broadcasts.discard(conn, broadcast_id)]


def _doubt(conn: Connection, runner: int, now: datetime) -> dict[str, int]:
    """Turn what this runner was sending into unsure, one broadcast after the other."""
    found: dict[str, int] = {}
    for broadcast_id in conn.execute(_BROADCASTS, {"runner": runner}).scalars().all():
        broadcast, _ = broadcasts.lock(conn, broadcast_id)
        rows = conn.execute(_LEFT, {"runner": runner, "broadcast": broadcast}).all()
        _call_unsure(conn, broadcast, rows, now)
        broadcasts.finish_if_done(conn, broadcast)
        if rows:
            found[broadcast_id] = len(rows)
    return found


def _call_unsure(conn: Connection, broadcast: int, rows: Sequence[Found], now: datetime) -> None:
    if not rows:
        return
    dialect, unsure = conn.dialect.name, DeliveryState.UNSURE.value
    them = {"seqs": batch(conn, [row.seq for row in rows])}
    conn.execute(
        update(deliveries).where(in_batch(dialect, deliveries.c.seq, "seqs")).values(state=unsure, reason=INTERRUPTED),
        them,
    )
    conn.execute(
        update(attempts)
        .where(in_batch(dialect, attempts.c.delivery, "seqs"), attempts.c.outcome == "")
        .values(outcome=Outcome.UNSURE.value, code=INTERRUPTED, ended_at=now),
        them,
    )
    steps = [(row.provider, row.channel, DeliveryState.SENDING.value, unsure) for row in rows]
    counters.change(conn, broadcast, counters.moved(steps))


# Through the index of what is being sent, which never holds more than what is in flight.
_SENDING = text("deliveries.state = 'sending'")
_THEIRS = deliveries.join(
    attempts, (attempts.c.delivery == deliveries.c.seq) & (attempts.c.n == deliveries.c.attempts)
).join(broadcasts_table, broadcasts_table.c.seq == deliveries.c.broadcast)

_BROADCASTS = (
    select(broadcasts_table.c.id)
    .select_from(_THEIRS)
    .where(_SENDING, attempts.c.runner == bindparam("runner"))
    .distinct()
    .order_by(broadcasts_table.c.id)
)
_LEFT = (
    select(deliveries.c.seq, deliveries.c.provider, deliveries.c.channel)
    .select_from(_THEIRS)
    .where(_SENDING, attempts.c.runner == bindparam("runner"), deliveries.c.broadcast == bindparam("broadcast"))
    .order_by(deliveries.c.seq)
)
