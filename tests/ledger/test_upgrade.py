import shutil
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, select, text

from broadcaster.domain.receipts import Outcome
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger import Ledger, Runner, claims, engines, letters, settling, tables, upgrade
from broadcaster.ledger.errors import LedgerError
from broadcaster.ledger.revisions import NEWEST, REVISIONS
from tests.ledger.aging import age
from tests.ledger.stage import KEYRING, NOW, Stage


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
    with Ledger.open(url, KEYRING) as ledger:
        assert _revision(url) == NEWEST
        with ledger.writing() as conn:
            claims.recover(conn, NOW)
        with Stage(ledger, *_again(ledger, broadcast)) as stage:
            # `states` compares the counters, which the upgrade filled, with the rows.
            assert stage.states() == {
                DeliveryState.ACCEPTED: 2,
                DeliveryState.UNSURE: 4,
                DeliveryState.QUEUED: 4,
            }
            with ledger.writing() as conn:
                assert settling.settle(conn, broadcast, None, DeliveryState.QUEUED) == 4
            stage.record(stage.claim(10))
            assert stage.states() == {DeliveryState.ACCEPTED: 10}
        with ledger.reading() as conn:
            assert letters.get(conn, "digest") == b"letter"


def _again(ledger: Ledger, broadcast: str) -> tuple[Runner, str]:
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
    backup = tmp_path / f"ledger.db.before-{NEWEST}"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert _revision(f"sqlite:///{backup}") == "0001"
    assert not (tmp_path / f"ledger.db.before-{NEWEST}.partial").exists()
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
        Ledger.open(url, KEYRING)
    assert _revision(url) == "0001"
    with made.writer.begin() as conn:
        assert "counters" not in inspect(conn).get_table_names()
        conn.execute(text("DROP INDEX ix_deliveries_doubt"))
    made.dispose()
    with Ledger.open(url, KEYRING):
        assert _revision(url) == NEWEST


def test_a_backup_that_cannot_be_written_stops_the_upgrade(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    _age(f"sqlite:///{file}", 5)
    in_the_way = tmp_path / f"ledger.db.before-{NEWEST}"
    in_the_way.mkdir()
    with pytest.raises(LedgerError, match="before-"):
        Ledger.open(f"sqlite:///{file}", KEYRING)
    assert _revision(f"sqlite:///{file}") == "0001"


def test_the_migrations_make_the_tables_that_the_code_knows(ledger: Ledger) -> None:
    with ledger.reading() as conn:
        assert compare_metadata(MigrationContext.configure(conn), tables.metadata) == []


def test_the_revisions_that_are_known_are_the_ones_there_are() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert tuple(reversed([revision.revision for revision in script.walk_revisions()])) == REVISIONS
    assert script.get_heads() == [NEWEST]
