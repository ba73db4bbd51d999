"""The audit log: who did what, each entry chained to the one before by the project's key.

Changing, removing or inserting an entry without the key breaks the chain from there on. The number of the last entry
is signed too, so that cutting off the newest ones shows. Replacing the whole ledger by an earlier copy does not show:
to see that, keep the last seal elsewhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, func, select, update

from broadcaster.ledger.database.column_types import now_utc, to_micros
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow, insert_if_new
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.tables import audit, meta

_HEAD = "audit-head"
_PENDING = "audit-entries"

CLOCK = ""
"""The source of what the clock did by itself."""


class AuditActor(Protocol):
    """A person who does something, and from which account on which machine (`desk`: they had signed in)."""

    @property
    def name(self) -> str: ...
    @property
    def system_user(self) -> str: ...
    @property
    def host(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What somebody did. On the command line `by` is only claimed: `system_user` and `host` say from where.

    `detail` explains it, as JSON; it holds nothing personal.
    """

    by: str
    action: str
    subject: str
    detail: Mapping[str, object] = field(default_factory=dict)
    system_user: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """An entry with its number, from 1, and the time at which it was written."""

    seq: int
    at: datetime
    entry: AuditEntry


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """The result of following the chain. `broken_at` is the first entry that does not follow from the one before.

    It is None for a whole chain, and one more than `entries` when the last entries are missing.
    """

    entries: int
    broken_at: int | None


def record(conn: WriteConnection, actor: AuditActor, action: str, subject: str, /, **detail: object) -> None:
    """Add what a person did; `detail` is that of the entry."""
    write(conn, AuditEntry(actor.name, action, subject, detail, actor.system_user, actor.host))


def record_automatic(conn: WriteConnection, source: str, action: str, subject: str, /, **detail: object) -> None:
    """Add what happened without a member of staff: `source` is CLOCK, a provider, or a page for recipients."""
    write(conn, AuditEntry(source, action, subject, detail))


def write(conn: WriteConnection, entry: AuditEntry) -> None:
    """Add an entry at the end of this transaction: writers of entries wait for each other on PostgreSQL."""
    conn.info.setdefault(_PENDING, []).append(entry)


def write_pending(conn: WriteConnection) -> None:
    """Insert the entries of this transaction. `Ledger.writing` calls it just before the commit."""
    for entry in conn.info.pop(_PENDING, ()):
        _add(conn, entry)


def forget_pending(conn: WriteConnection) -> None:
    """Drop the entries of an earlier transaction on this connection that was rolled back."""
    conn.info.pop(_PENDING, None)


def _add(conn: WriteConnection, entry: AuditEntry) -> None:
    seq, seal = _head(conn)
    row: dict[str, object] = {
        "seq": seq + 1,
        "at": now_utc(),
        "by": entry.by,
        "action": entry.action,
        "subject": entry.subject,
        "detail": json.dumps(entry.detail, sort_keys=True, ensure_ascii=False),
        "os_user": entry.system_user,
        "host": entry.host,
    }
    row["chain"] = chain = keyring_of(conn).sign(_sealed_text(seal, row))
    conn.execute(audit.insert().values(row))
    conn.execute(update(meta).where(meta.c.key == _HEAD).values(value=_signed_head(conn, seq + 1, chain)))


def list_recent(conn: Connection, limit: int = 100) -> list[RecordedEntry]:
    """The newest entries, newest first."""
    return [entry_of_row(row) for row in conn.execute(select(audit).order_by(audit.c.seq.desc()).limit(limit))]


def list_about(conn: Connection, subject: str, since: datetime, limit: int = 500) -> list[RecordedEntry]:
    """The entries about a subject since a moment, newest first."""
    query = select(audit).where(audit.c.subject == subject, audit.c.at >= since).order_by(audit.c.seq.desc())
    return [entry_of_row(row) for row in conn.execute(query.limit(limit))]


def count_actions(conn: Connection, by: str, action: str, since: datetime) -> int:
    """How often a person has done an action since a moment."""
    query = select(func.count()).select_from(audit)
    return int(conn.execute(query.where(audit.c.by == by, audit.c.action == action, audit.c.at >= since)).scalar_one())


def latest_entry(conn: Connection, subject: str, action: str) -> RecordedEntry | None:
    """The newest entry of an action on a subject."""
    query = select(audit).where(audit.c.subject == subject, audit.c.action == action)
    row = conn.execute(query.order_by(audit.c.seq.desc()).limit(1)).first()
    return None if row is None else entry_of_row(row)


def entry_of_row(row: ResultRow) -> RecordedEntry:
    """The entry in a row of the table."""
    return RecordedEntry(
        row.seq, row.at, AuditEntry(row.by, row.action, row.subject, _entry_detail(row), row.os_user, row.host)
    )


def _entry_detail(row: ResultRow) -> Mapping[str, object]:
    """The detail of an entry. Text that somebody altered into no JSON is shown as it is; the chain is broken there."""
    try:
        detail = json.loads(row.detail)
    except ValueError:
        detail = None
    return detail if isinstance(detail, dict) else {"altered": row.detail}


def verify(conn: Connection, latest: int | None = None) -> ChainCheck:
    """Follow the chain from its beginning, or through its `latest` entries only.

    Of these the first is compared with the one before it, which is not checked.
    """
    number = _head_value(conn).partition(" ")[0]
    return _check_chain(conn, max(0, int(number) - latest) if latest is not None and number.isdecimal() else 0)


def first_break_since(conn: Connection, moment: datetime) -> int | None:
    """The number of the first entry since a moment that does not follow from the one before; None when all do."""
    first = conn.execute(select(func.min(audit.c.seq)).where(audit.c.at >= moment)).scalar()
    last = conn.execute(select(func.max(audit.c.seq))).scalar() or 0
    return _check_chain(conn, last if first is None else first - 1).broken_at


def is_unbroken_from(conn: Connection, since: int) -> bool:
    """Whether the chain is whole from entry number `since` to the last one that was written."""
    return _check_chain(conn, since - 1).broken_at is None


def sign_head(conn: WriteConnection) -> bool:
    """Sign the head of a ledger from before heads were signed; False when the unsigned head was altered."""
    last = conn.execute(select(audit.c.seq, audit.c.chain).order_by(audit.c.seq.desc()).limit(1)).first()
    value = _head_value(conn)
    if last is None or value != f"{last.seq} {last.chain}":
        return last is None and not value
    signed = _signed_head(conn, last.seq, last.chain)
    conn.execute(update(meta).where(meta.c.key == _HEAD).values(value=signed))
    return True


def _check_chain(conn: Connection, count: int) -> ChainCheck:
    """Follow the chain through the entries after number `count`."""
    keyring, seal = keyring_of(conn), conn.execute(select(audit.c.chain).where(audit.c.seq == count)).scalar() or ""
    while page := conn.execute(select(audit).where(audit.c.seq > count).order_by(audit.c.seq).limit(1000)).all():
        for row in page:
            if row.seq != count + 1 or not keyring.verify(_sealed_text(seal, row._asdict()), row.chain):
                return ChainCheck(count, count + 1)
            count, seal = row.seq, row.chain
    head = _head_value(conn)
    is_end = head == _signed_head(conn, count, seal) or (not head and not count)
    return ChainCheck(count, None if is_end else count + 1)


def _head(conn: WriteConnection) -> tuple[int, str]:
    """Number and seal of the last entry; its row is locked until the transaction ends.

    After an altered head the chain stays broken: a new entry must not hide the change.
    """
    insert_if_new(conn, meta, {"key": _HEAD, "value": ""})
    value = str(conn.execute(select(meta.c.value).where(meta.c.key == _HEAD).with_for_update()).scalar_one())
    seal = value.partition(" ")[2].partition(" ")[0]
    last = conn.execute(select(func.max(audit.c.seq))).scalar() or 0
    is_first = not value and not last
    return last, seal if is_first or value == _signed_head(conn, last, seal) else "broken"


def _head_value(conn: Connection) -> str:
    return str(conn.execute(select(meta.c.value).where(meta.c.key == _HEAD)).scalar() or "")


def _signed_head(conn: Connection, seq: int, seal: str) -> str:
    """The value of the head: number and seal of the last entry, and a signature of both."""
    return f"{seq} {seal} {keyring_of(conn).sign(json.dumps(['audit-head', seq, seal]).encode())}"


def _sealed_text(seal: str, row: Mapping[str, object]) -> bytes:
    """What the seal of an entry covers: the seal before it and every column, as a JSON list."""
    at = row["at"]
    moment = to_micros(at) if isinstance(at, datetime) else at
    names = ("seq", "by", "action", "subject", "detail", "os_user", "host")
    return json.dumps(["audit", seal, moment, *(row[name] for name in names)], ensure_ascii=False).encode()
