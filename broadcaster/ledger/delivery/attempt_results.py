"""What became of the deliveries that were handed over."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, Update, bindparam, func, select, text, update

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.delivery.retry import AttemptDecision
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.database.bulk import compile_positional, run_for_rows
from broadcaster.ledger.database.column_types import to_micros
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import in_numbers, numbers_parameter
from broadcaster.ledger.database.tables import attempts, deliveries

_MOVABLE_STATES = frozenset({DeliveryState.SENDING.value, DeliveryState.UNSURE.value})


@dataclass(frozen=True, slots=True)
class SettledAttempt:
    """What became of one attempt: the provider's receipt, and what the delivery is to be for it."""

    seq: int
    attempt: int
    receipt: Receipt
    verdict: AttemptDecision


@dataclass(frozen=True, slots=True)
class RecordedResults:
    """`moved` deliveries changed their state; `strays` (their numbers) did not, for somebody else had settled or tried
    them since, or their provider has reported on them; `finished` says that nothing of the broadcast is left to send.
    """

    moved: int
    strays: tuple[int, ...]
    finished: bool


def record_results(
    conn: WriteConnection, broadcast_id: str, results: Sequence[SettledAttempt], now: datetime
) -> RecordedResults:
    """Write down what became of claimed deliveries, and finish the broadcast when these were its last.

    A delivery moves when this was its last attempt and nobody has settled it yet: also one that was taken for dead
    and called unsure, since this is the evidence. In a cancelled broadcast nothing goes back into the queue; a finished
    one is sent on for what does.

    What a report was quicker to settle stays as it was reported, whatever the answer is: the provider has it, and it is
    not queued again. Only the attempt, if it is open still, gets its answer.
    """
    hot = _result_statements(conn.dialect.name)
    broadcast, state = broadcasts.lock(conn, broadcast_id)
    rows = conn.execute(hot.there, {"seqs": numbers_parameter(conn, [one.seq for one in results])}).all()
    found = {row.seq: row for row in rows if row.broadcast == broadcast}
    alike: dict[tuple[str, str, int], list[int]] = {}
    tries, moving, becoming, late = [], [], [], []
    strays = []
    stamp = to_micros(now)
    for one in results:
        row = found.get(one.seq)
        if row is None or row.attempts != one.attempt or row.state not in _MOVABLE_STATES:
            strays.append(one.seq)
            late += [_attempt(one, stamp)] if row is not None else []
            continue
        becomes = _new_state(one.verdict, state)
        alike.setdefault(becomes, []).append(one.seq)
        tries.append(_attempt(one, stamp))
        moving.append(row)
        becoming.append(becomes[0])
    # Most of a batch becomes the same, so that one statement moves it; each attempt has an answer of its own.
    for (new, reason, due_at), seqs in alike.items():
        change = {"seqs": numbers_parameter(conn, seqs), "b_state": new, "b_reason": reason, "b_due_at": due_at}
        conn.execute(hot.delivery, change)
    if moving:
        run_for_rows(conn, hot.attempt, tries)
        delivery_counters.apply_changes(conn, broadcast, delivery_counters.changes_by_moves(moving, becoming))
    if state is BroadcastState.FINISHED and any(new == DeliveryState.QUEUED.value for new, _, _ in alike):
        # All was called unsure and so at its end, and now some is known to have been put off: nobody is missed.
        broadcasts.reopen_finished(conn, broadcast)
    if late:
        run_for_rows(conn, hot.close, late)
    finished = broadcasts.finish_if_done(conn, broadcast)
    return RecordedResults(len(moving), tuple(strays), finished)


def list_put_off(
    conn: Connection, seqs: Sequence[int], not_counting: Collection[str]
) -> dict[int, tuple[int, datetime]]:
    """How often deliveries were put off by their provider before, and when that began.

    `not_counting` are the phases whose failures say nothing about a delivery. One that was never put off is left out.
    """
    query = (
        select(attempts.c.delivery, func.count().label("times"), func.min(attempts.c.started_at).label("since"))
        .where(
            in_numbers(conn.dialect.name, attempts.c.delivery, "seqs"),
            attempts.c.outcome == Outcome.LATER.value,
            attempts.c.phase.not_in(sorted(not_counting)),
        )
        .group_by(attempts.c.delivery)
    )
    found = conn.execute(query, {"seqs": numbers_parameter(conn, seqs)})
    return {row.delivery: (row.times, row.since) for row in found}


def _new_state(verdict: AttemptDecision, broadcast: BroadcastState) -> tuple[str, str, int]:
    if verdict.state is DeliveryState.QUEUED and broadcast is BroadcastState.CANCELLED:
        return DeliveryState.SKIPPED.value, DeliveryReason.CANCELLED.value, 0
    return verdict.state.value, verdict.reason, to_micros(verdict.due_at) if verdict.due_at else 0


def _attempt(one: SettledAttempt, now: int) -> tuple[Any, ...]:
    receipt = one.receipt
    outcome = receipt.outcome.value
    # A database refuses half a surrogate pair, and with it what became of all the others of the batch.
    reference, detail = clean_text(receipt.reference), clean_text(receipt.detail)
    return (now, outcome, receipt.code, receipt.phase, reference, detail, receipt.segments, one.seq, one.attempt)


class _ResultStatements(NamedTuple):
    there: Select[Any]
    delivery: Update
    attempt: str
    close: str


@cache
def _result_statements(dialect: str) -> _ResultStatements:
    columns = [deliveries.c[name] for name in ("seq", "broadcast", "attempts", "state", "provider", "channel", "zone")]
    # By number alone: told of the broadcast too, SQLite would walk through all of the broadcast's rows.
    there = select(*columns).where(in_numbers(dialect, deliveries.c.seq, "seqs"))
    delivery = (
        update(deliveries)
        .where(in_numbers(dialect, deliveries.c.seq, "seqs"))
        .values(state=bindparam("b_state"), reason=bindparam("b_reason"), due_at=bindparam("b_due_at"))
    )
    words = ("ended_at", "outcome", "code", "phase", "reference", "detail", "segments")
    attempt = (
        update(attempts)
        .where(attempts.c.delivery == bindparam("b_delivery"), attempts.c.n == bindparam("b_n"))
        .values({word: bindparam(f"b_{word}") for word in words})
    )
    order = (*(f"b_{word}" for word in words), "b_delivery", "b_n")
    # An attempt is open while nothing stands there, written out so that the parameters are the same.
    close = attempt.where(text("attempts.outcome = ''"))
    return _ResultStatements(
        there, delivery, compile_positional(dialect, attempt, order), compile_positional(dialect, close, order)
    )
