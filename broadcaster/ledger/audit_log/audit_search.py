"""Looking things up in the audit log: by who, what, of what and when, a page at a time.

Each condition has an index in the order of the log, so that a page costs no more where the log is long.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, false, func, or_, select

from broadcaster.ledger.audit_log.audit import RecordedEntry, entry_of_row
from broadcaster.ledger.database.tables import audit


@dataclass(frozen=True, slots=True)
class ActionsOnSubjects:
    """Entries of some actions, and of some subjects where these are not None."""

    actions: Collection[str]
    subjects: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: "", () and None are any. `since` and `until` are the ends of a span of time, the second one not in
    it; an entry must be in one of `among`, where that is not None.
    """

    by: str = ""
    actions: tuple[str, ...] = ()
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    among: tuple[ActionsOnSubjects, ...] | None = None


def list_entries(conn: Connection, wanted: AuditFilter, before: int | None, limit: int) -> list[RecordedEntry]:
    """Entries older than number `before`, newest first."""
    query = _within_time_span(conn, select(audit), wanted)
    if before is not None:
        query = query.where(audit.c.seq < before)
    if wanted.by:
        query = query.where(audit.c.by == wanted.by)
    if wanted.actions:
        query = query.where(_equals_any(audit.c.action, wanted.actions))
    if wanted.subject:
        query = query.where(audit.c.subject == wanted.subject)
    if wanted.among is not None:
        query = query.where(or_(false(), *(_matches(one) for one in wanted.among)))
    return [entry_of_row(row) for row in conn.execute(query.order_by(audit.c.seq.desc()).limit(limit))]


def list_actions(conn: Connection) -> list[str]:
    """Every kind of deed that is in the log."""
    return _distinct_values(conn, audit.c.action)


def list_actors(conn: Connection) -> list[str]:
    """Everybody who did something that is in the log."""
    return _distinct_values(conn, audit.c.by)


def list_subjects(conn: Connection) -> list[str]:
    """Everything that something was done with."""
    return _distinct_values(conn, audit.c.subject)


def _matches(one: ActionsOnSubjects) -> ColumnElement[bool]:
    actions = audit.c.action.in_(sorted(one.actions))
    return actions if one.subjects is None else and_(actions, audit.c.subject.in_(sorted(one.subjects)))


def _equals_any(column: Column[str], words: tuple[str, ...]) -> ColumnElement[bool]:
    """Equal rather than IN where there is one word: the index then has the order of the page as well."""
    return column == words[0] if len(words) == 1 else column.in_(words)


def _within_time_span(
    conn: Connection, query: Select[tuple[object, ...]], wanted: AuditFilter
) -> Select[tuple[object, ...]]:
    """The entries of a span of time. Their numbers are looked up first: they run as time does, but for a clock that was
    set back, and the pages run by number.
    """
    if wanted.since is None or wanted.until is None:
        return query
    within = and_(audit.c.at >= wanted.since, audit.c.at < wanted.until)
    first, last = conn.execute(select(func.min(audit.c.seq), func.max(audit.c.seq)).where(within)).one()
    return query.where(audit.c.seq.between(first or 0, last or 0), within)


def _distinct_values(conn: Connection, column: Column[str]) -> list[str]:
    """Every word of a column, from one to the next through its index: DISTINCT would walk through the whole log."""
    words = select(func.min(column).label("word")).cte("words", recursive=True)
    following = select(func.min(column)).where(column > words.c.word).scalar_subquery()
    words = words.union_all(select(following).where(words.c.word.is_not(None)))
    return sorted(conn.execute(select(words.c.word).where(words.c.word.is_not(None))).scalars())
