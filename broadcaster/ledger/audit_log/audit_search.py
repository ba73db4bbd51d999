"""Searching the audit log by person, action, subject and time, a page at a time.

Each condition has an index in the order of the log, so a page costs the same in a long log.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, false, func, or_, select

from broadcaster.ledger.audit_log.audit import RecordedEntry, entry_of_row
from broadcaster.ledger.database.tables import audit


@dataclass(frozen=True, slots=True)
class ActionsOnSubjects:
    """Entries of these actions; only on these subjects, unless None."""

    actions: Collection[str]
    subjects: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to list; "", () and None mean any.

    The time span is `since` <= time < `until`. An entry must match one of `among`, where that is not None.
    """

    by: str = ""
    actions: tuple[str, ...] = ()
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    among: tuple[ActionsOnSubjects, ...] | None = None


def list_entries(conn: Connection, filters: AuditFilter, before: int | None, limit: int) -> list[RecordedEntry]:
    """Matching entries, newest first; with `before`, those older than that number."""
    query = _within_time_span(conn, select(audit), filters)
    if before is not None:
        query = query.where(audit.c.seq < before)
    if filters.by:
        query = query.where(audit.c.by == filters.by)
    if filters.actions:
        query = query.where(_equals_any(audit.c.action, filters.actions))
    if filters.subject:
        query = query.where(audit.c.subject == filters.subject)
    if filters.among is not None:
        query = query.where(or_(false(), *(_matches(entries) for entries in filters.among)))
    return [entry_of_row(row) for row in conn.execute(query.order_by(audit.c.seq.desc()).limit(limit))]


def list_actions(conn: Connection) -> list[str]:
    """Every action that is in the log."""
    return _distinct_values(conn, audit.c.action)


def list_actors(conn: Connection) -> list[str]:
    """Everybody who has an entry in the log."""
    return _distinct_values(conn, audit.c.by)


def list_subjects(conn: Connection) -> list[str]:
    """Every subject that has an entry in the log."""
    return _distinct_values(conn, audit.c.subject)


def _matches(entries: ActionsOnSubjects) -> ColumnElement[bool]:
    actions = audit.c.action.in_(sorted(entries.actions))
    return actions if entries.subjects is None else and_(actions, audit.c.subject.in_(sorted(entries.subjects)))


def _equals_any(column: Column[str], values: tuple[str, ...]) -> ColumnElement[bool]:
    """`=` rather than IN for a single value: the index then gives the order of the page too."""
    return column == values[0] if len(values) == 1 else column.in_(values)


def _within_time_span(
    conn: Connection, query: Select[tuple[object, ...]], filters: AuditFilter
) -> Select[tuple[object, ...]]:
    """Restrict a query to a time span, and to the span's first and last number, by which pages are ordered.

    The time is still compared, for a clock that was set back puts other entries between these numbers.
    """
    if filters.since is None or filters.until is None:
        return query
    within = and_(audit.c.at >= filters.since, audit.c.at < filters.until)
    first, last = conn.execute(select(func.min(audit.c.seq), func.max(audit.c.seq)).where(within)).one()
    return query.where(audit.c.seq.between(first or 0, last or 0), within)


def _distinct_values(conn: Connection, column: Column[str]) -> list[str]:
    """The distinct values of a column, by a step in its index each: DISTINCT would read the whole log."""
    words = select(func.min(column).label("word")).cte("words", recursive=True)
    following = select(func.min(column)).where(column > words.c.word).scalar_subquery()
    words = words.union_all(select(following).where(words.c.word.is_not(None)))
    return sorted(conn.execute(select(words.c.word).where(words.c.word.is_not(None))).scalars())
