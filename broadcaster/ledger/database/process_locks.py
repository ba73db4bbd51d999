"""Proof that a process lives, given up by the operating system or the server the moment it does not.

On an SQLite ledger each runner holds `flock` on a file of its own beside the database; the kernel lets go of it when
the process ends, however it ends. On PostgreSQL each holds a session's advisory lock; the server lets go of it when the
connection ends. Whoever can take the lock knows that its owner is gone. A heartbeat alone could not tell a dead process
from one that was asleep, and would call what the sleeper sends in doubt.
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

# First number of the pair that names an advisory lock; the second is the runner's. "rnnr"
_ADVISORY_LOCK_SPACE = 0x726E_6E72


class ProcessFileLock:
    """An open, locked file that lives as long as the process, or until `give_up`."""

    def __init__(self, file: Path) -> None:
        try:
            file.parent.mkdir(mode=0o700, exist_ok=True)
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LedgerForbiddenError(f"the lock file {file} cannot be made: {error.strerror}") from None

    def renew(self) -> bool:
        """Nothing takes a lock away from a process that lives."""
        return False

    def give_up(self) -> None:
        os.close(self._descriptor)


class ProcessAdvisoryLock:
    """A connection with an advisory lock; it does nothing else but hold it."""

    def __init__(self, conn: Connection, runner: int) -> None:
        self._conn: Connection | None = conn
        self._engine = conn.engine
        self._runner = runner
        self._acquire(conn)

    def renew(self) -> bool:
        """Hold the lock again where the server let go of it, because it was restarted or the connection was cut;
        whether that was so. Raises `LedgerUnreachableError`, and may be called again then.
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

    def give_up(self) -> None:
        # By word, for the server notices the end of a session only a moment later; and by the end of the session, for
        # back in the pool it would keep its settings.
        if self._conn is not None:
            with suppress(LedgerError), self._conn.begin():
                numbers = {"locks": _ADVISORY_LOCK_SPACE, "runner": self._runner}
                self._conn.execute(text("SELECT pg_advisory_unlock(:locks, :runner)"), numbers)
        self._drop_connection()

    def _acquire(self, conn: Connection) -> None:
        # A machine that loses its power cannot close its connection: the server must notice within half a minute.
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
    """Where a runner of an SQLite ledger keeps its lock."""
    return ledger_file.with_name(f"{ledger_file.name}.runners") / runner_id


def is_alive(conn: Connection, runner: ResultRow) -> bool:
    """Whether the owner of a runner (its row) lives, for those who only look: nothing is settled by it.

    On PostgreSQL the server's list of locks is read. An SQLite runner's lock is tried for an instant; whoever settles
    tries again when that comes in between (`_can_lock`).
    """
    if not is_sqlite(conn):
        numbers = {"locks": _ADVISORY_LOCK_SPACE, "runner": runner.seq}
        return bool(conn.execute(text(_IS_LOCK_HELD), numbers).scalar()) or _within_restart_grace(conn, runner)
    file = process_lock_file(Path(str(conn.engine.url.database)), runner.id)
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return _has_process_here(runner)
    except PermissionError:
        return True  # another user's: we cannot tell
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


# An advisory lock of two numbers has 2 in objsubid.
_IS_LOCK_HELD = """
    SELECT EXISTS (
        SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
        AND classid::bigint = :locks AND objid::bigint = :runner
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""


RESTART_GRACE_SECONDS = 60
"""How long after its start a PostgreSQL server proves nothing about those who were there before: its restart took their
locks, and they take them again as soon as they notice (`Runner.renew`).
"""


def _within_restart_grace(conn: Connection, runner: ResultRow) -> bool:
    """Whether the server was restarted so lately that the runner may not have come back yet."""
    started, up = conn.execute(text(_SERVER_START)).one()
    return bool(up < RESTART_GRACE_SECONDS and runner.started_at < started)


_SERVER_START = "SELECT pg_postmaster_start_time(), extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())"


@contextmanager
def proven_dead(conn: Connection, runner: ResultRow, *, settle: bool = True) -> Iterator[bool]:
    """Whether the owner of a runner (its row) is gone. While the block runs nobody else can find out the same.

    `settle` is for whoever writes down that it is: its proof is cleared away.
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
    # Held until the transaction ends, so that of several who look at once one settles what the dead one left.
    taken = text("SELECT pg_try_advisory_xact_lock(:locks, :runner)")
    yield bool(conn.execute(taken, {"locks": _ADVISORY_LOCK_SPACE, "runner": runner.seq}).scalar())


@contextmanager
def _file_is_free(file: Path, runner: ResultRow, *, settle: bool) -> Iterator[bool]:
    try:
        descriptor = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        # The ledger was moved or restored without its side folder, or somebody cleared it away.
        yield not _has_process_here(runner)
        return
    except PermissionError:
        yield False  # another user's: if it lives we cannot tell
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
    """Whether the lock could be taken. It is tried more than once, for somebody who looks may hold it for an instant
    (`is_alive`).
    """
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
    """Whether some other process of this machine has the runner's number. Taking a stranger for it only means that a
    doubt is settled later; taking it for dead while it lives could send something twice.
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
