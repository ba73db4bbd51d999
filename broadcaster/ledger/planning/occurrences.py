"""Occurrences: planned firings of a campaign, unique by its wall time, so that nothing can fire twice."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select, update

from broadcaster.domain.states import OPEN_APPROVALS, ApprovalState, OccurrenceState
from broadcaster.keys import new_id
from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, insert_if_new
from broadcaster.ledger.database.tables import approvals, occurrences
from broadcaster.ledger.planning import campaigns

_OPEN = (OccurrenceState.PLANNED, OccurrenceState.WAITING)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One planned firing: `wall` is what people wrote (naive), `due_at` when that is (UTC), `reason` what it waits
    for or why it was skipped, `changed_at` since when.
    """

    id: str
    campaign: str
    wall: datetime
    due_at: datetime
    state: OccurrenceState
    reason: str
    changed_at: datetime


def plan(conn: WriteConnection, campaign: str, wall: datetime, due_at: datetime) -> bool:
    """Write down a firing; False when it was there already, in whatever state."""
    campaigns.ensure(conn, campaign)
    row = {
        "id": new_id(),
        "campaign": campaign,
        "wall": wall,
        "due_at": due_at,
        "state": OccurrenceState.PLANNED,
        "changed_at": now_utc(),
    }
    return insert_if_new(conn, occurrences, row)


def get(conn: Connection, campaign: str, wall: datetime) -> Occurrence | None:
    """The occurrence of a campaign at a wall time."""
    return _first(conn, select(occurrences).where(occurrences.c.campaign == campaign, occurrences.c.wall == wall))


def list_unsettled(conn: Connection, campaign: str) -> list[Occurrence]:
    """All of a campaign's that are planned or waiting, earliest first."""
    query = select(occurrences).where(occurrences.c.campaign == campaign, occurrences.c.state.in_(_OPEN))
    return _all(conn, query.order_by(occurrences.c.wall))


def list_skipped_with_open_approval(conn: Connection, campaign: str, reason: str) -> list[Occurrence]:
    """A campaign's that were skipped for this reason though what was submitted for them is still to be decided or
    approved, earliest first.
    """
    its = (approvals.c.campaign == occurrences.c.campaign, approvals.c.wall == occurrences.c.wall)
    is_open = exists().where(*its, approvals.c.state.in_(OPEN_APPROVALS))
    query = select(occurrences).where(occurrences.c.campaign == campaign, is_open)
    skipped = query.where(occurrences.c.state == OccurrenceState.SKIPPED, occurrences.c.reason == reason)
    return _all(conn, skipped.order_by(occurrences.c.wall))


def list_since(conn: Connection, campaign: str, wall: datetime) -> list[Occurrence]:
    """A campaign's at this wall time and later, in whatever state, earliest first."""
    query = select(occurrences).where(occurrences.c.campaign == campaign, occurrences.c.wall >= wall)
    return _all(conn, query.order_by(occurrences.c.wall))


def next_start_after(conn: Connection, after: datetime) -> datetime | None:
    """When the clock must wake next: the first instant later than `after` at which a planned one is due, or at which
    the countdown of an approved one is over.
    """
    due = select(func.min(occurrences.c.due_at)).where(
        occurrences.c.state == OccurrenceState.PLANNED, occurrences.c.due_at > after
    )
    over = select(func.min(approvals.c.not_before)).where(
        approvals.c.state == ApprovalState.APPROVED, approvals.c.not_before > after
    )
    return min((at for query in (due, over) if (at := conn.execute(query).scalar()) is not None), default=None)


def set_state(
    conn: WriteConnection,
    occurrence_id: str,
    expected: Collection[OccurrenceState],
    state: OccurrenceState,
    reason: str = "",
) -> bool:
    """Move it on if it is still in one of the expected states; of several processes that try, one gets True."""
    change = (
        update(occurrences)
        .where(occurrences.c.id == occurrence_id, occurrences.c.state.in_(list(expected)))
        .values(state=state, reason=reason, changed_at=now_utc())
    )
    return conn.execute(change).rowcount == 1


def set_due_at(conn: WriteConnection, occurrence_id: str, due_at: datetime) -> None:
    """When one that is planned or waiting is due, where that differs from what was written down."""
    change = update(occurrences).where(
        occurrences.c.id == occurrence_id, occurrences.c.state.in_(_OPEN), occurrences.c.due_at != due_at
    )
    conn.execute(change.values(due_at=due_at, changed_at=now_utc()))


def _first(conn: Connection, query: Select[Any]) -> Occurrence | None:
    row = conn.execute(query).first()
    return None if row is None else _occurrence(row)


def _all(conn: Connection, query: Select[Any]) -> list[Occurrence]:
    return [_occurrence(row) for row in conn.execute(query)]


def _occurrence(row: ResultRow) -> Occurrence:
    state = OccurrenceState(row.state)
    return Occurrence(row.id, row.campaign, row.wall, row.due_at, state, row.reason, row.changed_at)
