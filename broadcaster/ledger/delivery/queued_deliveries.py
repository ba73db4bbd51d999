"""What of a broadcast still waits in the queue, and from when on it may go."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database.column_types import from_micros
from broadcaster.ledger.database.tables import counters as counted
from broadcaster.ledger.database.tables import deliveries
from broadcaster.ledger.delivery.claim_statements import IS_QUEUED


@dataclass(frozen=True, slots=True)
class QueuedInZone:
    """What waits in one zone for one provider: how many, and from when on the first may go."""

    channel: Channel
    provider: str
    zone: int
    queued: int
    earliest: datetime


def list_queued_by_zone(conn: Connection, broadcast_id: str) -> list[QueuedInZone]:
    """What a broadcast still has queued, by provider and zone."""
    query = _QUEUED_BY_ZONE.where(counted.c.broadcast == broadcasts.seq_of(conn, broadcast_id))
    return [
        QueuedInZone(Channel(row.channel), row.provider, row.zone, row.queued, from_micros(row.earliest))
        for row in conn.execute(query)
        if row.earliest is not None
    ]


# Each zone's first row is one look into the index; how many there are the counters know. Counting them would take as
# long as there are many.
_EARLIEST_DUE = select(func.min(deliveries.c.due_at)).where(
    deliveries.c.broadcast == counted.c.broadcast,
    deliveries.c.channel == counted.c.channel,
    deliveries.c.provider == counted.c.provider,
    deliveries.c.zone == counted.c.zone,
    IS_QUEUED,
)
_QUEUED_BY_ZONE = select(
    counted.c.channel,
    counted.c.provider,
    counted.c.zone,
    counted.c.n.label("queued"),
    _EARLIEST_DUE.correlate(counted).scalar_subquery().label("earliest"),
).where(counted.c.state == DeliveryState.QUEUED.value, counted.c.n > 0)
