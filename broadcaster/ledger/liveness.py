"""Proof that a process lives, given up by the operating system or the server the moment it does not.

On an SQLite ledger each runner holds `flock` on a file of its own beside the database; the kernel lets go of it when
the process ends, however it ends. On PostgreSQL each holds a session's advisory lock; the server lets go of it when the
connection ends. Whoever can take the lock knows that its owner is gone. A heartbeat alone could not tell a dead process
from one that was asleep, and would call what the sleeper sends in doubt.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, text

from broadcaster.ledger.engines import is_sqlite
from broadcaster.ledger.errors import LedgerForbiddenError

# First number of the pair that names an advisory lock; the second is the runner's. "rnnr"
_LOCKS = 0x726E_6E72


class FileProof:
    """An open, locked file that lives as long as the process, or until `give_up`."""

    def __init__(self, file: Path) -> None:
        try:
            file.parent.mkdir(mode=0o700, exist_ok=True)
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LedgerForbiddenError(f"the lock file {file} cannot be made: {error.strerror}") from None

    def give_up(self) -> None:
        os.close(self._descriptor)


class SessionProof:
    """A connection with an advisory lock; it does nothing else but hold it."""

    def __init__(self, conn: Connection, runner: int) -> None:
        conn.execute(text("SELECT pg_advisory_lock(:locks, :runner)"), {"locks": _LOCKS, "runner": runner})
        self._conn = conn

    def give_up(self) -> None:
        # Not back into the pool: only the end of the session lets go of its locks for certain.
        self._conn.invalidate()
        self._conn.close()


def proof_file(ledger_file: Path, runner_id: str) -> Path:
    """Where a runner of an SQLite ledger keeps its lock."""
    return ledger_file.with_name(f"{ledger_file.name}.runners") / runner_id


@contextmanager
def proven_dead(conn: Connection, runner: int, runner_id: str) -> Iterator[bool]:
    """Whether a runner's owner is gone. While the block runs nobody else can find out the same."""
    if is_sqlite(conn):
        with _file_is_free(proof_file(Path(str(conn.engine.url.database)), runner_id)) as free:
            yield free
        return
    # Held until the transaction ends, so that of several who look at once one settles what the dead one left.
    taken = text("SELECT pg_try_advisory_xact_lock(:locks, :runner)")
    yield bool(conn.execute(taken, {"locks": _LOCKS, "runner": runner}).scalar())


@contextmanager
def _file_is_free(file: Path) -> Iterator[bool]:
    try:
        descriptor = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        # The ledger was moved or restored without its side folder: nobody here holds anything.
        yield True
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
        file.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
