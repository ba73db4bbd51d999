"""Every message to one address, over all broadcasts; found by the address's blind index."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, select

from broadcaster.domain.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.tables import approvals, attempts, broadcasts, deliveries, occurrences


@dataclass(frozen=True, slots=True)
class Sent:
    """One message. `approval` is the id of what was signed for its broadcast; `tried_at` is when it was last handed to
    a provider, None while it never was; `kin` is the blind index of the person's other address, as it was then.
    """

    broadcast: str
    campaign: str
    wall: datetime
    approval: str
    delivery: str
    channel: Channel
    state: DeliveryState
    reason: str
    tried_at: datetime | None
    kin: bytes | None


def to_address(conn: Connection, channel: Channel, blind: bytes) -> list[Sent]:
    """The messages to an address, newest broadcast first."""
    found = conn.execute(_TO_ADDRESS, {"channel": channel.value, "blind": blind})
    return [
        Sent(
            row.broadcast,
            row.campaign,
            row.wall,
            row.approval,
            row.delivery,
            Channel(row.channel),
            DeliveryState(row.state),
            row.reason,
            row.tried_at,
            row.kin,
        )
        for row in found
    ]


_TRIED = select(func.max(attempts.c.started_at)).where(attempts.c.delivery == deliveries.c.seq)
# Broadcast by broadcast, one look into the unique index of its deliveries each.
_TO_ADDRESS = (
    select(
        broadcasts.c.id.label("broadcast"),
        occurrences.c.campaign,
        occurrences.c.wall,
        approvals.c.id.label("approval"),
        deliveries.c.id.label("delivery"),
        deliveries.c.channel,
        deliveries.c.state,
        deliveries.c.reason,
        deliveries.c.kin,
        _TRIED.correlate(deliveries).scalar_subquery().label("tried_at"),
    )
    .select_from(broadcasts)
    .join(occurrences, occurrences.c.seq == broadcasts.c.occurrence)
    .join(approvals, approvals.c.seq == broadcasts.c.approval)
    .join(
        deliveries,
        and_(
            deliveries.c.broadcast == broadcasts.c.seq,
            deliveries.c.channel == bindparam("channel"),
            deliveries.c.blind == bindparam("blind"),
        ),
    )
    .order_by(broadcasts.c.seq.desc())
)
