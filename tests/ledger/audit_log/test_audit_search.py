"""What is found in the audit log, and that finding it does not mean walking through all of it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, event, text

from broadcaster.ledger import Ledger
from broadcaster.ledger.audit_log import audit, audit_search
from broadcaster.ledger.audit_log.audit import AuditEntry, ChainCheck, RecordedEntry
from broadcaster.ledger.audit_log.audit_search import ActionsOnSubjects, AuditFilter
from broadcaster.ledger.database.column_types import now_utc

ENTRIES = [
    AuditEntry("amina", "submit", "spring"),
    AuditEntry("david", "approve", "spring"),
    AuditEntry("amina", "submit", "summer"),
    AuditEntry("door", "choose", "consent"),
    AuditEntry("amina", "write-letter", "spring"),
]


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    with ledger.writing() as conn:
        for entry in ENTRIES:
            audit.write(conn, entry)
    return ledger


def _found(ledger: Ledger, wanted: AuditFilter, before: int | None = None, limit: int = 99) -> list[int]:
    with ledger.reading() as conn:
        return [one.seq for one in audit_search.list_entries(conn, wanted, before, limit)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(), [5, 4, 3, 2, 1]),
        (AuditFilter(by="amina"), [5, 3, 1]),
        (AuditFilter(actions=("approve", "choose")), [4, 2]),
        (AuditFilter(subject="spring", by="amina"), [5, 1]),
        (AuditFilter(among=()), []),
        (
            AuditFilter(among=(ActionsOnSubjects({"submit", "approve"}, ["spring"]), ActionsOnSubjects({"choose"}))),
            [4, 2, 1],
        ),
        (AuditFilter(among=(ActionsOnSubjects({"submit"}, []),)), []),
        (AuditFilter(by="amina", among=(ActionsOnSubjects({"submit", "approve"}, ["spring"]),)), [1]),
    ],
)
def test_what_is_wanted_is_found(filled: Ledger, wanted: AuditFilter, found: list[int]) -> None:
    assert _found(filled, wanted) == found
    assert _found(filled, wanted, before=4, limit=1) == [seq for seq in found if seq < 4][:1]


def test_a_span_of_time(filled: Ledger) -> None:
    day = timedelta(days=1)
    assert _found(filled, AuditFilter(since=now_utc() - day, until=now_utc() + day)) == [5, 4, 3, 2, 1]
    assert _found(filled, AuditFilter(since=now_utc() + day, until=now_utc() + 2 * day)) == []
    with filled.writing() as conn:
        conn.execute(text("UPDATE audit SET at = at - 172800000000 WHERE seq IN (2, 4)"))  # a clock that was set back
    assert _found(filled, AuditFilter(since=now_utc() - day, until=now_utc() + day)) == [5, 3, 1]
    assert _found(filled, AuditFilter(since=now_utc() - 3 * day, until=now_utc() - day)) == [4, 2]


def test_what_there_is_to_choose_from(filled: Ledger) -> None:
    with filled.reading() as conn:
        assert audit_search.list_actors(conn) == ["amina", "david", "door"]
        assert audit_search.list_actions(conn) == ["approve", "choose", "submit", "write-letter"]
        assert audit_search.list_subjects(conn) == ["consent", "spring", "summer"]


def test_there_is_nothing_to_choose_from_an_empty_log(ledger: Ledger) -> None:
    with ledger.reading() as conn:
        assert audit_search.list_actors(conn) == []


@pytest.mark.parametrize(
    "wanted",
    [
        AuditFilter(),
        AuditFilter(by="amina"),
        AuditFilter(actions=("submit",)),
        AuditFilter(subject="spring"),
        AuditFilter(since=datetime(2026, 11, 1, tzinfo=UTC), until=datetime(2026, 11, 2, tzinfo=UTC)),
    ],
    ids=["all", "by", "action", "subject", "day"],
)
def test_no_page_walks_through_the_log_or_sorts_it(filled: Ledger, wanted: AuditFilter) -> None:
    with filled.reading() as conn:
        if conn.dialect.name != "sqlite":
            pytest.skip("PostgreSQL walks through a log this short whatever its indexes")
        plans = _plans(conn, wanted)
    assert plans
    for plan in plans:
        assert "TEMP B-TREE" not in plan
        assert "USING" in plan or plan == "SCAN audit", plan  # from the end, until the page is full


def _plans(conn: Connection, wanted: AuditFilter) -> list[str]:
    """How SQLite goes about what a page asks for."""
    asked: list[tuple[str, object]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(conn, "before_cursor_execute", note)
    audit_search.list_entries(conn, wanted, 4, 50)
    audit_search.list_actors(conn)
    event.remove(conn, "before_cursor_execute", note)
    raw = conn.connection.cursor()
    return [row[3] for sql, values in asked for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", values)  # type: ignore[arg-type]
            if row[3].startswith(("SCAN audit", "SEARCH audit", "USE TEMP"))]  # fmt: skip


def test_the_newest_entries_are_checked_alone(filled: Ledger) -> None:
    def verdict(latest: int) -> ChainCheck:
        with filled.reading() as conn:
            return audit.verify(conn, latest)

    assert [verdict(latest) for latest in (0, 1, 2, 5, 9)] == [ChainCheck(5, None)] * 5
    with filled.writing() as conn:
        conn.execute(text("UPDATE audit SET subject = 'winter' WHERE seq = 3"))
    assert [verdict(latest).broken_at for latest in (2, 3, 5)] == [None, 3, 3]
    with filled.writing() as conn:
        conn.execute(text("DELETE FROM audit WHERE seq = 5"))
    assert verdict(2).broken_at == 5


@pytest.mark.parametrize("head", ["", "x y", "9 ", "99999999 abc", "3 abc"])
def test_a_head_that_was_written_over_shows(filled: Ledger, head: str) -> None:
    with filled.writing() as conn:
        conn.execute(text("UPDATE meta SET value = :head WHERE key = 'audit-head'"), {"head": head})
    with filled.reading() as conn:
        assert audit.verify(conn, 2).broken_at is not None
        assert audit.verify(conn).broken_at is not None


def test_entries_are_whole(filled: Ledger) -> None:
    with filled.reading() as conn:
        (newest,) = audit_search.list_entries(conn, AuditFilter(), None, 1)
    assert isinstance(newest, RecordedEntry)
    assert newest.entry == ENTRIES[-1]
