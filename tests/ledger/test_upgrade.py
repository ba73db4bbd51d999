import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select, text

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger import Ledger, Runner, upgrade
from broadcaster.ledger.database import engines, tables
from broadcaster.ledger.database.errors import (
    LedgerBackupNeededError,
    LedgerDamagedError,
    LedgerError,
    LedgerInUseError,
    LedgerNewerError,
)
from broadcaster.ledger.delivery import claims, unsure_deliveries
from broadcaster.ledger.letters import frozen_letters
from broadcaster.ledger.runner_processes import list_not_ended
from broadcaster.ledger.schema_revisions import NEWEST_REVISION, SCHEMA_REVISIONS
from tests.ledger.aging import age
from tests.ledger.stage import KEYRING, NOW, Stage

ROOT = Path(__file__).parents[2]


def _revision(url: str) -> str:
    made = engines.make_engines(url, KEYRING)
    with made.reader.connect() as conn:
        found = str(conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    made.dispose()
    return found


def _age(url: str, people: int) -> str:
    """Make the ledger at `url` one of the first revision, in the middle of a broadcast; the broadcast's id."""
    with Ledger.open(url, KEYRING) as ledger, Stage.set(ledger, people) as stage:
        claimed = stage.claim(6)
        stage.record(claimed[:2])
        stage.record(claimed[2:3], Outcome.UNSURE)
        with ledger.writing() as conn:
            age(conn, "0001")
        return stage.broadcast


def test_an_older_ledger_is_upgraded_with_everything_in_it(url: str) -> None:
    broadcast = _age(url, 10)
    assert _revision(url) == "0001"
    with Ledger.open(url, KEYRING, backup_made=True) as ledger:
        assert _revision(url) == NEWEST_REVISION
        with ledger.writing() as conn:
            claims.recover(conn, NOW)
        with Stage(ledger, *_lines_put_back(ledger, broadcast)) as stage:
            # `states` compares the counters, which the upgrade filled, with the rows.
            assert stage.states() == {
                DeliveryState.ACCEPTED: 2,
                DeliveryState.UNSURE: 4,
                DeliveryState.QUEUED: 4,
            }
            with ledger.writing() as conn:
                assert unsure_deliveries.settle(conn, broadcast, None, DeliveryState.QUEUED) == 4
            stage.record(stage.claim(10))
            assert stage.states() == {DeliveryState.ACCEPTED: 10}
        with ledger.reading() as conn:
            assert frozen_letters.get(conn, "digest") == b"letter"


def _lines_put_back(ledger: Ledger, broadcast: str) -> tuple[Runner, str]:
    return Runner.register(ledger), broadcast


def test_the_first_revision_is_what_the_first_migration_makes(empty_url: str, url: str) -> None:
    _age(url, 1)
    made, aged = engines.make_engines(empty_url, KEYRING), engines.make_engines(url, KEYRING)
    if made.file:
        made.file.parent.mkdir()
    with made.writer.begin() as conn:
        upgrade.migrate(conn, "0001")
    shapes = []
    for one in (made, aged):
        with one.reader.connect() as conn:
            shapes.append(_shape(conn))
        one.dispose()
    assert shapes[0] == shapes[1]


def _shape(conn: Connection) -> dict[str, tuple[list[str], list[str]]]:
    found = inspect(conn)
    return {
        table: (
            [f"{column['name']} {column['type']} {column['nullable']}" for column in found.get_columns(table)],
            sorted(str(index["name"]) for index in found.get_indexes(table)),
        )
        for table in sorted(found.get_table_names())
    }


def test_sqlite_is_copied_before_it_is_upgraded(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    broadcast = _age(f"sqlite:///{file}", 10)
    Ledger.open(f"sqlite:///{file}", KEYRING).close()
    backup = tmp_path / f"ledger.db.before-{NEWEST_REVISION}"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert _revision(f"sqlite:///{backup}") == "0001"
    assert not (tmp_path / f"ledger.db.before-{NEWEST_REVISION}.partial").exists()
    # The copy is a ledger that one can go back to, and from there forward again.
    shutil.move(backup, tmp_path / "restored.db")
    with Ledger.open(f"sqlite:///{tmp_path}/restored.db", KEYRING) as ledger, ledger.reading() as conn:
        assert len(conn.execute(select(tables.deliveries.c.seq)).all()) == 10
        assert conn.execute(select(tables.broadcasts.c.id)).scalar() == broadcast


def test_a_migration_that_fails_leaves_the_older_ledger_whole(url: str) -> None:
    _age(url, 5)
    made = engines.make_engines(url, KEYRING)
    with made.writer.begin() as conn:
        # The last thing that the migration makes is in its way.
        conn.execute(text("CREATE INDEX ix_deliveries_doubt ON deliveries (seq)"))
    with pytest.raises(LedgerError):
        Ledger.open(url, KEYRING, backup_made=True)
    assert _revision(url) == "0001"
    with made.writer.begin() as conn:
        assert "counters" not in inspect(conn).get_table_names()
        conn.execute(text("DROP INDEX ix_deliveries_doubt"))
    made.dispose()
    with Ledger.open(url, KEYRING, backup_made=True):
        assert _revision(url) == NEWEST_REVISION


def test_a_backup_that_cannot_be_written_stops_the_upgrade(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    _age(f"sqlite:///{file}", 5)
    in_the_way = tmp_path / f"ledger.db.before-{NEWEST_REVISION}"
    in_the_way.mkdir()
    with pytest.raises(LedgerError, match="before-"):
        Ledger.open(f"sqlite:///{file}", KEYRING)
    assert _revision(f"sqlite:///{file}") == "0001"


def test_on_postgresql_somebody_must_say_that_there_is_a_backup(url: str, backend: str) -> None:
    _age(url, 5)
    if backend == "postgresql":
        for _ in range(2):
            with pytest.raises(LedgerBackupNeededError) as caught:
                Ledger.open(url, KEYRING)
            assert "broadcaster database upgrade --backup-made" in caught.value.remedy
            assert _revision(url) == "0001"
    with Ledger.open(url, KEYRING, backup_made=backend == "postgresql") as ledger:
        assert ledger.upgrade is not None
        assert ledger.upgrade.before == "0001"
        assert (ledger.upgrade.copy is None) == (backend == "postgresql")
    with Ledger.open(url, KEYRING) as again:
        assert again.upgrade is None


def test_a_new_ledger_needs_no_backup(empty_url: str) -> None:
    with Ledger.open(empty_url, KEYRING) as ledger:
        assert ledger.upgrade is not None
        assert (ledger.upgrade.before, ledger.upgrade.copy) == (None, None)


def test_nothing_is_upgraded_while_a_process_of_the_older_version_lives(url: str) -> None:
    with Ledger.open(url, KEYRING) as ledger:
        old, gone = Runner.register(ledger), Runner.register(ledger)
        gone.close()
        with ledger.writing() as conn:
            age(conn, "0001")
        for _ in range(2):
            with pytest.raises(LedgerInUseError) as caught:
                Ledger.open(url, KEYRING, backup_made=True)
            said = caught.value.message
            assert said.count("process ") == 1
            assert f"process {os.getpid()} on {socket.gethostname()}, since {datetime.now(UTC):%Y-%m-%d}" in said
            assert _revision(url) == "0001"
            assert ledger.engines.file is None or not list(ledger.engines.file.parent.glob("*.before-*"))
        old.close()
    with Ledger.open(url, KEYRING, backup_made=True) as ledger:
        assert _revision(url) == NEWEST_REVISION


def test_a_process_that_was_killed_is_in_nobodys_way(url: str) -> None:
    program = (
        "import sys; from broadcaster.ledger import Ledger, Runner; from tests.ledger.stage import KEYRING\n"
        "runner = Runner.register(Ledger.open(sys.argv[1], KEYRING)); print('here', flush=True); sys.stdin.read()"
    )
    Ledger.open(url, KEYRING).close()
    words = [sys.executable, "-c", program, url]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "here\n"
            with Ledger.open(url, KEYRING) as ledger, ledger.writing() as conn:
                age(conn, "0001")
            with pytest.raises(LedgerInUseError, match=f"process {other.pid} on "):
                Ledger.open(url, KEYRING, backup_made=True)
        finally:
            other.kill()
    end = time.monotonic() + 30  # a PostgreSQL server notices a moment later
    while _revision(url) != NEWEST_REVISION:
        assert time.monotonic() < end
        with suppress(LedgerInUseError):
            Ledger.open(url, KEYRING, backup_made=True).close()


def test_whoever_opened_the_ledger_before_it_was_upgraded_does_not_begin_to_send(url: str) -> None:
    with Ledger.open(url, KEYRING) as ledger:
        with ledger.writing() as conn:
            conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(LedgerNewerError):
            Runner.register(ledger)
        with ledger.writing() as conn:
            assert list_not_ended(conn) == []
            conn.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": NEWEST_REVISION})
        assert ledger.engines.file is None or not list(ledger.engines.file.parent.glob("*.runners/*"))
        Runner.register(ledger).close()


def test_whoever_registers_during_an_upgrade_waits_and_finds_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older process has opened the ledger, and registers after the upgrade has looked for it."""
    began, migrate = threading.Event(), upgrade.migrate

    def slowly(conn: Connection, revision: str) -> None:
        migrate(conn, revision)
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))  # newer than the older process knows
        began.set()
        time.sleep(0.5)

    with Ledger.open(url, KEYRING) as old, ThreadPoolExecutor(1) as pool:
        with old.writing() as conn:
            age(conn, "0004")
        monkeypatch.setattr(upgrade, "migrate", slowly)
        done = pool.submit(Ledger.open, url, KEYRING, backup_made=True)
        assert began.wait(60)
        with pytest.raises(LedgerNewerError):
            Runner.register(old)
        done.result().close()
        with old.writing() as conn:
            assert list_not_ended(conn) == []
            conn.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": NEWEST_REVISION})


def test_the_copy_is_whole_private_and_on_the_disk_before_anything_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ledger.db"
    copy = tmp_path / f"ledger.db.before-{NEWEST_REVISION}"
    for ending in ("", "-journal", "-wal"):  # what an upgrade left that was killed while it copied
        (tmp_path / f"{copy.name}.partial{ending}").write_bytes(b"left behind")
    synced: list[tuple[int, int]] = []
    before: list[list[tuple[int, int]]] = []
    sync, migrate = os.fsync, upgrade.migrate

    def noting_sync(descriptor: int) -> None:
        sync(descriptor)
        synced.append(_identity(os.fstat(descriptor)))

    def noting_migrate(conn: Connection, revision: str) -> None:
        before.append([*synced])
        migrate(conn, revision)

    with Ledger.open(f"sqlite:///{file}", KEYRING) as writer:
        with Stage.set(writer, 200):
            pass
        with writer.writing() as conn:
            age(conn, "0001")
        # What was committed last lies in the log beside the file, for a reader holds it there.
        with writer.reading() as reading:
            reading.execute(text("SELECT count(*) FROM deliveries"))
            with writer.writing() as writing:
                writing.execute(text("INSERT INTO meta (key, value) VALUES ('last', 'word')"))
            monkeypatch.setattr(os, "fsync", noting_sync)
            monkeypatch.setattr(upgrade, "migrate", noting_migrate)
            mask = os.umask(0)
            try:
                Ledger.open(f"sqlite:///{file}", KEYRING).close()
            finally:
                os.umask(mask)
    assert before == [[_identity(copy.stat()), _identity(tmp_path.stat())]]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.partial*"))
    with closing(sqlite3.connect(copy)) as found:
        assert found.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert found.execute("SELECT count(*) FROM deliveries").fetchone() == (200,)
        assert found.execute("SELECT value FROM meta WHERE key = 'last'").fetchone() == ("word",)
        assert found.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def test_a_damaged_ledger_is_no_backup_and_is_not_upgraded(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    _age(f"sqlite:///{file}", 300)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = "SELECT rootpage FROM sqlite_master WHERE name = 'deliveries'"
        (page,), (size,) = raw.execute(pages).fetchone(), raw.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as stream:
        stream.seek((page - 1) * size + 8)
        stream.write(b"\xff" * 200)
    with pytest.raises(LedgerDamagedError):
        Ledger.open(f"sqlite:///{file}", KEYRING)
    assert not list(tmp_path.glob("*.before-*"))


def test_the_migrations_make_the_tables_that_the_code_knows(ledger: Ledger) -> None:
    with ledger.reading() as conn:
        assert compare_metadata(MigrationContext.configure(conn), tables.metadata) == []


def test_the_revisions_that_are_known_are_the_ones_there_are() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert tuple(reversed([revision.revision for revision in script.walk_revisions()])) == SCHEMA_REVISIONS
    assert script.get_heads() == [NEWEST_REVISION]
