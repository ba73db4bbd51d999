"""Approvals: who put a letter forward, what exactly was signed, and who decided."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, exists, select, update

from broadcaster.domain.states import OPEN_APPROVALS, ApprovalState, BroadcastState
from broadcaster.keys import new_id
from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow
from broadcaster.ledger.database.tables import approvals, broadcasts, occurrences
from broadcaster.ledger.planning import campaigns


@dataclass(frozen=True, slots=True)
class NewApproval:
    """What is put forward. `wall` is None when every occurrence `until` a date (and `at_most` so many recipients each)
    is meant. `inputs` is everything the digest covers, as JSON can say it, and holds nothing personal; `files` says
    which files they came from.
    """

    campaign: str
    wall: datetime | None
    digest: str
    inputs: Mapping[str, object]
    recipients: int
    submitted_by: str
    until: date | None = None
    at_most: int | None = None
    crisis_reason: str = ""
    files: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the second person says. `by` is a claim when it comes from a command line: `system_user` and `host` say
    from where it was made. Nothing starts before `not_before`, so that it can be called off until then.
    """

    state: ApprovalState
    by: str
    note: str = ""
    signature: str = ""
    system_user: str = ""
    host: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """What was put forward, and what became of it."""

    id: str
    campaign: str
    wall: datetime | None
    digest: str
    inputs: Mapping[str, object]
    recipients: int
    until: date | None
    at_most: int | None
    crisis_reason: str
    state: ApprovalState
    submitted_by: str
    submitted_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    system_user: str
    host: str
    signature: str
    note: str
    not_before: datetime | None
    files: Mapping[str, Any]


def submit(conn: WriteConnection, new: NewApproval) -> str:
    """Write it down and return its id. An earlier one for the same occurrence that nobody decided on becomes void."""
    campaigns.ensure(conn, new.campaign)
    earlier = update(approvals).where(
        approvals.c.campaign == new.campaign,
        approvals.c.wall.is_not_distinct_from(new.wall),
        approvals.c.state == ApprovalState.SUBMITTED,
    )
    conn.execute(earlier.values(state=ApprovalState.VOID, note="submitted anew"))
    approval_id = new_id()
    row = {field.name: getattr(new, field.name) for field in fields(new)} | {
        "id": approval_id,
        "inputs": json.dumps(new.inputs, sort_keys=True, ensure_ascii=False),
        "files": json.dumps(new.files or {}, sort_keys=True),
        "until": new.until.isoformat() if new.until else None,
        "state": ApprovalState.SUBMITTED,
        "submitted_at": now_utc(),
    }
    conn.execute(approvals.insert().values(row))
    return approval_id


def decide(conn: WriteConnection, approval_id: str, decision: Decision) -> Approval | None:
    """Approve or reject it, and return it as it is then; None when it no longer waits for that."""
    change = update(approvals).where(approvals.c.id == approval_id, approvals.c.state == ApprovalState.SUBMITTED)
    if conn.execute(change.values(_decided(decision))).rowcount != 1:
        return None
    return get(conn, approval_id)


def void(conn: WriteConnection, approval_id: str, why: str) -> bool:
    """What was signed has changed since; False when it was void or rejected already."""
    change = update(approvals).where(approvals.c.id == approval_id, approvals.c.state.in_(OPEN_APPROVALS))
    return conn.execute(change.values(state=ApprovalState.VOID, note=why)).rowcount == 1


def lock(conn: WriteConnection, approval_id: str) -> ApprovalState | None:
    """Its state, which nobody else changes until the transaction ends."""
    query = select(approvals.c.state).where(approvals.c.id == approval_id).with_for_update()
    found = conn.execute(query).scalar()
    return None if found is None else ApprovalState(found)


def get(conn: Connection, approval_id: str) -> Approval | None:
    """The approval of that id."""
    return _first(conn, select(approvals).where(approvals.c.id == approval_id))


def latest_for_occurrence(conn: Connection, campaign: str, wall: datetime | None) -> Approval | None:
    """The last one submitted for an occurrence or, with None, for the campaign's rule."""
    query = select(approvals).where(approvals.c.campaign == campaign, approvals.c.wall.is_not_distinct_from(wall))
    return _first(conn, query.order_by(approvals.c.seq.desc()).limit(1))


def latest_for_campaign(conn: Connection, campaign: str) -> Approval | None:
    """The last one submitted for a campaign, whichever its occurrence."""
    query = select(approvals).where(approvals.c.campaign == campaign)
    return _first(conn, query.order_by(approvals.c.seq.desc()).limit(1))


def is_replaced(conn: Connection, approval: Approval) -> bool:
    """Whether something of its campaign was submitted later, and neither called off, voided nor rejected since."""
    query = select(approvals.c.id).where(
        approvals.c.campaign == approval.campaign, approvals.c.state.in_(OPEN_APPROVALS)
    )
    newest = conn.execute(query.order_by(approvals.c.seq.desc()).limit(1)).scalar()
    return newest is not None and newest != approval.id


def list_current(conn: Connection, campaign: str | None = None) -> list[Approval]:
    """The last one submitted for each occurrence and each rule, of one campaign or of all, oldest first; without those
    whose broadcast has ended.
    """
    later, ended = approvals.alias(), (BroadcastState.FINISHED, BroadcastState.CANCELLED)
    same = (later.c.campaign == approvals.c.campaign, later.c.wall.is_not_distinct_from(approvals.c.wall))
    of_it = (occurrences.c.campaign == approvals.c.campaign, occurrences.c.wall == approvals.c.wall)
    over = exists().where(broadcasts.c.occurrence == occurrences.c.seq, *of_it, broadcasts.c.state.in_(ended))
    query = select(approvals).where(~exists().where(*same, later.c.seq > approvals.c.seq), ~over)
    if campaign is not None:
        query = query.where(approvals.c.campaign == campaign)
    return [_approval(row) for row in conn.execute(query.order_by(approvals.c.seq))]


def set_files(conn: WriteConnection, approval_id: str, files: Mapping[str, object]) -> None:
    """Keep other files for what was submitted: an erasure, which voids nothing, has changed one."""
    change = update(approvals).where(approvals.c.id == approval_id)
    conn.execute(change.values(files=json.dumps(files, sort_keys=True)))


def get_undecided(conn: Connection, campaign: str) -> Approval | None:
    """The campaign's last one that waits for a decision."""
    query = select(approvals).where(approvals.c.campaign == campaign, approvals.c.state == ApprovalState.SUBMITTED)
    return _first(conn, query.order_by(approvals.c.seq.desc()).limit(1))


def list_decided_since(conn: Connection, moment: datetime) -> list[Approval]:
    """Those that were approved or rejected after this moment and still are, oldest first."""
    decided = (ApprovalState.APPROVED, ApprovalState.REJECTED)
    query = select(approvals).where(approvals.c.state.in_(decided), approvals.c.decided_at > moment)
    return [_approval(row) for row in conn.execute(query.order_by(approvals.c.seq))]


def _decided(decision: Decision) -> dict[str, object]:
    values = asdict(decision)
    return values | {"decided_by": values.pop("by"), "os_user": values.pop("system_user"), "decided_at": now_utc()}


def _first(conn: Connection, query: Select[Any]) -> Approval | None:
    row = conn.execute(query).first()
    return None if row is None else _approval(row)


def _approval(row: ResultRow) -> Approval:
    values: dict[str, Any] = {field.name: getattr(row, field.name, None) for field in fields(Approval)}
    values["inputs"] = json.loads(row.inputs)
    values["files"] = json.loads(row.files)
    values["until"] = date.fromisoformat(row.until) if row.until else None
    values["state"] = ApprovalState(row.state)
    values["system_user"] = row.os_user  # the column's name is not "system_user": PostgreSQL reserves that
    return Approval(**values)
