"""Messages over all broadcasts: every one to an address, found by its blind index, and what servers answered."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, select

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.database.tables import approvals, attempts, broadcasts, deliveries, occurrences


@dataclass(frozen=True, slots=True)
class SentMessage:
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
    sibling: bytes | None


def list_messages_to_address(conn: Connection, channel: Channel, blind: bytes) -> list[SentMessage]:
    """The messages to an address, newest broadcast first."""
    found = conn.execute(_TO_ADDRESS, {"channel": channel.value, "blind": blind})
    return [
        SentMessage(
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


def list_failure_answers(conn: Connection, channel: Channel) -> Mapping[bytes, Sequence[str]]:
    """What was answered at last of each delivery that was turned down or came back, the oldest first, by the address's
    blind index. What has no words, or lost them when somebody was erased, is left out.
    """
    found = defaultdict(list)
    for row in conn.execute(_TURNED_DOWN, {"channel": channel.value}):
        found[row.blind].append(row.detail)
    return found


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

_LAST = select(func.max(attempts.c.n)).where(attempts.c.delivery == deliveries.c.seq)
_TURNED_DOWN = (
    select(deliveries.c.blind, attempts.c.detail)
    .select_from(broadcasts)
    .join(
        deliveries,
        and_(
            deliveries.c.broadcast == broadcasts.c.seq,
            deliveries.c.state.in_([DeliveryState.BOUNCED, DeliveryState.REFUSED]),
            deliveries.c.channel == bindparam("channel"),
        ),
    )
    .join(
        attempts,
        and_(
            attempts.c.delivery == deliveries.c.seq,
            attempts.c.n == _LAST.correlate(deliveries).scalar_subquery(),
            attempts.c.detail != "",
        ),
    )
    .order_by(attempts.c.started_at)
)
