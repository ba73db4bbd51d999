import threading
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from broadcaster.ledger import Ledger
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.audit_log.audit import AuditEntry, ChainCheck

_COPY_OF_THE_LAST = """
    INSERT INTO audit SELECT 6, at, by, action, subject, detail, os_user, host, chain FROM audit WHERE seq = 5
"""


@dataclass(frozen=True)
class _Person:
    name: str
    system_user: str
    host: str


def _write(ledger: Ledger, count: int) -> None:
    amina = _Person("amina", "ak", "desk1.example")
    for number in range(count):
        with ledger.writing() as conn:
            audit.record(conn, amina, "approve", f"campaign-{number}", digest="é")


def _verify(ledger: Ledger) -> ChainCheck:
    with ledger.reading() as conn:
        return audit.verify(conn)


def test_entries_are_listed_and_follow_one_another(ledger: Ledger) -> None:
    assert _verify(ledger) == ChainCheck(0, None)
    _write(ledger, 5)
    assert _verify(ledger) == ChainCheck(5, None)
    with ledger.reading() as conn:
        newest, before = audit.list_recent(conn, 2)
    assert (newest.seq, before.seq) == (5, 4)
    assert newest.entry == AuditEntry("amina", "approve", "campaign-4", {"digest": "é"}, "ak", "desk1.example")
    assert newest.at >= before.at


def test_what_nobody_on_the_staff_did_has_no_account_and_machine(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        audit.record_automatic(conn, audit.CLOCK, "skip", "spring", reason="late")
        audit.record_automatic(conn, "twilio", "suppress", "suppressions")
    with ledger.reading() as conn:
        entries = [recorded.entry for recorded in audit.list_recent(conn)]
    assert entries == [
        AuditEntry("twilio", "suppress", "suppressions"),
        AuditEntry("", "skip", "spring", {"reason": "late"}),
    ]


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE audit SET by = 'bilal' WHERE seq = 3", 3),
        ("UPDATE audit SET os_user = 'root' WHERE seq = 3", 3),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", 1),
        ("UPDATE audit SET chain = (SELECT chain FROM audit WHERE seq = 1) WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 5", 5),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET seq = 6 WHERE seq = 5", 5),
        (_COPY_OF_THE_LAST, 6),
    ],
)
def test_tampering_shows(ledger: Ledger, tampering: str, broken_at: int) -> None:
    _write(ledger, 5)
    with ledger.writing() as conn:
        conn.execute(text(tampering.replace(" by", ' "by"')))
    assert _verify(ledger).broken_at == broken_at


def test_columns_cannot_run_into_each_other(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        audit.write(conn, AuditEntry("amina", "approve", "x"))
    with ledger.writing() as conn:
        conn.execute(text("""UPDATE audit SET "by" = 'aminaapprove', action = ''"""))
    assert _verify(ledger).broken_at == 1


def test_an_entry_that_is_undone_leaves_no_gap(ledger: Ledger) -> None:
    _write(ledger, 1)
    with pytest.raises(ZeroDivisionError), ledger.writing() as conn:
        audit.write(conn, AuditEntry("amina", "approve", "x"))
        raise ZeroDivisionError
    _write(ledger, 1)
    assert _verify(ledger) == ChainCheck(2, None)


def test_threads_that_write_at_once_make_one_chain(ledger: Ledger) -> None:
    threads = [threading.Thread(target=_write, args=(ledger, 10)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _verify(ledger) == ChainCheck(40, None)


def test_the_newest_of_a_subject_and_deed_is_found(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        for by, action, subject in (
            ("a", "import", "x"),
            ("b", "import", "x"),
            ("c", "export", "x"),
            ("d", "import", "y"),
        ):
            audit.write(conn, AuditEntry(by, action, subject))
    with ledger.reading() as reader:
        found = audit.latest_entry(reader, "x", "import")
        assert found is not None
        assert found.entry.by == "b"
        assert audit.latest_entry(reader, "y", "export") is None
