import base64
import multiprocessing
import os
import socket
import sqlite3
import stat
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text

from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.keys import KeyMismatchError, Keyring
from broadcaster.ledger import Ledger, WriteConnection
from broadcaster.ledger import ledger as ledger_room
from broadcaster.ledger.database import engines, tables
from broadcaster.ledger.database.errors import (
    LedgerDamagedError,
    LedgerDriverError,
    LedgerError,
    LedgerForbiddenError,
    LedgerForeignError,
    LedgerFullError,
    LedgerLockedError,
    LedgerNewerError,
    LedgerReadOnlyError,
    LedgerUnreachableError,
    LedgerUrlError,
)
from broadcaster.ledger.feedback import reports
from broadcaster.ledger.letters import frozen_letters
from broadcaster.ledger.planning import campaigns
from tests.ledger.stage import KEYRING, NOW

_OTHER = Keyring(bytes(32))


def _contents(url: str) -> list[tuple[object, ...]]:
    with Ledger.open(url, KEYRING) as ledger, ledger.reading() as conn:
        return [tuple(row) for row in conn.execute(select(tables.meta).order_by(tables.meta.c.key))]


def test_a_new_ledger_is_made_and_opens_again(empty_url: str) -> None:
    with Ledger.open(empty_url, KEYRING) as ledger, ledger.writing() as conn:
        frozen_letters.add(conn, "digest", b"letter")
    with Ledger.open(empty_url, KEYRING) as ledger, ledger.reading() as conn:
        assert frozen_letters.get(conn, "digest") == b"letter"
        assert frozen_letters.get(conn, "other") is None


def test_another_key_is_refused_and_nothing_changes(url: str) -> None:
    before = _contents(url)
    with pytest.raises(KeyMismatchError) as caught:
        Ledger.open(url, _OTHER)
    assert caught.value.code == "key-mismatch"
    assert _contents(url) == before


def test_a_newer_ledger_is_refused_and_nothing_changes(url: str) -> None:
    with Ledger.open(url, KEYRING) as ledger, ledger.writing() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerNewerError, match="9999") as caught:
        Ledger.open(url, KEYRING)
    assert caught.value.code == "ledger-newer"
    made = engines.make_engines(url, KEYRING)
    with made.reader.connect() as conn:
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["9999"]
    made.dispose()


def test_another_programs_database_is_refused_and_nothing_changes(empty_url: str) -> None:
    made = engines.make_engines(empty_url, KEYRING)
    if made.file:
        made.file.parent.mkdir()
    with made.writer.begin() as conn:
        conn.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(LedgerForeignError):
        Ledger.open(empty_url, KEYRING)
    with made.reader.connect() as conn:
        assert engines.is_sqlite(conn) == empty_url.startswith("sqlite")
        assert conn.execute(text("SELECT * FROM invoices")).all() == []
        if made.file:
            assert conn.execute(text("PRAGMA journal_mode")).scalar() == "delete"
    made.dispose()


def test_a_reader_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(LedgerReadOnlyError), ledger.reading() as conn:
        frozen_letters.add(WriteConnection(conn), "digest", b"letter")


def test_a_reader_sees_one_moment(ledger: Ledger) -> None:
    with ledger.reading() as conn:
        assert frozen_letters.get(conn, "digest") is None
        with ledger.writing() as other:
            frozen_letters.add(other, "digest", b"letter")
        assert frozen_letters.get(conn, "digest") is None
    with ledger.reading() as conn:
        assert frozen_letters.get(conn, "digest") == b"letter"


def test_what_raises_is_undone(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.writing() as conn:
        frozen_letters.add(conn, "digest", b"letter")
        raise ZeroDivisionError
    with ledger.reading() as conn:
        assert frozen_letters.get(conn, "digest") is None


def test_many_threads_write_without_a_locked_database(ledger: Ledger) -> None:
    errors: list[BaseException] = []

    def write(thread: int) -> None:
        try:
            for number in range(25):
                with ledger.writing() as conn:
                    campaigns.sync(conn, {})  # reads before it writes: a deferred transaction would fail here
                    reports.store_new(conn, "smtp", [Report(f"{thread}-{number}", "", ReportedEvent.TAKEN, NOW)])
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with ledger.reading() as conn:
        assert len(conn.execute(select(tables.reports.c.seq)).all()) == 150


def _open_and_write(url: str, number: int, answers: "multiprocessing.Queue[str]") -> None:
    try:
        with Ledger.open(url, KEYRING) as ledger:
            for again in range(10):
                with ledger.writing() as conn:
                    reports.store_new(conn, "smtp", [Report(f"{number}-{again}", "", ReportedEvent.TAKEN, NOW)])
        answers.put("done")
    except BaseException as error:
        answers.put(repr(error))


def test_processes_that_open_a_new_ledger_at_once_make_one(empty_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[str] = context.Queue()
    processes = [context.Process(target=_open_and_write, args=(empty_url, number, answers)) for number in range(4)]
    for process in processes:
        process.start()
    assert [answers.get(timeout=200) for _ in processes] == ["done"] * 4
    for process in processes:
        process.join()
    with Ledger.open(empty_url, KEYRING) as ledger, ledger.reading() as conn:
        assert len(conn.execute(select(tables.reports.c.seq)).all()) == 40


# What concerns SQLite's file.


def test_the_file_is_private_and_its_settings_are_safe(tmp_path: Path) -> None:
    file = tmp_path / "var" / "ledger.db"
    with Ledger.open(f"sqlite:///{file}", KEYRING) as ledger:
        for opened in (ledger.engines.reader, ledger.engines.writer):
            with opened.connect() as conn:
                conn.execute(select(tables.meta)).all()  # a connection knows of the log once it has read
                assert conn.execute(text("PRAGMA journal_mode")).scalar() == "wal"
                assert conn.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
                assert conn.execute(text("PRAGMA foreign_keys")).scalar() == 1
        for side in file.parent.iterdir():
            assert stat.S_IMODE(side.stat().st_mode) == 0o600, side


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    file.write_text("dear diary, " * 500)
    with pytest.raises(LedgerForeignError):
        Ledger.open(f"sqlite:///{file}", KEYRING)
    assert file.read_text().startswith("dear diary, ")


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    Ledger.open(f"sqlite:///{file}", KEYRING).close()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xee" * 4096 * 4 + whole[4096 * 5 :])
    with (
        pytest.raises((LedgerDamagedError, LedgerForeignError)),
        Ledger.open(f"sqlite:///{file}", KEYRING) as ledger,
        ledger.reading() as conn,
    ):
        for table in tables.metadata.sorted_tables:
            conn.execute(select(table)).all()


def test_a_locked_ledger_is_waited_for_and_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in (engines, ledger_room):
        monkeypatch.setattr(room, "LOCK_WAIT_SECONDS", 0.2)
    file = tmp_path / "ledger.db"
    with Ledger.open(f"sqlite:///{file}", KEYRING) as ledger:
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerLockedError) as caught, ledger.writing():
            pass
        assert caught.value.code == "ledger-locked"
        # Reading goes on meanwhile, and writing when the other has done.
        with ledger.reading() as conn:
            assert frozen_letters.get(conn, "digest") is None
        other.execute("COMMIT")
        other.close()
        with ledger.writing() as conn:
            frozen_letters.add(conn, "digest", b"letter")
        # Another thread of ours that holds the only writing connection for too long is the same to us.
        with ledger.writing(), pytest.raises(LedgerLockedError), ledger.writing():
            pass


def test_a_full_disk_says_so_and_keeps_what_was_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    with Ledger.open(url, KEYRING) as ledger:
        with ledger.writing() as conn:
            frozen_letters.add(conn, "first", b"letter")
            pages = conn.execute(text("PRAGMA page_count")).scalar_one()
            conn.execute(text(f"PRAGMA max_page_count = {pages + 5}"))
        with pytest.raises(LedgerFullError) as caught, ledger.writing() as conn:
            frozen_letters.add(conn, "second", os.urandom(200_000))
        assert caught.value.code == "ledger-full"
        with ledger.reading() as conn:
            assert (frozen_letters.get(conn, "first"), frozen_letters.get(conn, "second")) == (b"letter", None)


def _as_nobody(url: str, answers: "multiprocessing.Queue[str]") -> None:
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    try:
        with Ledger.open(url, KEYRING) as ledger, ledger.writing() as conn:
            frozen_letters.add(conn, "digest", b"letter")
        answers.put("done")
    except LedgerError as error:
        answers.put(error.code)


@pytest.mark.parametrize(("mode", "code"), [(0o444, "ledger-read-only"), (0o000, "ledger-forbidden")])
def test_rights_that_are_lacking_are_named(tmp_path: Path, mode: int, code: str) -> None:
    path = tmp_path / "ledger.db"
    Ledger.open(f"sqlite:///{path}", KEYRING).close()
    for above in (tmp_path, *tmp_path.parents[:3]):
        above.chmod(0o755)  # pytest closes its folders to others
    path.chmod(mode)
    context = multiprocessing.get_context("fork")  # another user may not be able to read our code
    answers: multiprocessing.Queue[str] = context.Queue()
    process = context.Process(target=_as_nobody, args=(f"sqlite:///{path}", answers))
    process.start()
    assert answers.get(timeout=200) == code
    process.join()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(LedgerForbiddenError, match="var/ledger"):
        Ledger.open(f"sqlite:///{tmp_path}/var/ledger.db", KEYRING)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x", "not a url", ""])
def test_what_is_no_database_of_ours_is_refused(url: str) -> None:
    with pytest.raises(LedgerUrlError):
        Ledger.open(url, KEYRING)


# What concerns a server.


def test_a_server_that_does_not_answer_is_named_and_its_password_is_not() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        secret = base64.b32encode(os.urandom(10)).decode()
        with pytest.raises(LedgerUnreachableError) as caught:
            Ledger.open(f"postgresql://amina:{secret}@127.0.0.1:{port}/ledger", KEYRING)
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value)


def test_a_database_that_does_not_exist_is_named(request: pytest.FixtureRequest) -> None:
    url: str = request.getfixturevalue("server")("")
    with pytest.raises(LedgerForbiddenError):
        Ledger.open(url.replace("@/ledger", "@/nosuch"), KEYRING)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LedgerDriverError) as caught:
        Ledger.open("postgresql://localhost/ledger", KEYRING)
    assert "pip install" in caught.value.remedy


def test_a_server_that_answers_before_the_disk_does_is_told_to_wait(request: pytest.FixtureRequest) -> None:
    url: str = request.getfixturevalue("fresh_postgresql")()
    name = url.partition("?")[0].rpartition("/")[2]
    with Ledger.open(url, KEYRING) as ledger, ledger.writing() as conn:
        conn.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    with Ledger.open(url, KEYRING) as ledger, ledger.writing() as conn:
        assert conn.execute(text("SHOW synchronous_commit")).scalar() == "on"


def test_a_connection_that_broke_is_named_and_the_next_one_works(request: pytest.FixtureRequest) -> None:
    url: str = request.getfixturevalue("fresh_postgresql")()
    with Ledger.open(url, KEYRING) as ledger:
        with pytest.raises(LedgerUnreachableError), ledger.writing() as conn, ledger.writing() as other:
            mine = conn.execute(text("SELECT pg_backend_pid()")).scalar()
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
            frozen_letters.add(conn, "digest", b"letter")
        with ledger.writing() as conn:
            frozen_letters.add(conn, "digest", b"letter")


def test_a_row_locked_for_too_long_is_named(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LOCK_WAIT_SECONDS", 1)
    url: str = request.getfixturevalue("fresh_postgresql")()
    with Ledger.open(url, KEYRING) as ledger, ledger.writing() as conn:
        conn.execute(text("LOCK TABLE meta"))
        with pytest.raises(LedgerLockedError), ledger.writing() as other:
            other.execute(text("UPDATE meta SET value = value"))


def test_errors_name_no_values(ledger: Ledger) -> None:
    with pytest.raises(LedgerError) as caught, ledger.writing() as conn:
        conn.execute(tables.meta.insert(), [{"key": "amina@example.org", "value": "x"}] * 2)
    error: BaseException | None = caught.value
    assert "amina" not in str(error)
    assert "amina" not in str(getattr(error, "remedy", ""))


def test_the_keyring_travels_with_the_connection(ledger: Ledger) -> None:
    with ledger.reading() as conn:
        assert engines.keyring_of(conn) is KEYRING
    with ledger.writing() as conn:
        assert engines.keyring_of(conn) is KEYRING
