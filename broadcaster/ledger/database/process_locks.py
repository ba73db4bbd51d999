"""Process locks: they prove that a process runs, for they are released when it ends.

On an SQLite ledger each runner holds `flock` on a file of its own beside the database; the kernel releases it when the
process ends, however it ends. On PostgreSQL each holds an advisory lock; the server releases it when the connection
ends. Whoever can take the lock knows that its owner is gone. A heartbeat could not tell a dead process from a suspended
one, whose deliveries would become unsure while it still sends them.
"""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, text

from broadcaster.ledger.database.dialect import ResultRow
from broadcaster.ledger.database.engines import is_sqlite
from broadcaster.ledger.database.errors import LedgerError, LedgerForbiddenError

# The first number of an advisory lock, "rnnr"; the second is the runner's.
_ADVISORY_LOCK_SPACE = 0x726E_6E72


class ProcessFileLock:
    """A file that stays open and locked until the process ends, or until `release`."""

    def __init__(self, file: Path) -> None:
        try:
            file.parent.mkdir(mode=0o700, exist_ok=True)
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LedgerForbiddenError(f"the lock file {file} cannot be made: {error.strerror}") from None

    def renew(self) -> bool:
        """Nothing to do: the kernel never releases the lock of a running process."""
        return False

    def release(self) -> None:
        os.close(self._descriptor)


class ProcessAdvisoryLock:
    """An advisory lock, on a connection that does nothing else."""

    def __init__(self, conn: Connection, runner: int) -> None:
        self._conn: Connection | None = conn
        self._engine = conn.engine
        self._runner = runner
        self._acquire(conn)

    def renew(self) -> bool:
        """Take the lock again where the server released it: after a restart, or a lost connection.

        True when it had to be taken. Raises `LedgerUnreachableError`; it may then be called again.
        """
        if self._is_held():
            return False
        self._drop_connection()
        conn = self._engine.connect()
        try:
            with conn.begin():
                self._acquire(conn)
        except BaseException:
            conn.close()
            raise
        self._conn = conn
        return True

    def release(self) -> None:
        # Unlocked explicitly, for the server notices the end of a session a moment later. The session is closed too,
        # for in the pool it would keep its settings.
        if self._conn is not None:
            with suppress(LedgerError), self._conn.begin():
                parameters = {"locks": _ADVISORY_LOCK_SPACE, "runner": self._runner}
                self._conn.execute(text("SELECT pg_advisory_unlock(:locks, :runner)"), parameters)
        self._drop_connection()

    def _acquire(self, conn: Connection) -> None:
        # After a power cut nobody closes the connection: keepalives let the server notice within half a minute.
        for setting in ("tcp_keepalives_idle = 15", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3"):
            conn.execute(text(f"SET {setting}"))
        if (conn.dialect.server_version_info or (0,)) >= (14,):
            conn.execute(text("SET idle_session_timeout = 0"))
        conn.execute(
            text("SELECT pg_advisory_lock(:locks, :runner)"), {"locks": _ADVISORY_LOCK_SPACE, "runner": self._runner}
        )

    def _is_held(self) -> bool:
        if self._conn is None:
            return False
        try:
            with self._conn.begin():
                return self._conn.execute(text("SELECT 1")).scalar() == 1
        except LedgerError:
            return False

    def _drop_connection(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            with suppress(LedgerError):
                conn.invalidate()
            conn.close()


def process_lock_file(ledger_file: Path, runner_id: str) -> Path:
    """The lock file of a runner of an SQLite ledger."""
    return ledger_file.with_name(f"{ledger_file.name}.runners") / runner_id


def is_alive(conn: Connection, runner: ResultRow) -> bool:
    """Whether the process of a runner (its row) is running. For display: nothing is recovered by it.

    On PostgreSQL the server's list of locks is read. On SQLite the lock is taken for an instant; `_can_lock` tries more
    than once because of that.
    """
    if not is_sqlite(conn):
        parameters = {"locks": _ADVISORY_LOCK_SPACE, "runner": runner.seq}
        return bool(conn.execute(text(_IS_LOCK_HELD), parameters).scalar()) or _within_restart_grace(conn, runner)
    file = process_lock_file(Path(str(conn.engine.url.database)), runner.id)
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return _has_process_here(runner)
    except PermissionError:
        return True  # another user's file: we cannot tell
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


# An advisory lock that two numbers name has 2 in objsubid.
_IS_LOCK_HELD = """
    SELECT EXISTS (
        SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND classid::bigint = :locks AND objid::bigint = :runner
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""


RESTART_GRACE_SECONDS = 60
"""Seconds after a PostgreSQL server's start in which a free lock proves nothing: the restart released all locks, and
running processes take theirs again as soon as they notice (`Runner.renew`).
"""


def _within_restart_grace(conn: Connection, runner: ResultRow) -> bool:
    """Whether the server was restarted so recently that the runner may not have its lock back yet."""
    started, up = conn.execute(text(_SERVER_START)).one()
    return bool(up < RESTART_GRACE_SECONDS and runner.started_at < started)


_SERVER_START = "SELECT pg_postmaster_start_time(), extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())"


@contextmanager
def proven_dead(conn: Connection, runner: ResultRow, *, settle: bool = True) -> Iterator[bool]:
    """Whether the process of a runner (its row) has ended. Its lock is held while the block runs, so that one process
    recovers what it left.

    With `settle` the lock file is removed afterwards: the caller records that the runner has ended.
    """
    if is_sqlite(conn):
        with _file_is_free(
            process_lock_file(Path(str(conn.engine.url.database)), runner.id), runner, settle=settle
        ) as free:
            yield free
        return
    if _within_restart_grace(conn, runner):
        yield False
        return
    # Held until the transaction ends: of several processes one recovers what the dead one left.
    try_lock = text("SELECT pg_try_advisory_xact_lock(:locks, :runner)")
    yield bool(conn.execute(try_lock, {"locks": _ADVISORY_LOCK_SPACE, "runner": runner.seq}).scalar())


@contextmanager
def _file_is_free(file: Path, runner: ResultRow, *, settle: bool) -> Iterator[bool]:
    try:
        descriptor = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        # The ledger was moved or restored without its lock files, or somebody deleted them.
        yield not _has_process_here(runner)
        return
    except PermissionError:
        yield False  # another user's file: we cannot tell whether it runs
        return
    try:
        if not _can_lock(descriptor):
            yield False
            return
        yield True
        if settle:
            file.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


_TRIES, _RETRY_SECONDS = 3, 0.01


def _can_lock(descriptor: int) -> bool:
    """Whether the lock could be taken. It is tried more than once, for `is_alive` holds it for an instant."""
    for left in reversed(range(_TRIES)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if left:
                time.sleep(_RETRY_SECONDS)
        else:
            return True
    return False


def _has_process_here(runner: ResultRow) -> bool:
    """Whether another process on this machine has the runner's number.

    If that is an unrelated process, recovery only comes later. If a running runner were taken for dead, a message could
    go out twice.
    """
    if runner.host != socket.gethostname() or runner.pid == os.getpid():
        return False
    try:
        os.kill(runner.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
