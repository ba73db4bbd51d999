"""What providers reported, each report once however often it is repeated, kept before anything is done about it."""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, text, update

from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.ledger.database.bulk import insert_new_rows
from broadcaster.ledger.database.column_types import now_utc, to_micros
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import in_numbers, list_parameter
from broadcaster.ledger.database.tables import reports

_COLUMNS = ("provider", "key", "body", "received_at")
_FIELDS = tuple(sorted(field.name for field in fields(Report)))
_encode = json.JSONEncoder(separators=(",", ":")).encode

# Written out, so that the index of what waits is used, which is empty most of the time.
_IS_WAITING = text("reports.applied_at IS NULL")


class WaitingReport(NamedTuple):
    """A report that nothing was done about yet; `report` is None where what was kept cannot be read."""

    seq: int
    provider: str
    report: Report | None


def store_new(conn: WriteConnection, provider: str, new: Sequence[Report]) -> int:
    """Keep reports; how many of them this provider had not sent before."""
    stamp = to_micros(now_utc())
    rows = [(provider, _storable(one.key), _dumped(one), stamp) for one in new]
    return insert_new_rows(conn, reports, _COLUMNS, rows) if rows else 0


def has_waiting(conn: Connection) -> bool:
    """Whether there is anything to be done."""
    return conn.execute(select(reports.c.seq).where(_IS_WAITING).limit(1)).first() is not None


def list_waiting(conn: Connection, after: int, limit: int) -> list[WaitingReport]:
    """The next waiting reports behind number `after` (0 to begin), oldest first; what somebody else is just applying
    is left to them.
    """
    return [
        WaitingReport(row.seq, row.provider, _loaded(row.body))
        for row in conn.execute(_WAITING_QUERY, {"after": after, "limit": limit})
    ]


def mark_applied(conn: WriteConnection, seqs: Sequence[int], at: datetime) -> None:
    """Keep of reports only that they came, so that a repeated one is known: what they said stands where it belongs."""
    if seqs:
        change = update(reports).where(in_numbers(conn.dialect.name, reports.c.seq, "seqs"))
        conn.execute(change.values(applied_at=at, body=""), {"seqs": list_parameter(conn, seqs)})


def remove_old(conn: WriteConnection, before: datetime, limit: int) -> int:
    """Forget up to `limit` reports that came before a moment and were applied; how many there were."""
    old = (
        select(reports.c.seq)
        .where(reports.c.received_at < before, reports.c.applied_at.is_not(None))
        .order_by(reports.c.received_at)
        .limit(limit)
    )
    return conn.execute(delete(reports).where(reports.c.seq.in_(old))).rowcount


_WAITING_QUERY = (
    select(reports.c.seq, reports.c.provider, reports.c.body)
    .where(reports.c.seq > bindparam("after"), _IS_WAITING)
    .order_by(reports.c.seq)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)


def _storable(text: str) -> str:
    """The text, with what no database takes (halves of surrogate pairs, NUL) written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\x00", "\\x00")


def _dumped(report: Report) -> str:
    said = {name: getattr(report, name) for name in _FIELDS}
    return _encode(said | {"at": report.at.isoformat()})


def _loaded(body: str) -> Report | None:
    try:
        said: dict[str, Any] = json.loads(body)
        at = datetime.fromisoformat(said["at"])
        if "\\u" in body:  # as JSON writes whatever is not ASCII, or cannot be stored in plain
            said = {name: clean_text(value) if isinstance(value, str) else value for name, value in said.items()}
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return Report(**said | {"happened": ReportedEvent(said["happened"]), "at": at})
    except (ValueError, TypeError, KeyError):
        return None  # a newer version's, which this process cannot do anything about
