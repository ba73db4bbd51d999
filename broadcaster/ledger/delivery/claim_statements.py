"""The statements of a claim, built once for each kind of database; `claims` says in which order they run."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Insert, Select, Update, and_, bindparam, exists, func, or_, select, text, update

from broadcaster.domain.contact.preferences import OPTED_OUT
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger.database.dialect import in_numbers
from broadcaster.ledger.database.tables import attempts, broadcasts, consent, deliveries, runners, suppressions, zones

# Written out, not as a parameter: only so may the databases use the index that holds nothing but the queued ones.
IS_QUEUED = text("deliveries.state = 'queued'")


class ClaimStatements(NamedTuple):
    """What a claim runs, in this order."""

    busy: Select[Any]
    pick: Select[Any]
    suppressed: Select[Any]
    skip: Update
    attempt: Insert
    send: Update


@cache
def statements_for(dialect: str) -> ClaimStatements:
    """The statements for "sqlite" or "postgresql"."""
    batched = in_numbers(dialect, deliveries.c.seq, "seqs")
    alive = and_(runners.c.id == bindparam("runner"), runners.c.ended_at.is_(None))
    tried = (
        select(deliveries.c.seq, deliveries.c.attempts + 1, runners.c.seq, bindparam("now"))
        .select_from(deliveries.join(runners, alive))
        .where(batched)
    )
    return ClaimStatements(
        busy=_zones_with_due_query(dialect),
        pick=_due_deliveries_query(),
        suppressed=_suppressed_query(dialect),
        skip=update(deliveries)
        .where(deliveries.c.seq == bindparam("b_seq"), IS_QUEUED)
        .values(state=DeliveryState.SKIPPED.value, reason=bindparam("why")),
        attempt=attempts.insert()
        .from_select(["delivery", "n", "runner", "started_at"], tried)
        .execution_options(preserve_rowcount=True),
        # The guard stands here again: a row that another worker took in between must not be taken twice.
        send=update(deliveries)
        .where(batched, IS_QUEUED)
        .values(state=DeliveryState.SENDING.value, reason="", attempts=deliveries.c.attempts + 1),
    )


def _zones_with_due_query(dialect: str) -> Select[Any]:
    """Which of the wanted zones have something due, if the broadcast is being sent at all."""
    due = exists().where(_is_due(deliveries.c.broadcast == zones.c.broadcast, deliveries.c.zone == zones.c.number))
    return (
        select(zones.c.broadcast, zones.c.number)
        .join(broadcasts, broadcasts.c.seq == zones.c.broadcast)
        .where(
            broadcasts.c.id == bindparam("id"),
            broadcasts.c.state == BroadcastState.SENDING.value,
            in_numbers(dialect, zones.c.number, "zones"),
            due,
        )
        .order_by(zones.c.number)
    )


def _due_deliveries_query() -> Select[Any]:
    """Due rows of one zone, in the order of their index. The claim holds their broadcast."""
    wanted = ("seq", "id", "attempts", "language", "skeleton", "zone", "payload_sealed")
    return (
        select(*(deliveries.c[name] for name in wanted))
        .where(_is_due(deliveries.c.broadcast == bindparam("broadcast"), deliveries.c.zone == bindparam("zone")))
        .order_by(deliveries.c.due_at, deliveries.c.seq)
        .limit(bindparam("rest"))
        .with_for_update()
    )


def _suppressed_query(dialect: str) -> Select[Any]:
    """Which of a batch must not be written to after all, and why: suppressions and opt-outs in one query.

    The opt-outs are `domain.wishes.permits`: what was said by way of this address, or later by way of the other one.
    """
    own, other = consent.alias("own"), consent.alias("other")
    joined = (
        deliveries.outerjoin(suppressions, suppressions.c.blind == deliveries.c.blind)
        .outerjoin(own, own.c.blind == deliveries.c.blind)
        .outerjoin(other, other.c.blind == deliveries.c.kin)
    )
    later = or_(own.c.blind.is_(None), other.c.chosen_at > own.c.chosen_at)
    unwanted = or_(own.c.preference != deliveries.c.channel, and_(other.c.preference != deliveries.c.channel, later))
    return (
        select(deliveries.c.seq, func.coalesce(suppressions.c.reason, OPTED_OUT).label("why"))
        .select_from(joined)
        .where(in_numbers(dialect, deliveries.c.seq, "seqs"))
        .where(or_(suppressions.c.blind.is_not(None), unwanted))
    )


def _is_due(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(
        *where,
        deliveries.c.channel == bindparam("channel"),
        deliveries.c.provider == bindparam("provider"),
        IS_QUEUED,
        deliveries.c.due_at <= bindparam("now"),
    )
