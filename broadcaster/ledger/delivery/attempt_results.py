"""Recording the results of attempts: the provider's answers for deliveries that were claimed."""

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
from broadcaster.ledger.database.dialect import in_numbers, list_parameter
from broadcaster.ledger.database.tables import attempts, deliveries

_MOVABLE_STATES = frozenset({DeliveryState.SENDING.value, DeliveryState.UNSURE.value})


@dataclass(frozen=True, slots=True)
class SettledAttempt:
    """One attempt's result: the provider's receipt, and the state that the delivery gets by it."""

    seq: int
    attempt: int
    receipt: Receipt
    decision: AttemptDecision


@dataclass(frozen=True, slots=True)
class RecordedResults:
    """The number of deliveries that changed state, and the numbers (`seq`) of those that did not.

    `superseded` deliveries were settled, tried again or reported on since. `finished` says that the broadcast has
    nothing left to send.
    """

    moved: int
    superseded: tuple[int, ...]
    finished: bool


def record_results(
    conn: WriteConnection, broadcast_id: str, results: Sequence[SettledAttempt], now: datetime
) -> RecordedResults:
    """Record the results of claimed deliveries, and finish the broadcast when these were its last.

    A delivery changes when this was its latest attempt and it is not settled yet. That includes one that recovery made
    unsure: the receipt is the evidence. A cancelled broadcast queues nothing again; a finished one that does is
    reopened.

    A delivery that a report has settled stays as reported: the provider has the message, so it is not queued again.
    Only its attempt, if it is still open, gets the receipt.
    """
    statements = _result_statements(conn.dialect.name)
    broadcast, state = broadcasts.lock(conn, broadcast_id)
    seqs = list_parameter(conn, [result.seq for result in results])
    rows = {
        row.seq: row for row in conn.execute(statements.read_deliveries, {"seqs": seqs}) if row.broadcast == broadcast
    }
    seqs_by_change: dict[tuple[str, str, int], list[int]] = {}
    moved, new_states, attempt_rows, late_attempt_rows = [], [], [], []
    superseded = []
    micros = to_micros(now)
    for result in results:
        row = rows.get(result.seq)
        if row is None or row.attempts != result.attempt or row.state not in _MOVABLE_STATES:
            superseded.append(result.seq)
            late_attempt_rows += [_attempt_row(result, micros)] if row is not None else []
            continue
        change = _delivery_change(result.decision, state)
        seqs_by_change.setdefault(change, []).append(result.seq)
        attempt_rows.append(_attempt_row(result, micros))
        moved.append(row)
        new_states.append(change[0])
    # Most of a batch gets the same state, in one statement; each attempt has a receipt of its own.
    for (new_state, reason, due_at), changed in seqs_by_change.items():
        values = {"b_state": new_state, "b_reason": reason, "b_due_at": due_at}
        conn.execute(statements.update_deliveries, {"seqs": list_parameter(conn, changed)} | values)
    if moved:
        run_for_rows(conn, statements.update_attempt, attempt_rows)
        delivery_counters.apply_changes(conn, broadcast, delivery_counters.changes_by_moves(moved, new_states))
    if state is BroadcastState.FINISHED and DeliveryState.QUEUED.value in new_states:
        # Recovery made all of it unsure and so finished; now some deliveries turn out to be deferred.
        broadcasts.reopen_finished(conn, broadcast)
    if late_attempt_rows:
        run_for_rows(conn, statements.update_open_attempt, late_attempt_rows)
    finished = broadcasts.finish_if_done(conn, broadcast)
    return RecordedResults(len(moved), tuple(superseded), finished)


def list_deferred(
    conn: Connection, seqs: Sequence[int], not_counting: Collection[str]
) -> dict[int, tuple[int, datetime]]:
    """How often the provider has deferred each delivery, and since when; those never deferred are left out.

    Failures in the phases `not_counting` say nothing about a delivery.
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
    rows = conn.execute(query, {"seqs": list_parameter(conn, seqs)})
    return {row.delivery: (row.times, row.since) for row in rows}


def _delivery_change(decision: AttemptDecision, broadcast: BroadcastState) -> tuple[str, str, int]:
    if decision.state is DeliveryState.QUEUED and broadcast is BroadcastState.CANCELLED:
        return DeliveryState.SKIPPED.value, DeliveryReason.CANCELLED.value, 0
    return decision.state.value, decision.reason, to_micros(decision.due_at) if decision.due_at else 0


def _attempt_row(result: SettledAttempt, micros: int) -> tuple[Any, ...]:
    receipt = result.receipt
    outcome = receipt.outcome.value
    # A database refuses half a surrogate pair, and with it the results of the whole batch.
    reference, detail = clean_text(receipt.reference), clean_text(receipt.detail)
    return (
        micros,
        outcome,
        receipt.code,
        receipt.phase,
        reference,
        detail,
        receipt.segments,
        result.seq,
        result.attempt,
    )


class _ResultStatements(NamedTuple):
    read_deliveries: Select[Any]
    update_deliveries: Update
    update_attempt: str
    update_open_attempt: str


@cache
def _result_statements(dialect: str) -> _ResultStatements:
    columns = [deliveries.c[name] for name in ("seq", "broadcast", "attempts", "state", "provider", "channel", "zone")]
    # By number alone: with the broadcast as a condition, SQLite would scan all its rows.
    read_deliveries = select(*columns).where(in_numbers(dialect, deliveries.c.seq, "seqs"))
    update_deliveries = (
        update(deliveries)
        .where(in_numbers(dialect, deliveries.c.seq, "seqs"))
        .values(state=bindparam("b_state"), reason=bindparam("b_reason"), due_at=bindparam("b_due_at"))
    )
    names = ("ended_at", "outcome", "code", "phase", "reference", "detail", "segments")
    update_attempt = (
        update(attempts)
        .where(attempts.c.delivery == bindparam("b_delivery"), attempts.c.n == bindparam("b_n"))
        .values({name: bindparam(f"b_{name}") for name in names})
    )
    order = (*(f"b_{name}" for name in names), "b_delivery", "b_n")
    # An attempt is open while its outcome is empty: a literal, so that the parameters stay the same.
    update_open_attempt = update_attempt.where(text("attempts.outcome = ''"))
    return _ResultStatements(
        read_deliveries,
        update_deliveries,
        compile_positional(dialect, update_attempt, order),
        compile_positional(dialect, update_open_attempt, order),
    )
