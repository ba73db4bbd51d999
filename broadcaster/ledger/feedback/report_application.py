"""What a report changes: the delivery that it is about moves on, and the attempt keeps what the provider said.

Whoever applies holds the broadcasts, in the order of their ids, before it touches a delivery, as everybody does who
moves deliveries.
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
from broadcaster.ledger.database.dialect import ResultRow, in_numbers, in_texts, numbers_parameter, texts_parameter
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.tables import attempts, deliveries
from broadcaster.ledger.database.tables import broadcasts as broadcasts_table
from broadcaster.ledger.delivery import payloads
from broadcaster.ledger.feedback.reports import WaitingReport

_WITH_REASON = frozenset({DeliveryState.REFUSED, DeliveryState.BOUNCED, DeliveryState.COMPLAINED})
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class DeliveryReports:
    """What was told of one delivery. `said` is the report by which it moved, None where it stays as it was; `address`
    is empty where nobody needs it, or when its owner was erased.
    """

    broadcast: str
    channel: Channel
    provider: str
    blind: bytes
    address: str
    reports: tuple[Report, ...]
    said: Report | None


@dataclass(frozen=True, slots=True)
class AppliedReports:
    """`strangers` is how many of the reports are about no delivery of ours."""

    strangers: int
    told: tuple[DeliveryReports, ...]


def apply_reports(conn: WriteConnection, waiting: Sequence[WaitingReport], now: datetime) -> AppliedReports:
    """Move the deliveries that reports are about; the caller marks the reports, in this transaction.

    Any report proves that its attempt was taken, also of a delivery that waits to be sent once more: it is not.
    """
    about = _by_delivery(waiting)
    ours = {
        row.id: row
        for row in conn.execute(
            _report_statements(conn.dialect.name).whose, {"ids": texts_parameter(conn, list(about))}
        )
    }
    for delivery_id, row in ours.items():
        # A provider speaks of what it was given, and of nothing else.
        about[delivery_id] = [one for one in about[delivery_id] if one.provider == row.provider]
    numbers = {one: broadcasts.lock(conn, one)[0] for one in sorted({row.whose for row in ours.values()})}
    # As they stand now that nobody else moves them.
    rows = conn.execute(
        _report_statements(conn.dialect.name).there,
        {"seqs": numbers_parameter(conn, [row.seq for row in ours.values()])},
    ).all()
    told = [_delivery_reports(row, ours[row.id].whose, about[row.id], keyring_of(conn)) for row in rows]
    for broadcast_id, number in numbers.items():
        theirs = [(row, one) for row, one in zip(rows, told, strict=True) if one.broadcast == broadcast_id]
        _move_deliveries(conn, number, [(row, one.said) for row, one in theirs if one.said])
    _note_at_attempts(conn, list(zip(rows, told, strict=True)), to_micros(now))
    return AppliedReports(len(waiting) - sum(len(one.reports) for one in told), tuple(told))


class _ReportStatements(NamedTuple):
    whose: Select[Any]
    there: Select[Any]
    tried: Select[Any]
    note: str


@cache
def _report_statements(dialect: str) -> _ReportStatements:
    named = [deliveries.c[name] for name in ("seq", "id", "provider")]
    moving = [
        *named,
        *(deliveries.c[name] for name in ("channel", "zone", "state", "attempts", "blind", "payload_sealed")),
    ]
    told = ("outcome", "ended_at", "reference", "detail", "segments")
    note = (
        update(attempts)
        .where(attempts.c.delivery == bindparam("b_delivery"), attempts.c.n == bindparam("b_n"))
        .values({word: bindparam(f"b_{word}") for word in told})
    )
    order = ("ended_at", "outcome", "reference", "detail", "segments", "delivery", "n")
    return _ReportStatements(
        whose=select(*named, broadcasts_table.c.id.label("whose"))
        .join(broadcasts_table, broadcasts_table.c.seq == deliveries.c.broadcast)
        .where(in_texts(dialect, deliveries.c.id, "ids")),
        there=select(*moving).where(in_numbers(dialect, deliveries.c.seq, "seqs")),
        tried=select(attempts).where(in_numbers(dialect, attempts.c.delivery, "seqs")),
        note=compile_positional(dialect, note, tuple(f"b_{word}" for word in order)),
    )


def _by_delivery(waiting: Sequence[WaitingReport]) -> dict[str, list[WaitingReport]]:
    about: dict[str, list[WaitingReport]] = {}
    for one in waiting:
        if one.report and (delivery_id := _attempt_of(one.report)[0]):
            about.setdefault(delivery_id, []).append(one)
    return about


def _attempt_of(report: Report) -> tuple[str, int]:
    """The delivery's id, empty for what is no attempt id of ours, and the attempt's number; 0 where none was named."""
    delivery_id, hyphen, digits = report.attempt_id.partition("-")
    if not hyphen:
        return delivery_id, 0
    good = digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS and int(digits) > 0
    return (delivery_id, int(digits)) if good else ("", 0)


def _delivery_reports(
    row: ResultRow, broadcast_id: str, waiting: Sequence[WaitingReport], keyring: Keyring
) -> DeliveryReports:
    reports = tuple(one.report for one in waiting if one.report)
    _, said = furthest_state(DeliveryState(row.state), reports)
    asked = any(one.detail or one.strikes or one.happened in _SAID_BY_RECIPIENT for one in reports)
    address = _address(keyring, row) if asked else ""
    return DeliveryReports(broadcast_id, Channel(row.channel), row.provider, row.blind, address, reports, said)


_SAID_BY_RECIPIENT = frozenset({ReportedEvent.COMPLAINED, ReportedEvent.UNSUBSCRIBED})


def _address(keyring: Keyring, row: ResultRow) -> str:
    try:
        return payloads.unseal(keyring, row.id, row.payload_sealed).address
    except SealBrokenError:
        return ""  # altered in the ledger: its blind index still says whose it is


def _move_deliveries(conn: WriteConnection, broadcast: int, moving: Sequence[tuple[ResultRow, Report]]) -> None:
    """Give the deliveries of one broadcast, which is held, the states that were told of them."""
    alike: dict[tuple[str, str], list[int]] = {}
    becoming = []
    for row, said in moving:
        state = STATE_OF_EVENT[said.happened]
        becoming.append(state.value)
        reason = (said.code or state.value) if state in _WITH_REASON else ""
        alike.setdefault((state.value, reason), []).append(row.seq)
    change = update(deliveries).where(in_numbers(conn.dialect.name, deliveries.c.seq, "seqs"))
    for (state_, reason), seqs in alike.items():
        conn.execute(change.values(state=state_, reason=reason, due_at=0), {"seqs": numbers_parameter(conn, seqs)})
    if moving:
        delivery_counters.apply_changes(
            conn, broadcast, delivery_counters.changes_by_moves([row for row, _ in moving], becoming)
        )
        broadcasts.finish_if_done(conn, broadcast)


def _note_at_attempts(conn: WriteConnection, told: Sequence[tuple[ResultRow, DeliveryReports]], now: int) -> None:
    """Write down at the attempts that they were taken, and what the provider calls them and says of them.

    The first reference stays, and the segments that a text is billed as are the newest. The words are those of the
    report by which the delivery moved; of somebody who was erased none are kept, for they may repeat the address.
    """
    hot = _report_statements(conn.dialect.name)
    tried = conn.execute(hot.tried, {"seqs": numbers_parameter(conn, [row.seq for row, _ in told])})
    there = {(one.delivery, one.n): one for one in tried}
    rows = []
    for row, one in told:
        for number, reports in _by_attempt(one.reports, row.attempts).items():
            before = there.get((row.seq, number))
            if before is None:
                continue  # the ledger is older than the attempt: it was restored from a backup
            reference = before.reference or next((report.reference for report in reports if report.reference), "")
            words_ = one.said.detail if one.said in reports and one.said and one.address else ""
            segments = max((report.segments for report in reports), default=0) or before.segments
            new = (Outcome.ACCEPTED.value, reference, words_ or before.detail, segments)
            if new != (before.outcome, before.reference, before.detail, before.segments):
                ended = to_micros(before.ended_at) if before.ended_at else now
                rows.append((ended, *new, row.seq, number))
    if rows:
        run_for_rows(conn, hot.note, rows)


def _by_attempt(reports: Sequence[Report], last: int) -> dict[int, list[Report]]:
    """Reports by the number of their attempt; where none was named it is most likely the last one."""
    by: dict[int, list[Report]] = {}
    for report in reports:
        by.setdefault(_attempt_of(report)[1] or last, []).append(report)
    return by
