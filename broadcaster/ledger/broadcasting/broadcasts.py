"""Broadcasts: released occurrences. Whoever changes states of deliveries locks the broadcast's row first (`lock`)."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, exists, select, update

from broadcaster.domain.contact.channels import ChannelChoice
from broadcaster.domain.states import BroadcastState
from broadcaster.keys import new_id
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import delivery_counters
from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, insert_if_new
from broadcaster.ledger.database.errors import LedgerError
from broadcaster.ledger.database.tables import (
    approvals,
    brakes,
    broadcasts,
    deliveries,
    occurrences,
    runners,
    skeletons,
    zones,
)
from broadcaster.ledger.database.tables import counters as counters_table


class UnknownBroadcastError(LedgerError):
    """There is no broadcast of that id."""

    code = "broadcast-unknown"
    default_remedy = "`broadcaster status` lists the broadcasts there are."


@dataclass(frozen=True, slots=True)
class NewBroadcast:
    """What is fixed at release. `letter` is the digest of a frozen letter; `approval` and `runner` are ids.

    `setting` is what delivery needs, as JSON; it holds nothing personal.
    """

    letter: str
    approval: str
    channel: ChannelChoice
    if_unsure: str
    runner: str
    crisis_reason: str = ""
    setting: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A released occurrence.

    `halt_code` and `halt_reason` say why it halted; they are empty when a person paused it. `exclusions` has the number
    of people excluded at release, by reason.
    """

    id: str
    occurrence: str
    campaign: str
    wall: datetime
    state: BroadcastState
    letter: str
    approval: str
    channel: ChannelChoice
    if_unsure: str
    crisis_reason: str
    released_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    halt_code: str
    halt_reason: str
    exclusions: dict[str, int]
    setting: dict[str, Any]


def create(conn: WriteConnection, occurrence_id: str, new: NewBroadcast) -> str | None:
    """Create the broadcast of an occurrence, releasing; returns its id, or None when the occurrence has one."""
    broadcast_id = new_id()
    row = {
        "id": broadcast_id,
        "occurrence": select(occurrences.c.seq).where(occurrences.c.id == occurrence_id).scalar_subquery(),
        "approval": select(approvals.c.seq).where(approvals.c.id == new.approval).scalar_subquery(),
        "runner": select(runners.c.seq).where(runners.c.id == new.runner).scalar_subquery(),
        "state": BroadcastState.RELEASING,
        "letter": new.letter,
        "channel": new.channel,
        "if_unsure": new.if_unsure,
        "crisis_reason": new.crisis_reason,
        "setting": json.dumps(new.setting or {}, sort_keys=True),
        "released_at": now_utc(),
    }
    return broadcast_id if insert_if_new(conn, broadcasts, row) else None


def get(conn: Connection, broadcast_id: str) -> Broadcast | None:
    """The broadcast of that id."""
    row = conn.execute(_query().where(broadcasts.c.id == broadcast_id)).first()
    return None if row is None else _broadcast(row)


def get_of_occurrence(conn: Connection, occurrence_id: str) -> Broadcast | None:
    """The broadcast of an occurrence."""
    row = conn.execute(_query().where(occurrences.c.id == occurrence_id)).first()
    return None if row is None else _broadcast(row)


def get_unfinished_release(conn: Connection, occurrence_id: str, runner: str) -> str | None:
    """The id of an occurrence's broadcast that a runner (its id) is still releasing."""
    query = (
        select(broadcasts.c.id)
        .join(occurrences, occurrences.c.seq == broadcasts.c.occurrence)
        .join(runners, runners.c.seq == broadcasts.c.runner)
        .where(occurrences.c.id == occurrence_id, runners.c.id == runner)
        .where(broadcasts.c.state == BroadcastState.RELEASING.value)
    )
    return conn.execute(query).scalar()


def list_recent(conn: Connection, limit: int = 50) -> list[Broadcast]:
    """The newest broadcasts, newest first."""
    return [_broadcast(row) for row in conn.execute(_query().order_by(broadcasts.c.seq.desc()).limit(limit))]


def list_by_provider(conn: Connection, provider: str, before: str, limit: int) -> list[Broadcast]:
    """Broadcasts with deliveries by a provider, newest first; with `before` (an id), the older ones."""
    has_deliveries = and_(
        counters_table.c.broadcast == broadcasts.c.seq, counters_table.c.provider == provider, counters_table.c.n > 0
    )
    query = _query().where(exists().where(has_deliveries))
    if before:
        query = query.where(
            broadcasts.c.seq < select(broadcasts.c.seq).where(broadcasts.c.id == before).scalar_subquery()
        )
    return [_broadcast(row) for row in conn.execute(query.order_by(broadcasts.c.seq.desc()).limit(limit))]


def list_of_campaign(conn: Connection, campaign: str, limit: int = 50) -> list[Broadcast]:
    """A campaign's newest broadcasts, newest first."""
    query = _query().where(occurrences.c.campaign == campaign).order_by(broadcasts.c.seq.desc()).limit(limit)
    return [_broadcast(row) for row in conn.execute(query)]


def has_campaign_sent(conn: Connection, campaign: str) -> bool:
    """Whether any broadcast of a campaign has begun to send. One that is still releasing may yet be discarded."""
    begun = _query().where(occurrences.c.campaign == campaign, broadcasts.c.state != BroadcastState.RELEASING)
    return conn.execute(begun.limit(1)).first() is not None


def list_by_id_prefix(conn: Connection, start: str) -> list[Broadcast]:
    """The broadcasts whose id begins so: people need not type all of it."""
    query = _query().where(broadcasts.c.id.startswith(start, autoescape=True)).order_by(broadcasts.c.seq)
    return [_broadcast(row) for row in conn.execute(query)]


def list_halted(conn: Connection) -> list[Broadcast]:
    """The broadcasts that halted and wait for a person, oldest first."""
    query = _query().where(broadcasts.c.state == BroadcastState.PAUSED, broadcasts.c.halt_code != "")
    return [_broadcast(row) for row in conn.execute(query.order_by(broadcasts.c.seq))]


def list_ended_with_halt_code(conn: Connection, since: datetime) -> list[Broadcast]:
    """The broadcasts that ended since a moment and would have been halted after their end, oldest first."""
    ended = (BroadcastState.FINISHED, BroadcastState.CANCELLED)
    query = _query().where(
        broadcasts.c.state.in_(ended), broadcasts.c.halt_code != "", broadcasts.c.finished_at >= since
    )
    return [_broadcast(row) for row in conn.execute(query.order_by(broadcasts.c.seq))]


def list_under_way(conn: Connection) -> list[Broadcast]:
    """The broadcasts that are releasing or sending, oldest first."""
    under_way = (BroadcastState.RELEASING, BroadcastState.SENDING)
    query = _query().where(broadcasts.c.state.in_(under_way)).order_by(broadcasts.c.seq)
    return [_broadcast(row) for row in conn.execute(query)]


def list_sending_ids(conn: Connection) -> list[str]:
    """The ids of the broadcasts that are sending, oldest first."""
    query = select(broadcasts.c.id).where(broadcasts.c.state == BroadcastState.SENDING).order_by(broadcasts.c.seq)
    return list(conn.execute(query).scalars())


def set_state(
    conn: WriteConnection, broadcast_id: str, expected: Collection[BroadcastState], new: BroadcastState
) -> bool:
    """Change the state of a broadcast that is in one of the expected states; False when it is in another.

    A broadcast without open deliveries finishes at once. Its halt is cleared.
    """
    broadcast, state = lock(conn, broadcast_id)
    if state not in expected:
        return False
    values: dict[str, object] = {"state": new, "halt_code": "", "halt_reason": ""}
    if state is BroadcastState.RELEASING and new is BroadcastState.SENDING:
        values["started_at"] = now_utc()
    if new is BroadcastState.CANCELLED:
        values["finished_at"] = now_utc()
    conn.execute(update(broadcasts).where(broadcasts.c.seq == broadcast).values(values))
    finish_if_done(conn, broadcast)
    return True


def halt(conn: WriteConnection, broadcast_id: str, code: str, reason: str) -> bool:
    """Halt a sending broadcast: pause it with a code and a reason in plain words. False when it is not sending."""
    if not set_state(conn, broadcast_id, {BroadcastState.SENDING}, BroadcastState.PAUSED):
        return False
    change = update(broadcasts).where(broadcasts.c.id == broadcast_id)
    conn.execute(change.values(halt_code=code, halt_reason=reason))
    return True


def note_late_halt(conn: WriteConnection, broadcast_id: str, code: str, reason: str) -> None:
    """Record at a broadcast that has ended what would have halted it."""
    ended = (BroadcastState.FINISHED, BroadcastState.CANCELLED)
    change = update(broadcasts).where(broadcasts.c.id == broadcast_id, broadcasts.c.state.in_(ended))
    conn.execute(change.values(halt_code=code, halt_reason=reason))


def set_exclusions(conn: WriteConnection, broadcast_id: str, exclusions: Mapping[str, int]) -> None:
    """Store how many people were excluded at release, by reason."""
    change = update(broadcasts).where(broadcasts.c.id == broadcast_id)
    conn.execute(change.values(exclusions=json.dumps(exclusions, sort_keys=True)))


def set_crisis(conn: WriteConnection, broadcast_id: str, reason: str) -> None:
    """Let a broadcast send in quiet hours too, for this reason; an earlier reason stays."""
    change = update(broadcasts).where(broadcasts.c.id == broadcast_id, broadcasts.c.crisis_reason == "")
    conn.execute(change.values(crisis_reason=reason))


def discard(conn: WriteConnection, broadcast_id: str) -> bool:
    """Delete a broadcast that is still releasing; False, and nothing is deleted, in any other state."""
    broadcast, state = lock(conn, broadcast_id)
    if state is not BroadcastState.RELEASING:
        return False
    for table in (deliveries, counters_table, brakes, skeletons, zones):
        conn.execute(delete(table).where(table.c.broadcast == broadcast))
    conn.execute(delete(broadcasts).where(broadcasts.c.seq == broadcast))
    return True


def lock(conn: Connection, broadcast_id: str) -> tuple[int, BroadcastState]:
    """Lock a broadcast until the transaction ends; returns its number and state.

    Every transaction that changes states of deliveries takes this lock first. Several are taken in the order of their
    ids, which prevents deadlocks. Raises `UnknownBroadcastError`.
    """
    row = conn.execute(_LOCK, {"id": broadcast_id}).first()
    if row is None:
        raise UnknownBroadcastError("there is no such broadcast")
    return row.seq, BroadcastState(row.state)


def seq_of(conn: Connection, broadcast_id: str) -> int:
    """The number (`seq`) of a broadcast. Raises `UnknownBroadcastError`."""
    seq = conn.execute(select(broadcasts.c.seq).where(broadcasts.c.id == broadcast_id)).scalar()
    if seq is None:
        raise UnknownBroadcastError("there is no such broadcast")
    return int(seq)


def finish_if_done(conn: WriteConnection, broadcast: int) -> bool:
    """Finish a broadcast (its number) without open deliveries, with an audit entry. The caller holds its lock."""
    if delivery_counters.count_open(conn, broadcast):
        return False
    unfinished = (BroadcastState.SENDING, BroadcastState.PAUSED)
    change = update(broadcasts).where(broadcasts.c.seq == broadcast, broadcasts.c.state.in_(unfinished))
    if conn.execute(change.values(state=BroadcastState.FINISHED, finished_at=now_utc())).rowcount != 1:
        return False
    finished = conn.execute(_query().where(broadcasts.c.seq == broadcast)).one()
    audit.record_automatic(conn, audit.CLOCK, "finish", finished.campaign, broadcast=finished.id)
    return True


def reopen_finished(conn: WriteConnection, broadcast: int) -> None:
    """Set a finished broadcast (its number) to sending, for deliveries that were queued. The caller holds its lock."""
    change = update(broadcasts).where(broadcasts.c.seq == broadcast, broadcasts.c.state == BroadcastState.FINISHED)
    conn.execute(change.values(state=BroadcastState.SENDING, finished_at=None))


# FOR NO KEY UPDATE: inserting rows that refer to the broadcast need not wait.
_LOCK = (
    select(broadcasts.c.seq, broadcasts.c.state)
    .where(broadcasts.c.id == bindparam("id"))
    .with_for_update(key_share=True)
)


def _query() -> Select[Any]:
    return (
        select(
            broadcasts,
            occurrences.c.id.label("occurrence_id"),
            occurrences.c.campaign,
            occurrences.c.wall,
            approvals.c.id.label("approval_id"),
        )
        .join(occurrences, occurrences.c.seq == broadcasts.c.occurrence)
        .join(approvals, approvals.c.seq == broadcasts.c.approval)
    )


def _broadcast(row: ResultRow) -> Broadcast:
    return Broadcast(
        id=row.id,
        occurrence=row.occurrence_id,
        campaign=row.campaign,
        wall=row.wall,
        state=BroadcastState(row.state),
        letter=row.letter,
        approval=row.approval_id,
        channel=ChannelChoice(row.channel),
        if_unsure=row.if_unsure,
        crisis_reason=row.crisis_reason,
        released_at=row.released_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        halt_code=row.halt_code,
        halt_reason=row.halt_reason,
        exclusions=json.loads(row.exclusions),
        setting=json.loads(row.setting),
    )
