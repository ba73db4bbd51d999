"""What is found in the audit log, and that finding it does not mean walking through all of it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, event, text

from broadcaster.ledger import Ledger, audit, audit_pages
from broadcaster.ledger.audit import Entry, Verdict, Written
from broadcaster.ledger.audit_pages import Among, Wanted
from broadcaster.ledger.column_types import now

ENTRIES = [
    Entry("amina", "submit", "spring"),
    Entry("david", "approve", "spring"),
    Entry("amina", "submit", "summer"),
    Entry("door", "choose", "consent"),
    Entry("amina", "write-letter", "spring"),
]


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    with ledger.writing() as conn:
        for entry in ENTRIES:
            audit.write(conn, entry)
    return ledger


def _found(ledger: Ledger, wanted: Wanted, before: int | None = None, limit: int = 99) -> list[int]:
    with ledger.reading() as conn:
        return [one.seq for one in audit_pages.page(conn, wanted, before, limit)]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [5, 4, 3, 2, 1]),
        (Wanted(by="amina"), [5, 3, 1]),
        (Wanted(actions=("approve", "choose")), [4, 2]),
        (Wanted(subject="spring", by="amina"), [5, 1]),
        (Wanted(among=()), []),
        (Wanted(among=(Among({"submit", "approve"}, ["spring"]), Among({"choose"}))), [4, 2, 1]),
        (Wanted(among=(Among({"submit"}, []),)), []),
        (Wanted(by="amina", among=(Among({"submit", "approve"}, ["spring"]),)), [1]),
    ],
)
def test_what_is_wanted_is_found(filled: Ledger, wanted: Wanted, found: list[int]) -> None:
    assert _found(filled, wanted) == found
    assert _found(filled, wanted, before=4, limit=1) == [seq for seq in found if seq < 4][:1]


def test_a_span_of_time(filled: Ledger) -> None:
    day = timedelta(days=1)
    assert _found(filled, Wanted(since=now() - day, until=now() + day)) == [5, 4, 3, 2, 1]
    assert _found(filled, Wanted(since=now() + day, until=now() + 2 * day)) == []
    with filled.writing() as conn:
        conn.execute(text("UPDATE audit SET at = at - 172800000000 WHERE seq IN (2, 4)"))  # a clock that was set back
    assert _found(filled, Wanted(since=now() - day, until=now() + day)) == [5, 3, 1]
    assert _found(filled, Wanted(since=now() - 3 * day, until=now() - day)) == [4, 2]


def test_what_there_is_to_choose_from(filled: Ledger) -> None:
    with filled.reading() as conn:
        assert audit_pages.doers(conn) == ["amina", "david", "door"]
        assert audit_pages.actions(conn) == ["approve", "choose", "submit", "write-letter"]
        assert audit_pages.subjects(conn) == ["consent", "spring", "summer"]


def test_there_is_nothing_to_choose_from_an_empty_log(ledger: Ledger) -> None:
    with ledger.reading() as conn:
        assert audit_pages.doers(conn) == []


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(by="amina"),
        Wanted(actions=("submit",)),
        Wanted(subject="spring"),
        Wanted(since=datetime(2026, 11, 1, tzinfo=UTC), until=datetime(2026, 11, 2, tzinfo=UTC)),
    ],
    ids=["all", "by", "action", "subject", "day"],
)
def test_no_page_walks_through_the_log_or_sorts_it(filled: Ledger, wanted: Wanted) -> None:
    with filled.reading() as conn:
        if conn.dialect.name != "sqlite":
            pytest.skip("PostgreSQL walks through a log this short whatever its indexes")
        plans = _plans(conn, wanted)
    assert plans
    for plan in plans:
        assert "TEMP B-TREE" not in plan
        assert "USING" in plan or plan == "SCAN audit", plan  # from the end, until the page is full


def _plans(conn: Connection, wanted: Wanted) -> list[str]:
    """How SQLite goes about what a page asks for."""
    asked: list[tuple[str, object]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(conn, "before_cursor_execute", note)
    audit_pages.page(conn, wanted, 4, 50)
    audit_pages.doers(conn)
    event.remove(conn, "before_cursor_execute", note)
    raw = conn.connection.cursor()
    return [row[3] for sql, values in asked for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", values)  # type: ignore[arg-type]
            if row[3].startswith(("SCAN audit", "SEARCH audit", "USE TEMP"))]  # fmt: skip


def test_the_newest_entries_are_checked_alone(filled: Ledger) -> None:
    def verdict(latest: int) -> Verdict:
        with filled.reading() as conn:
            return audit.verify(conn, latest)

    assert [verdict(latest) for latest in (0, 1, 2, 5, 9)] == [Verdict(5, None)] * 5
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
        (newest,) = audit_pages.page(conn, Wanted(), None, 1)
    assert isinstance(newest, Written)
    assert newest.entry == ENTRIES[-1]
