"""Connections to the database: durable commits, and writers that wait for one another."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from broadcaster.keys import Keyring
from broadcaster.ledger.database.error_translation import translate_error
from broadcaster.ledger.database.errors import LedgerDriverError, LedgerPoolerError, LedgerUrlError
from broadcaster.ledger.database.tables import metadata
from broadcaster.ledger.database.writer_queue import FairLock

LOCK_WAIT_SECONDS = 30
"""Seconds that a writer waits for another before `LedgerLockedError`."""

_SQLITE_READERS = 8
_POSTGRESQL_POOL_SIZE = 16


@dataclass(frozen=True, slots=True)
class Engines:
    """`reader` gives read-only connections, `writer` those that may write.

    `file` is the SQLite file, and `writer_lock` orders the threads that wait for its single `writer` connection. Both
    are None on PostgreSQL.
    """

    reader: Engine
    writer: Engine
    file: Path | None
    writer_lock: FairLock | None

    def dispose(self) -> None:
        """Close every idle connection."""
        self.reader.dispose()
        self.writer.dispose()


def make_engines(database: str, keyring: Keyring) -> Engines:
    """Engines for a SQLAlchemy URL, connected to nothing yet. Raises `LedgerUrlError`, `LedgerDriverError`."""
    url = _parse_url(database)
    if url.get_backend_name() == "sqlite":
        return _make_sqlite_engines(url, keyring)
    return _make_postgresql_engines(url, keyring)


def empty_engines(keyring: Keyring) -> Engines:
    """An empty, read-only ledger in memory: what queries see where no ledger exists yet."""
    engine = create_engine(
        "sqlite+pysqlite://",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
        execution_options={"keyring": keyring},
        hide_parameters=True,
    )
    metadata.create_all(engine)
    with engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA query_only = ON")
    return Engines(reader=engine, writer=engine, file=None, writer_lock=None)


def keyring_of(conn: Connection) -> Keyring:
    """The keyring of this connection's ledger, with which its columns are sealed."""
    keyring: Keyring = conn.get_execution_options()["keyring"]
    return keyring


def is_sqlite(conn: Connection) -> bool:
    """Whether the ledger is an SQLite file; otherwise it is on PostgreSQL."""
    return conn.dialect.name == "sqlite"


def _parse_url(database: str) -> URL:
    try:
        url = make_url(database)
    except ArgumentError:
        # The text may hold a password, so it is not repeated.
        raise LedgerUrlError("`database` is not a database URL") from None
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        raise LedgerUrlError("an SQLite ledger must be a file, for what is only in memory is lost with the process")
    raise LedgerUrlError(f"`database` names {backend}, which we cannot use")


def _make_sqlite_engines(url: URL, keyring: Keyring) -> Engines:
    """One connection that writes for the whole process, and several that read.

    SQLite allows one writer at a time. Within the process `writer_lock` wakes the next writer at once. Against other
    processes SQLite's busy timeout waits, which polls with growing pauses.
    """
    shared: dict[str, Any] = {
        "connect_args": {"timeout": LOCK_WAIT_SECONDS, "check_same_thread": False, "cached_statements": 256},
        "execution_options": {"keyring": keyring},
        "hide_parameters": True,
        "pool_timeout": LOCK_WAIT_SECONDS,
    }
    writer = create_engine(url, pool_size=1, max_overflow=0, **shared)
    reader = create_engine(url, pool_size=_SQLITE_READERS, max_overflow=-1, **shared)
    _on_connect(writer, lambda dbapi: _sqlite_session(dbapi, query_only=False))
    _on_connect(reader, lambda dbapi: _sqlite_session(dbapi, query_only=True))
    _on_begin(writer, "BEGIN IMMEDIATE")
    _on_begin(reader, "BEGIN")
    for engine in (writer, reader):
        event.listen(engine, "handle_error", translate_error)
    return Engines(reader=reader, writer=writer, file=Path(str(url.database)), writer_lock=FairLock())


def _sqlite_session(dbapi: Any, *, query_only: bool) -> None:
    # None: the module opens no transaction by itself. We do, so that a writer has the lock before it reads.
    dbapi.isolation_level = None
    cursor = dbapi.cursor()
    try:
        cursor.execute("PRAGMA foreign_keys = ON")
        # FULL syncs the log at every commit. With NORMAL a power cut may undo the last commits, and with them
        # attempts whose messages have been sent: they would be sent again.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA cache_size = -8000")
        # 32 MB of log before a checkpoint: a release changes the same index pages over and over, and each checkpoint
        # writes them to the file and syncs it.
        cursor.execute("PRAGMA wal_autocheckpoint = 8000")
        # Erased and replaced bytes are overwritten in the file, not only unlinked.
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute(f"PRAGMA query_only = {'ON' if query_only else 'OFF'}")
    finally:
        cursor.close()


def _make_postgresql_engines(url: URL, keyring: Keyring) -> Engines:
    try:
        writer = create_engine(
            url,
            pool_size=_POSTGRESQL_POOL_SIZE,
            max_overflow=_POSTGRESQL_POOL_SIZE,
            pool_timeout=LOCK_WAIT_SECONDS,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",  # whatever the server's default: after a lock wait the row is read again
            connect_args={"connect_timeout": 10, "application_name": "broadcaster"},
            execution_options={"keyring": keyring},
            hide_parameters=True,
        )
    except ImportError:
        raise LedgerDriverError("the ledger is on PostgreSQL, and psycopg is not installed") from None
    _on_connect(writer, _postgresql_session)
    event.listen(writer, "handle_error", translate_error)
    # A reader sees one snapshot for all its queries, as on SQLite.
    reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Engines(reader=reader, writer=writer, file=None, writer_lock=None)


def _postgresql_session(dbapi: Any) -> None:
    dbapi.autocommit = True
    with dbapi.cursor() as cursor:
        _refuse_pooler(dbapi, cursor)
        cursor.execute(f"SET lock_timeout = '{LOCK_WAIT_SECONDS}s'")
        # Some servers confirm a commit before it is on disk; an attempt must be durable before its message is sent.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    dbapi.autocommit = False


def _refuse_pooler(dbapi: Any, cursor: Any) -> None:
    """Raise `LedgerPoolerError` behind a connection pooler, which gives our session's locks to other clients.

    A pooler may use another server process for each transaction, so it invents the process number that it tells its
    clients (BackendKeyData, section 55.2.1 of PostgreSQL's manual).
    """
    [(serving,)] = cursor.execute("SELECT pg_backend_pid()").fetchall()
    if serving != dbapi.info.backend_pid:
        dbapi.close()
        raise LedgerPoolerError("The ledger is reached through PgBouncer, or a connection pooler like it")


def _on_connect(engine: Engine, prepare: Callable[[Any], None]) -> None:
    @event.listens_for(engine, "connect")
    def connected(dbapi: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        prepare(dbapi)


def _on_begin(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def begun(conn: Connection) -> None:
        conn.exec_driver_sql(statement)


def sqlite_connection_of(conn: Connection) -> sqlite3.Connection:
    """The driver's connection, for backups and pragmas outside a transaction."""
    driver = conn.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("not an SQLite connection")
    return driver
