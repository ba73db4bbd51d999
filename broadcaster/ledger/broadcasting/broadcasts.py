"""Broadcasts: released occurrences. Their row is what everybody who moves their deliveries holds while doing so."""

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
    """What is frozen at release. `letter` is the digest of a kept letter, `approval` and `runner` are ids.

    `setting` is whatever those who deliver need, as JSON can say it, and holds nothing personal.
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
    """A released occurrence. `halt_code` and `halt_reason` say why it was paused, when it was not by a person;
    `exclusions` how many people were left out at release, by reason.
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
    """Begin to release an occurrence: the new broadcast's id, or None when the occurrence has one already."""
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
    """The broadcast that an occurrence became."""
    row = conn.execute(_query().where(occurrences.c.id == occurrence_id)).first()
    return None if row is None else _broadcast(row)


def get_unfinished_release(conn: Connection, occurrence_id: str, runner: str) -> str | None:
    """The id of the broadcast that a runner (its id) is making of an occurrence and has not come to the end of."""
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
    """Broadcasts of which something goes by a provider, newest first; older than that of the id `before`, if any."""
    its = and_(
        counters_table.c.broadcast == broadcasts.c.seq, counters_table.c.provider == provider, counters_table.c.n > 0
    )
    query = _query().where(exists().where(its))
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
    """Whether something of a campaign went out or is going out. What is still being released is neither: it may break
    off, and nobody has anything of it.
    """
    its = _query().where(occurrences.c.campaign == campaign, broadcasts.c.state != BroadcastState.RELEASING)
    return conn.execute(its.limit(1)).first() is not None


def list_by_id_prefix(conn: Connection, start: str) -> list[Broadcast]:
    """The broadcasts whose id begins like this, so that nobody has to type all of it."""
    query = _query().where(broadcasts.c.id.startswith(start, autoescape=True)).order_by(broadcasts.c.seq)
    return [_broadcast(row) for row in conn.execute(query)]


def list_halted(conn: Connection) -> list[Broadcast]:
    """Those that paused by themselves and wait for a person, oldest first."""
    query = _query().where(broadcasts.c.state == BroadcastState.PAUSED, broadcasts.c.halt_code != "")
    return [_broadcast(row) for row in conn.execute(query.order_by(broadcasts.c.seq))]


def list_ended_with_halt_code(conn: Connection, since: datetime) -> list[Broadcast]:
    """Those that ended since then and of which much came back, oldest first."""
    over = (BroadcastState.FINISHED, BroadcastState.CANCELLED)
    query = _query().where(
        broadcasts.c.state.in_(over), broadcasts.c.halt_code != "", broadcasts.c.finished_at >= since
    )
    return [_broadcast(row) for row in conn.execute(query.order_by(broadcasts.c.seq))]


def list_under_way(conn: Connection) -> list[Broadcast]:
    """Those that are being released or sent, oldest first."""
    going = (BroadcastState.RELEASING, BroadcastState.SENDING)
    query = _query().where(broadcasts.c.state.in_(going)).order_by(broadcasts.c.seq)
    return [_broadcast(row) for row in conn.execute(query)]


def list_sending_ids(conn: Connection) -> list[str]:
    """The ids of those that hand out deliveries, oldest first."""
    query = select(broadcasts.c.id).where(broadcasts.c.state == BroadcastState.SENDING).order_by(broadcasts.c.seq)
    return list(conn.execute(query).scalars())


def set_state(
    conn: WriteConnection, broadcast_id: str, expected: Collection[BroadcastState], new: BroadcastState
) -> bool:
    """Move it on when it is in one of the expected states; False when it is not.

    What begins to send with nothing to send is finished at once. A halt is forgotten.
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
    """Pause what is being sent because no message would be taken; `reason` says it in plain words."""
    if not set_state(conn, broadcast_id, {BroadcastState.SENDING}, BroadcastState.PAUSED):
        return False
    change = update(broadcasts).where(broadcasts.c.id == broadcast_id)
    conn.execute(change.values(halt_code=code, halt_reason=reason))
    return True


def note_late_halt(conn: WriteConnection, broadcast_id: str, code: str, reason: str) -> None:
    """Remember of a broadcast that is over what would have halted it."""
    over = (BroadcastState.FINISHED, BroadcastState.CANCELLED)
    change = update(broadcasts).where(broadcasts.c.id == broadcast_id, broadcasts.c.state.in_(over))
    conn.execute(change.values(halt_code=code, halt_reason=reason))


def set_exclusions(conn: WriteConnection, broadcast_id: str, exclusions: Mapping[str, int]) -> None:
    """Remember how many people were left out at release, by reason."""
    change = update(broadcasts).where(broadcasts.c.id == broadcast_id)
    conn.execute(change.values(exclusions=json.dumps(exclusions, sort_keys=True)))


def set_crisis(conn: WriteConnection, broadcast_id: str, reason: str) -> None:
    """From now on it is sent in quiet hours too, for this reason; a reason given before stays."""
    change = update(broadcasts).where(broadcasts.c.id == broadcast_id, broadcasts.c.crisis_reason == "")
    conn.execute(change.values(crisis_reason=reason))


def discard(conn: WriteConnection, broadcast_id: str) -> bool:
    """Take back a release that did not come to its end; False when it did, for then it stays."""
    broadcast, state = lock(conn, broadcast_id)
    if state is not BroadcastState.RELEASING:
        return False
    for table in (deliveries, counters_table, brakes, skeletons, zones):
        conn.execute(delete(table).where(table.c.broadcast == broadcast))
    conn.execute(delete(broadcasts).where(broadcasts.c.seq == broadcast))
    return True


def lock(conn: Connection, broadcast_id: str) -> tuple[int, BroadcastState]:
    """Number and state, held until the transaction ends: whoever moves its deliveries takes turns here. Whoever holds
    several takes them in the order of their ids, so that nobody waits in a circle.

    Raises `UnknownBroadcastError`.
    """
    row = conn.execute(_LOCK, {"id": broadcast_id}).first()
    if row is None:
        raise UnknownBroadcastError("there is no such broadcast")
    return row.seq, BroadcastState(row.state)


def seq_of(conn: Connection, broadcast_id: str) -> int:
    """Its number inside. Raises `UnknownBroadcastError`."""
    seq = conn.execute(select(broadcasts.c.seq).where(broadcasts.c.id == broadcast_id)).scalar()
    if seq is None:
        raise UnknownBroadcastError("there is no such broadcast")
    return int(seq)


def finish_if_done(conn: WriteConnection, broadcast: int) -> bool:
    """Finish a broadcast (its number) that has nothing left to send, and note it in the audit log. The caller holds its
    row.
    """
    if delivery_counters.count_open(conn, broadcast):
        return False
    going = (BroadcastState.SENDING, BroadcastState.PAUSED)
    change = update(broadcasts).where(broadcasts.c.seq == broadcast, broadcasts.c.state.in_(going))
    if conn.execute(change.values(state=BroadcastState.FINISHED, finished_at=now_utc())).rowcount != 1:
        return False
    found = conn.execute(_query().where(broadcasts.c.seq == broadcast)).one()
    audit.record_automatic(conn, audit.CLOCK, "finish", found.campaign, broadcast=found.id)
    return True


def reopen_finished(conn: WriteConnection, broadcast: int) -> None:
    """Open a broadcast (its number) again that was finished, for what was queued in it. The caller holds its row."""
    change = update(broadcasts).where(broadcasts.c.seq == broadcast, broadcasts.c.state == BroadcastState.FINISHED)
    conn.execute(change.values(state=BroadcastState.SENDING, finished_at=None))


# NO KEY UPDATE, so that rows which only point at the broadcast (a new delivery's) need not wait.
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
