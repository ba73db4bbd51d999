"""The statements of a claim, built once for each database; `claims` runs them."""

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Insert, Select, Update, and_, bindparam, exists, func, or_, select, update

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.ledger.database.conditions import IS_QUEUED
from broadcaster.ledger.database.dialect import in_numbers
from broadcaster.ledger.database.tables import attempts, broadcasts, consent, deliveries, runners, suppressions, zones


class ClaimStatements(NamedTuple):
    """The statements of a claim, in the order in which they run."""

    zones_with_due: Select[Any]
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
    new_attempts = (
        select(deliveries.c.seq, deliveries.c.attempts + 1, runners.c.seq, bindparam("now"))
        .select_from(deliveries.join(runners, alive))
        .where(batched)
    )
    return ClaimStatements(
        zones_with_due=_zones_with_due_query(dialect),
        pick=_due_deliveries_query(),
        suppressed=_suppressed_query(dialect),
        skip=update(deliveries)
        .where(deliveries.c.seq == bindparam("b_seq"), IS_QUEUED)
        .values(state=DeliveryState.SKIPPED.value, reason=bindparam("why")),
        attempt=attempts.insert()
        .from_select(["delivery", "n", "runner", "started_at"], new_attempts)
        .execution_options(preserve_rowcount=True),
        # IS_QUEUED again: a row that another worker has claimed since must not be claimed twice.
        send=update(deliveries)
        .where(batched, IS_QUEUED)
        .values(state=DeliveryState.SENDING.value, reason="", attempts=deliveries.c.attempts + 1),
    )


def _zones_with_due_query(dialect: str) -> Select[Any]:
    """The requested zones that have due deliveries; none unless the broadcast is sending."""
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
    """Due deliveries of one zone, in the order of their index. The claim holds the broadcast's lock."""
    columns = ("seq", "id", "attempts", "language", "skeleton", "zone", "payload_sealed")
    return (
        select(*(deliveries.c[name] for name in columns))
        .where(_is_due(deliveries.c.broadcast == bindparam("broadcast"), deliveries.c.zone == bindparam("zone")))
        .order_by(deliveries.c.due_at, deliveries.c.seq)
        .limit(bindparam("rest"))
        .with_for_update()
    )


def _suppressed_query(dialect: str) -> Select[Any]:
    """The deliveries of a batch whose address must not be written to, and why: suppressions and preferences together.

    The preferences follow `domain.contact.preferences`: the last choice by this address, or by the sibling address if
    that came later.
    """
    own, other = consent.alias("own"), consent.alias("other")
    with_choices = (
        deliveries.outerjoin(suppressions, suppressions.c.blind == deliveries.c.blind)
        .outerjoin(own, own.c.blind == deliveries.c.blind)
        .outerjoin(other, other.c.blind == deliveries.c.kin)
    )
    later = or_(own.c.blind.is_(None), other.c.chosen_at > own.c.chosen_at)
    unwanted = or_(own.c.preference != deliveries.c.channel, and_(other.c.preference != deliveries.c.channel, later))
    return (
        select(deliveries.c.seq, func.coalesce(suppressions.c.reason, DeliveryReason.OPTED_OUT.value).label("why"))
        .select_from(with_choices)
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
