"""The queued deliveries of a broadcast, counted by provider and zone."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database.column_types import from_micros
from broadcaster.ledger.database.conditions import IS_QUEUED
from broadcaster.ledger.database.tables import counters, deliveries


@dataclass(frozen=True, slots=True)
class QueuedInZone:
    """The queued deliveries of one provider and zone: how many, and when the first is due."""

    channel: Channel
    provider: str
    zone: int
    queued: int
    earliest: datetime


def list_queued_by_zone(conn: Connection, broadcast_id: str) -> list[QueuedInZone]:
    """The queued deliveries of a broadcast, by provider and zone."""
    query = _QUEUED_BY_ZONE.where(counters.c.broadcast == broadcasts.seq_of(conn, broadcast_id))
    return [
        QueuedInZone(Channel(row.channel), row.provider, row.zone, row.queued, from_micros(row.earliest))
        for row in conn.execute(query)
        if row.earliest is not None
    ]


# One index lookup for each zone finds its earliest row. The number comes from the counters: counting rows would take
# time in proportion to the queue.
_EARLIEST_DUE = select(func.min(deliveries.c.due_at)).where(
    deliveries.c.broadcast == counters.c.broadcast,
    deliveries.c.channel == counters.c.channel,
    deliveries.c.provider == counters.c.provider,
    deliveries.c.zone == counters.c.zone,
    IS_QUEUED,
)
_QUEUED_BY_ZONE = select(
    counters.c.channel,
    counters.c.provider,
    counters.c.zone,
    counters.c.n.label("queued"),
    _EARLIEST_DUE.correlate(counters).scalar_subquery().label("earliest"),
).where(counters.c.state == DeliveryState.QUEUED.value, counters.c.n > 0)
