"""Settling by people: what is in doubt, and what a cancelled broadcast still had queued."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text, update

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.keys import Keyring
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, in_numbers, numbers_parameter
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.tables import attempts, deliveries
from broadcaster.ledger.delivery import payloads
from broadcaster.ledger.delivery.payloads import Payload

_IS_UNSURE_OR_HELD = text("deliveries.state IN ('unsure', 'held')")
_QUEUED = text("deliveries.state = 'queued'")
# In the words of the index over them, or SQLite does not see that it may use it.
_SETTLED = text("deliveries.state NOT IN ('queued', 'sending')")
_MOVING = [deliveries.c[name] for name in ("seq", "id", "provider", "channel", "zone", "state", "resent")]

RESENT_ALREADY = "resent-already"
"""Reason code: it was in doubt, was sent once more, and is in doubt again; a machine does not send it a third time."""


@dataclass(frozen=True, slots=True)
class UnsureDeliveryRow:
    """A delivery that may or may not have been taken. `phase`, `code` and `detail` are what its attempt left."""

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
        """As `Claimed.attempt_id`: what the provider was told."""
        return f"{self.id}-{self.attempt}"

    @property
    def payload(self) -> Payload:
        """Who it is, to be shown to a person. Raises `SealBrokenError`."""
        return payloads.unseal(self.keyring, self.id, self.sealed)


def list_unsure(
    conn: Connection, broadcast_id: str, states: Collection[DeliveryState] = (DeliveryState.UNSURE,)
) -> list[UnsureDeliveryRow]:
    """The deliveries of a broadcast that are in doubt; with HELD among `states` also those that a person holds."""
    query = (
        select(deliveries, attempts)
        .join(attempts, (attempts.c.delivery == deliveries.c.seq) & (attempts.c.n == deliveries.c.attempts))
        .where(deliveries.c.broadcast == broadcasts.seq_of(conn, broadcast_id), _IS_UNSURE_OR_HELD)
        .where(deliveries.c.state.in_(list(states)))
        .order_by(deliveries.c.seq)
    )
    keyring = keyring_of(conn)
    return [_unsure_delivery(row, keyring) for row in conn.execute(query)]


def settle(
    conn: WriteConnection, broadcast_id: str, ids: Collection[str] | None, state: DeliveryState, reason: str = ""
) -> int:
    """Settle deliveries in doubt, all of them or those of these ids; the number settled.

    QUEUED sends them once more: each only once, so that one resent before becomes HELD instead. A finished broadcast
    is sent again for it; in a cancelled one nothing is queued, and they stay as they are. Any other state is what a
    person or the provider's evidence says of them.
    """
    broadcast, going = broadcasts.lock(conn, broadcast_id)
    again = state is DeliveryState.QUEUED
    if again and going is BroadcastState.CANCELLED:
        return 0
    query = select(*_MOVING).where(deliveries.c.broadcast == broadcast, _IS_UNSURE_OR_HELD)
    rows = [row for row in conn.execute(query.order_by(deliveries.c.seq)) if ids is None or row.id in ids]
    refused = [row for row in rows if again and row.resent]
    moving = [row for row in rows if not (again and row.resent)]
    _move_deliveries(
        conn, broadcast, moving, {"state": state, "reason": reason, "due_at": 0} | ({"resent": 1} if again else {})
    )
    _move_deliveries(conn, broadcast, refused, {"state": DeliveryState.HELD, "reason": RESENT_ALREADY})
    if again:
        _reopen_if_finished(conn, broadcast, going, moving)
    return len(moving)


def requeue_untaken(conn: WriteConnection, broadcast_id: str, ids: Collection[str]) -> int:
    """Queue deliveries of which the provider proved that it never had them; the number queued.

    They are no longer in doubt, so this uses up nothing: they may be tried as often as any other. In a cancelled
    broadcast they are skipped instead. One whose person was erased, or that was sent once more, is left to a person.
    """
    broadcast, going = broadcasts.lock(conn, broadcast_id)
    query = select(*_MOVING).where(deliveries.c.broadcast == broadcast, deliveries.c.resent == 0, _IS_UNSURE_OR_HELD)
    rows = [row for row in conn.execute(query.order_by(deliveries.c.seq)) if row.id in ids]
    if going is BroadcastState.CANCELLED:
        _move_deliveries(conn, broadcast, rows, {"state": DeliveryState.SKIPPED, "reason": "cancelled"})
        return 0
    _move_deliveries(conn, broadcast, rows, {"state": DeliveryState.QUEUED, "reason": "", "due_at": 0})
    _reopen_if_finished(conn, broadcast, going, rows)
    return len(rows)


def skip_queued(conn: WriteConnection, broadcast_id: str, reason: str, limit: int = 1000) -> int:
    """Skip up to `limit` queued deliveries of a broadcast; call it until it answers 0, each time in a transaction of
    its own, so that nobody waits long.
    """
    broadcast, _ = broadcasts.lock(conn, broadcast_id)
    query = select(*_MOVING).where(deliveries.c.broadcast == broadcast, _QUEUED).limit(limit).with_for_update()
    rows = conn.execute(query).all()
    _move_deliveries(conn, broadcast, rows, {"state": DeliveryState.SKIPPED, "reason": reason})
    broadcasts.finish_if_done(conn, broadcast)
    return len(rows)


def count_refusals_by_reason(conn: Connection, broadcast_id: str) -> dict[str, int]:
    """How many deliveries of a broadcast were turned down for each reason, of those that nobody sent once more yet."""
    query = (
        select(deliveries.c.reason, func.count().label("n"))
        .where(deliveries.c.broadcast == broadcasts.seq_of(conn, broadcast_id), *_is_refused_once())
        .group_by(deliveries.c.reason)
        .order_by(deliveries.c.reason)
    )
    return {row.reason: row.n for row in conn.execute(query)}


def requeue_refused(conn: WriteConnection, broadcast_id: str, reasons: Collection[str], limit: int = 1000) -> int:
    """Queue up to `limit` deliveries once more that were turned down for one of these reasons; call it until it
    answers 0. Each goes back once only. A finished broadcast is sent again for it; in a cancelled one nothing is
    queued.
    """
    broadcast, going = broadcasts.lock(conn, broadcast_id)
    if going is BroadcastState.CANCELLED:
        return 0
    query = (
        select(*_MOVING)
        .where(deliveries.c.broadcast == broadcast, *_is_refused_once(), deliveries.c.reason.in_(sorted(reasons)))
        .order_by(deliveries.c.seq)
        .limit(limit)
    )
    rows = conn.execute(query).all()
    _move_deliveries(conn, broadcast, rows, {"state": DeliveryState.QUEUED, "reason": "", "due_at": 0, "resent": 1})
    _reopen_if_finished(conn, broadcast, going, rows)
    return len(rows)


def _is_refused_once() -> tuple[Any, ...]:
    """Which deliveries a provider turned down, and nobody sent once more: those of an erased person count as sent."""
    return _SETTLED, deliveries.c.state == DeliveryState.REFUSED.value, deliveries.c.resent == 0


def _reopen_if_finished(
    conn: WriteConnection, broadcast: int, going: BroadcastState, rows: Sequence[ResultRow]
) -> None:
    """Open a finished broadcast again for what was queued in it."""
    if rows and going is BroadcastState.FINISHED:
        broadcasts.reopen_finished(conn, broadcast)


def _move_deliveries(conn: WriteConnection, broadcast: int, rows: Sequence[ResultRow], values: dict[str, Any]) -> None:
    """Give rows, which the caller has just read while holding the broadcast, new values, and count them anew."""
    if not rows:
        return
    change = update(deliveries).where(in_numbers(conn.dialect.name, deliveries.c.seq, "seqs")).values(values)
    conn.execute(change, {"seqs": numbers_parameter(conn, [row.seq for row in rows])})
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
