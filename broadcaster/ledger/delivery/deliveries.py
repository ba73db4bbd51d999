"""Deliveries: one message to one person each, inserted by the thousand at release and read one by one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.keys import Keyring
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.database.bulk import insert_new_rows
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, in_numbers, list_parameter
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.tables import attempts, deliveries
from broadcaster.ledger.database.tables import broadcasts as broadcasts_table
from broadcaster.ledger.delivery import payloads
from broadcaster.ledger.delivery.payloads import Payload

__all__ = [
    "Attempt",
    "Delivery",
    "NewDelivery",
    "Payload",
    "get",
    "insert",
    "last_attempt_at",
    "list_attempts",
    "list_by_numbers",
    "list_to_address",
    "list_unreported_to",
]

_COLUMNS = (
    "id",
    "broadcast",
    "channel",
    "provider",
    "state",
    "reason",
    "zone",
    "language",
    "skeleton",
    "blind",
    "payload_sealed",
    "kin",
)


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A message to send; with `state` SKIPPED and a `reason`, one that is not to be sent.

    `skeleton` and `zone` are numbers within the broadcast. `blind` is the blind index of the address, `sibling` that of
    the person's address on the other channel, so that an opt-out by one of them counts for both.
    """

    id: str
    channel: Channel
    provider: str
    language: str
    skeleton: int
    zone: int
    blind: bytes
    payload: Payload
    state: DeliveryState = DeliveryState.QUEUED
    reason: str = ""
    sibling: bytes | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as stored. `attempts` is the number of its attempts; `broadcast` is an id."""

    seq: int
    id: str
    broadcast: str
    channel: Channel
    provider: str
    language: str
    skeleton: int
    state: DeliveryState
    reason: str
    attempts: int
    blind: bytes
    sibling: bytes | None
    sealed: bytes

    def payload(self, keyring: Keyring) -> Payload:
        """The personal part, unsealed. Raises `SealBrokenError`."""
        return payloads.unseal(keyring, self.id, self.sealed)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt and its result. `outcome` is "" while it is open."""

    n: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    code: str
    reference: str
    detail: str
    segments: int


def insert(conn: WriteConnection, broadcast_id: str, rows: Sequence[NewDelivery]) -> int:
    """Insert deliveries, about a thousand at a time; returns how many were inserted.

    The others have an address that has a delivery on that channel of the broadcast. Raises `UnknownBroadcastError`.
    """
    broadcast, _ = broadcasts.lock(conn, broadcast_id)
    keyring = keyring_of(conn)
    raw = [
        (
            row.id,
            broadcast,
            row.channel.value,
            row.provider,
            row.state.value,
            row.reason,
            row.zone,
            row.language,
            row.skeleton,
            row.blind,
            payloads.seal(keyring, row.id, row.payload),
            row.sibling,
        )
        for row in rows
    ]
    count = insert_new_rows(conn, deliveries, _COLUMNS, raw)
    new = rows if count == len(rows) else _select_inserted(conn, rows)
    added = Counter((row.provider, row.channel.value, row.zone, row.state.value) for row in new)
    delivery_counters.apply_changes(conn, broadcast, added)
    return count


def get(conn: Connection, delivery_id: str) -> Delivery | None:
    """The delivery of that id."""
    row = conn.execute(_QUERY.where(deliveries.c.id == delivery_id)).first()
    return None if row is None else _delivery(row)


def last_attempt_at(conn: Connection, seq: int) -> datetime | None:
    """When the latest attempt at a delivery (its number) began; None without attempts."""
    return conn.execute(select(func.max(attempts.c.started_at)).where(attempts.c.delivery == seq)).scalar()


def list_to_address(conn: Connection, broadcast_id: str, blind: bytes) -> list[Delivery]:
    """The deliveries of a broadcast to an address (its blind index): at most one for each channel."""
    broadcast = broadcasts.seq_of(conn, broadcast_id)
    query = _QUERY.where(
        deliveries.c.broadcast == broadcast,
        deliveries.c.channel.in_([channel.value for channel in Channel]),  # so that the unique index is of use
        deliveries.c.blind == blind,
    )
    return [_delivery(row) for row in conn.execute(query)]


def list_unreported_to(conn: Connection, provider: str, blind: bytes) -> list[str]:
    """The ids of deliveries to an address (its blind index) that a provider has or may have, without a report.

    Two at most: a report that names only the address is matched when there is exactly one.
    """
    unreported = (
        deliveries.c.broadcast == broadcasts_table.c.seq,
        deliveries.c.channel.in_([channel.value for channel in Channel]),  # so that the unique index is of use
        deliveries.c.blind == blind,
        deliveries.c.provider == provider,
        deliveries.c.state.in_([DeliveryState.ACCEPTED, DeliveryState.SENDING, DeliveryState.UNSURE]),
    )
    query = select(deliveries.c.id).select_from(broadcasts_table.join(deliveries, and_(*unreported)))
    return list(conn.execute(query.limit(2)).scalars())


def list_attempts(conn: Connection, seq: int) -> list[Attempt]:
    """The attempts at a delivery (its number), oldest first."""
    query = select(attempts).where(attempts.c.delivery == seq).order_by(attempts.c.n)
    return [
        Attempt(row.n, row.started_at, row.ended_at, row.outcome, row.code, row.reference, row.detail, row.segments)
        for row in conn.execute(query)
    ]


def list_by_numbers(conn: Connection, seqs: Sequence[int]) -> list[Delivery]:
    """The deliveries of these numbers, in the order of their numbers."""
    query = _QUERY.where(in_numbers(conn.dialect.name, deliveries.c.seq, "seqs")).order_by(deliveries.c.seq)
    return [_delivery(row) for row in conn.execute(query, {"seqs": list_parameter(conn, list(seqs))})]


_QUERY = select(deliveries, broadcasts_table.c.id.label("broadcast_id")).join(
    broadcasts_table, broadcasts_table.c.seq == deliveries.c.broadcast
)


def _select_inserted(conn: Connection, rows: Sequence[NewDelivery]) -> list[NewDelivery]:
    query = select(deliveries.c.id).where(deliveries.c.id.in_([row.id for row in rows]))
    inserted = set(conn.execute(query).scalars())
    return [row for row in rows if row.id in inserted]


def _delivery(row: ResultRow) -> Delivery:
    return Delivery(
        seq=row.seq,
        id=row.id,
        broadcast=row.broadcast_id,
        channel=Channel(row.channel),
        provider=row.provider,
        language=row.language,
        skeleton=row.skeleton,
        state=DeliveryState(row.state),
        reason=row.reason,
        attempts=row.attempts,
        blind=row.blind,
        sibling=row.kin,
        sealed=row.payload_sealed,
    )
