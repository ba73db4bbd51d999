"""Unsure deliveries and their settling, and other changes of many deliveries: skipping and queueing again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.keys import Keyring
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.database.conditions import IS_LATEST_ATTEMPT, IS_QUEUED, IS_SETTLED, IS_UNSURE_OR_HELD
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, in_numbers, list_parameter
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.tables import attempts, deliveries
from broadcaster.ledger.delivery import payloads
from broadcaster.ledger.delivery.payloads import Payload

_MOVING = [deliveries.c[name] for name in ("seq", "id", "provider", "channel", "zone", "state", "resent")]


@dataclass(frozen=True, slots=True)
class UnsureDeliveryRow:
    """A delivery that the provider may or may not have. `phase`, `code` and `detail` are of its latest attempt."""

    seq: int
    id: str
    attempt: int
    channel: Channel
    provider: str
    skeleton: int
    zone: int
    state: DeliveryState
    reason: str
    resent: bool
    started_at: datetime
    phase: str
    code: str
    reference: str
    detail: str
    sealed: bytes
    keyring: Keyring

    @property
    def attempt_id(self) -> str:
        """The id that the provider was given, as `Claimed.attempt_id`."""
        return f"{self.id}-{self.attempt}"

    @property
    def payload(self) -> Payload:
        """The personal part, unsealed. Raises `SealBrokenError`."""
        return payloads.unseal(self.keyring, self.id, self.sealed)


def list_unsure(
    conn: Connection, broadcast_id: str, states: Collection[DeliveryState] = (DeliveryState.UNSURE,)
) -> list[UnsureDeliveryRow]:
    """The unsure deliveries of a broadcast; with HELD among `states` also those that wait for a person."""
    query = (
        select(deliveries, attempts)
        .join(attempts, IS_LATEST_ATTEMPT)
        .where(deliveries.c.broadcast == broadcasts.seq_of(conn, broadcast_id), IS_UNSURE_OR_HELD)
        .where(deliveries.c.state.in_(list(states)))
        .order_by(deliveries.c.seq)
    )
    keyring = keyring_of(conn)
    return [_unsure_delivery(row, keyring) for row in conn.execute(query)]


def settle(
    conn: WriteConnection, broadcast_id: str, ids: Collection[str] | None, state: DeliveryState, reason: str = ""
) -> int:
    """Settle unsure and held deliveries, all or those of these ids; returns how many were settled.

    QUEUED sends each once more, but only once: one that was resent before becomes HELD. A finished broadcast is
    reopened for it; in a cancelled one they stay as they are. Any other state is what a person or the provider's
    evidence says of them.
    """
    broadcast, broadcast_state = broadcasts.lock(conn, broadcast_id)
    resend = state is DeliveryState.QUEUED
    if resend and broadcast_state is BroadcastState.CANCELLED:
        return 0
    query = select(*_MOVING).where(deliveries.c.broadcast == broadcast, IS_UNSURE_OR_HELD)
    rows = [row for row in conn.execute(query.order_by(deliveries.c.seq)) if ids is None or row.id in ids]
    refused = [row for row in rows if resend and row.resent]
    moving = [row for row in rows if not (resend and row.resent)]
    _move_deliveries(
        conn, broadcast, moving, {"state": state, "reason": reason, "due_at": 0} | ({"resent": 1} if resend else {})
    )
    _move_deliveries(
        conn, broadcast, refused, {"state": DeliveryState.HELD, "reason": DeliveryReason.RESENT_ALREADY.value}
    )
    if resend:
        _reopen_if_finished(conn, broadcast, broadcast_state, moving)
    return len(moving)


def requeue_untaken(conn: WriteConnection, broadcast_id: str, ids: Collection[str]) -> int:
    """Queue deliveries that the provider proved never to have had; returns how many were queued.

    They may be tried as often as any other: this does not count as sending once more. In a cancelled broadcast they are
    skipped. Those of an erased person, and those that were resent, are left to a person.
    """
    broadcast, broadcast_state = broadcasts.lock(conn, broadcast_id)
    query = select(*_MOVING).where(deliveries.c.broadcast == broadcast, deliveries.c.resent == 0, IS_UNSURE_OR_HELD)
    rows = [row for row in conn.execute(query.order_by(deliveries.c.seq)) if row.id in ids]
    if broadcast_state is BroadcastState.CANCELLED:
        _move_deliveries(
            conn, broadcast, rows, {"state": DeliveryState.SKIPPED, "reason": DeliveryReason.CANCELLED.value}
        )
        return 0
    _move_deliveries(conn, broadcast, rows, {"state": DeliveryState.QUEUED, "reason": "", "due_at": 0})
    _reopen_if_finished(conn, broadcast, broadcast_state, rows)
    return len(rows)


def skip_queued(conn: WriteConnection, broadcast_id: str, reason: str, limit: int = 1000) -> int:
    """Skip up to `limit` queued deliveries of a broadcast; returns how many.

    Call it until it returns 0, each time in its own transaction, so that other writers wait only briefly.
    """
    broadcast, _ = broadcasts.lock(conn, broadcast_id)
    query = select(*_MOVING).where(deliveries.c.broadcast == broadcast, IS_QUEUED).limit(limit).with_for_update()
    rows = conn.execute(query).all()
    _move_deliveries(conn, broadcast, rows, {"state": DeliveryState.SKIPPED, "reason": reason})
    broadcasts.finish_if_done(conn, broadcast)
    return len(rows)


def count_refusals_by_reason(conn: Connection, broadcast_id: str) -> dict[str, int]:
    """The number of refused deliveries of a broadcast by reason, without those that were resent."""
    query = (
        select(deliveries.c.reason, func.count().label("n"))
        .where(deliveries.c.broadcast == broadcasts.seq_of(conn, broadcast_id), *_is_refused_once())
        .group_by(deliveries.c.reason)
        .order_by(deliveries.c.reason)
    )
    return {row.reason: row.n for row in conn.execute(query)}


def requeue_refused(conn: WriteConnection, broadcast_id: str, reasons: Collection[str], limit: int = 1000) -> int:
    """Queue up to `limit` refused deliveries with one of these reasons again, each only once; returns how many.

    Call it until it returns 0. A finished broadcast is reopened for it; in a cancelled one nothing is queued.
    """
    broadcast, broadcast_state = broadcasts.lock(conn, broadcast_id)
    if broadcast_state is BroadcastState.CANCELLED:
        return 0
    query = (
        select(*_MOVING)
        .where(deliveries.c.broadcast == broadcast, *_is_refused_once(), deliveries.c.reason.in_(sorted(reasons)))
        .order_by(deliveries.c.seq)
        .limit(limit)
    )
    rows = conn.execute(query).all()
    _move_deliveries(conn, broadcast, rows, {"state": DeliveryState.QUEUED, "reason": "", "due_at": 0, "resent": 1})
    _reopen_if_finished(conn, broadcast, broadcast_state, rows)
    return len(rows)


def _is_refused_once() -> tuple[Any, ...]:
    """Refused deliveries that were not resent; those of an erased person count as resent."""
    return IS_SETTLED, deliveries.c.state == DeliveryState.REFUSED.value, deliveries.c.resent == 0


def _reopen_if_finished(
    conn: WriteConnection, broadcast: int, broadcast_state: BroadcastState, rows: Sequence[ResultRow]
) -> None:
    """Reopen a finished broadcast in which deliveries were queued."""
    if rows and broadcast_state is BroadcastState.FINISHED:
        broadcasts.reopen_finished(conn, broadcast)


def _move_deliveries(conn: WriteConnection, broadcast: int, rows: Sequence[ResultRow], values: dict[str, Any]) -> None:
    """Give rows new values and update the counters. The caller has read them under the broadcast's lock."""
    if not rows:
        return
    change = update(deliveries).where(in_numbers(conn.dialect.name, deliveries.c.seq, "seqs")).values(values)
    conn.execute(change, {"seqs": list_parameter(conn, [row.seq for row in rows])})
    delivery_counters.apply_changes(
        conn, broadcast, delivery_counters.changes_by_moves(rows, [values["state"].value] * len(rows))
    )


def _unsure_delivery(row: ResultRow, keyring: Keyring) -> UnsureDeliveryRow:
    return UnsureDeliveryRow(
        seq=row.seq,
        id=row.id,
        attempt=row.n,
        channel=Channel(row.channel),
        provider=row.provider,
        skeleton=row.skeleton,
        zone=row.zone,
        state=DeliveryState(row.state),
        reason=row.reason,
        resent=bool(row.resent),
        started_at=row.started_at,
        phase=row.phase,
        code=row.code,
        reference=row.reference,
        detail=row.detail,
        sealed=row.payload_sealed,
        keyring=keyring,
    )
