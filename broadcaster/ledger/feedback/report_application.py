"""Applying reports: each moves its delivery on, and the attempt keeps what the provider said.

Broadcasts are locked first, in the order of their ids, and then their deliveries: that order prevents deadlocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select, update

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.delivery.reports import STATE_OF_EVENT, Report, ReportedEvent, furthest_state
from broadcaster.domain.states import DeliveryState
from broadcaster.keys import Keyring, SealBrokenError
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.database.bulk import compile_positional, run_for_rows
from broadcaster.ledger.database.column_types import to_micros
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, in_numbers, in_texts, list_parameter
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.tables import attempts, deliveries
from broadcaster.ledger.database.tables import broadcasts as broadcasts_table
from broadcaster.ledger.delivery import payloads
from broadcaster.ledger.feedback.reports import WaitingReport

_WITH_REASON = frozenset({DeliveryState.REFUSED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED})
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class DeliveryReports:
    """The reports on one delivery. `moved_by` is the report that changed its state, None where it stays as it was.

    `address` is empty where nobody needs it, or where its owner was erased.
    """

    broadcast: str
    channel: Channel
    provider: str
    blind: bytes
    address: str
    reports: tuple[Report, ...]
    moved_by: Report | None


@dataclass(frozen=True, slots=True)
class AppliedReports:
    """What reports changed, by delivery; `unmatched` is the number of reports on no delivery of ours."""

    unmatched: int
    deliveries: tuple[DeliveryReports, ...]


def apply_reports(conn: WriteConnection, waiting: Sequence[WaitingReport], now: datetime) -> AppliedReports:
    """Move the deliveries that reports are about. The caller marks the reports as applied, in this transaction.

    Any report proves that the provider took the message. A delivery that was queued to be sent once more is not sent.
    """
    statements = _report_statements(conn.dialect.name)
    by_delivery = _by_delivery(waiting)
    ours = {
        row.id: row
        for row in conn.execute(statements.find_broadcasts, {"ids": list_parameter(conn, list(by_delivery))})
    }
    for delivery_id, row in ours.items():
        # A provider may report only on what it was given.
        by_delivery[delivery_id] = [report for report in by_delivery[delivery_id] if report.provider == row.provider]
    broadcast_ids = sorted({row.broadcast_id for row in ours.values()})
    locked = {broadcast_id: broadcasts.lock(conn, broadcast_id)[0] for broadcast_id in broadcast_ids}
    # Read again under the locks: states may have changed since.
    seqs = list_parameter(conn, [row.seq for row in ours.values()])
    rows = conn.execute(statements.read_deliveries, {"seqs": seqs}).all()
    reported = [
        (row, _delivery_reports(row, ours[row.id].broadcast_id, by_delivery[row.id], keyring_of(conn))) for row in rows
    ]
    for broadcast_id, seq in locked.items():
        moves = [
            (row, delivery.moved_by)
            for row, delivery in reported
            if delivery.broadcast == broadcast_id and delivery.moved_by is not None
        ]
        _move_deliveries(conn, seq, moves)
    _update_attempts(conn, reported, to_micros(now))
    matched = sum(len(delivery.reports) for _, delivery in reported)
    return AppliedReports(len(waiting) - matched, tuple(delivery for _, delivery in reported))


class _ReportStatements(NamedTuple):
    find_broadcasts: Select[Any]
    read_deliveries: Select[Any]
    read_attempts: Select[Any]
    update_attempt: str


@cache
def _report_statements(dialect: str) -> _ReportStatements:
    identity = [deliveries.c[name] for name in ("seq", "id", "provider")]
    moved = ("channel", "zone", "state", "attempts", "blind", "payload_sealed")
    values = ("outcome", "ended_at", "reference", "detail", "segments")
    update_attempt = (
        update(attempts)
        .where(attempts.c.delivery == bindparam("b_delivery"), attempts.c.n == bindparam("b_n"))
        .values({name: bindparam(f"b_{name}") for name in values})
    )
    order = ("ended_at", "outcome", "reference", "detail", "segments", "delivery", "n")
    return _ReportStatements(
        find_broadcasts=select(*identity, broadcasts_table.c.id.label("broadcast_id"))
        .join(broadcasts_table, broadcasts_table.c.seq == deliveries.c.broadcast)
        .where(in_texts(dialect, deliveries.c.id, "ids")),
        read_deliveries=select(*identity, *(deliveries.c[name] for name in moved)).where(
            in_numbers(dialect, deliveries.c.seq, "seqs")
        ),
        read_attempts=select(attempts).where(in_numbers(dialect, attempts.c.delivery, "seqs")),
        update_attempt=compile_positional(dialect, update_attempt, tuple(f"b_{name}" for name in order)),
    )


def _by_delivery(waiting: Sequence[WaitingReport]) -> dict[str, list[WaitingReport]]:
    by_delivery: dict[str, list[WaitingReport]] = {}
    for waiting_report in waiting:
        if waiting_report.report and (delivery_id := _split_attempt_id(waiting_report.report)[0]):
            by_delivery.setdefault(delivery_id, []).append(waiting_report)
    return by_delivery


def _split_attempt_id(report: Report) -> tuple[str, int]:
    """The delivery's id and the attempt's number: 0 where none is named, and "" for no attempt id of ours."""
    delivery_id, hyphen, digits = report.attempt_id.partition("-")
    if not hyphen:
        return delivery_id, 0
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS and int(digits) > 0
    return (delivery_id, int(digits)) if is_number else ("", 0)


def _delivery_reports(
    row: ResultRow, broadcast_id: str, waiting: Sequence[WaitingReport], keyring: Keyring
) -> DeliveryReports:
    reports = tuple(waiting_report.report for waiting_report in waiting if waiting_report.report)
    _, moved_by = furthest_state(DeliveryState(row.state), reports)
    is_address_needed = any(
        report.detail or report.strikes or report.happened in _SAID_BY_RECIPIENT for report in reports
    )
    address = _address(keyring, row) if is_address_needed else ""
    return DeliveryReports(broadcast_id, Channel(row.channel), row.provider, row.blind, address, reports, moved_by)


_SAID_BY_RECIPIENT = frozenset({ReportedEvent.COMPLAINED, ReportedEvent.UNSUBSCRIBED})


def _address(keyring: Keyring, row: ResultRow) -> str:
    try:
        return payloads.unseal(keyring, row.id, row.payload_sealed).address
    except SealBrokenError:
        return ""  # the payload was altered in the ledger; the blind index still identifies the address


def _move_deliveries(conn: WriteConnection, broadcast: int, moves: Sequence[tuple[ResultRow, Report]]) -> None:
    """Give deliveries of one broadcast, which is locked, the states that were reported."""
    seqs_by_change: dict[tuple[str, str], list[int]] = {}
    new_states = []
    for row, report in moves:
        state = STATE_OF_EVENT[report.happened]
        new_states.append(state.value)
        reason = (report.code or state.value) if state in _WITH_REASON else ""
        seqs_by_change.setdefault((state.value, reason), []).append(row.seq)
    change = update(deliveries).where(in_numbers(conn.dialect.name, deliveries.c.seq, "seqs"))
    for (new_state, reason), seqs in seqs_by_change.items():
        conn.execute(change.values(state=new_state, reason=reason, due_at=0), {"seqs": list_parameter(conn, seqs)})
    if moves:
        delivery_counters.apply_changes(
            conn, broadcast, delivery_counters.changes_by_moves([row for row, _ in moves], new_states)
        )
        broadcasts.finish_if_done(conn, broadcast)


def _update_attempts(conn: WriteConnection, reported: Sequence[tuple[ResultRow, DeliveryReports]], now: int) -> None:
    """Record at the attempts that they were taken, with the provider's reference and words.

    The first reference stays; the number of segments is the newest. The words are those of the report that moved the
    delivery. Of erased people no words are kept, for they may repeat the address.
    """
    statements = _report_statements(conn.dialect.name)
    seqs = list_parameter(conn, [row.seq for row, _ in reported])
    recorded = {(row.delivery, row.n): row for row in conn.execute(statements.read_attempts, {"seqs": seqs})}
    changes = []
    for row, delivery in reported:
        for number, reports in _by_attempt(delivery.reports, row.attempts).items():
            before = recorded.get((row.seq, number))
            if before is None:
                continue  # the ledger was restored from a backup that is older than the attempt
            reference = before.reference or next((report.reference for report in reports if report.reference), "")
            moved_by = delivery.moved_by
            detail = moved_by.detail if moved_by and moved_by in reports and delivery.address else ""
            segments = max((report.segments for report in reports), default=0) or before.segments
            new = (Outcome.ACCEPTED.value, reference, detail or before.detail, segments)
            if new != (before.outcome, before.reference, before.detail, before.segments):
                ended = to_micros(before.ended_at) if before.ended_at else now
                changes.append((ended, *new, row.seq, number))
    if changes:
        run_for_rows(conn, statements.update_attempt, changes)


def _by_attempt(reports: Sequence[Report], last: int) -> dict[int, list[Report]]:
    """Reports by the number of their attempt; where none is named it is most likely the last one."""
    by_attempt: dict[int, list[Report]] = {}
    for report in reports:
        by_attempt.setdefault(_split_attempt_id(report)[1] or last, []).append(report)
    return by_attempt
