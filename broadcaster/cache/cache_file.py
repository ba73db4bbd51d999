"""The SQLite file of a cache. A locked file is passed over at once; a damaged or foreign one is replaced.

The standard library's `sqlite3` is enough for two tables. The ledger's engines would wait for locks, keep connections,
and raise errors that ask somebody to act.

A rollback journal instead of a write-ahead log keeps the cache one file. It can be deleted while others use it, and
read in a read-only folder. SQLite refuses writes to a deleted file that is still open.
"""

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from enum import Enum, auto
from pathlib import Path

WAIT_SECONDS = 10.0
"""Seconds that a command which empties the cache waits for the lock."""

_STATE = "CREATE TABLE state (version TEXT NOT NULL, key_check TEXT NOT NULL, generation INTEGER NOT NULL)"
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNUSABLE = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
    }
)


class FileTrouble(Enum):
    """What an error means: another process has the lock, the file cannot be used here, or it must be replaced."""

    BUSY = auto()
    UNUSABLE = auto()
    DAMAGED = auto()


def classify_error(error: sqlite3.Error) -> FileTrouble:
    """The kind of trouble that an SQLite error means."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _BUSY:
        return FileTrouble.BUSY
    return FileTrouble.UNUSABLE if code in _UNUSABLE else FileTrouble.DAMAGED


class CacheFile:
    """A cache's file. `version` names the meaning of its tables (SQL), `key_check` the key that sealed its values.

    `generation` is increased whenever it is emptied, so that an earlier reader does not put its rows back.
    """

    def __init__(self, path: Path, version: str, key_check: str, tables: Sequence[str]) -> None:
        self.path = path
        self._version = version
        self._key_check = key_check
        self._tables = tables

    def open(self) -> sqlite3.Connection:
        """A connection that never waits for a lock. A file that is damaged, or of another version or key, is replaced.
        Raises `sqlite3.Error` and OSError where the cache cannot be used now.
        """
        self._make_file()
        try:
            return self._opened(timeout=0.0)
        except sqlite3.Error as error:
            if classify_error(error) is not FileTrouble.DAMAGED:
                raise
        self.remove()
        self._make_file()
        return self._opened(timeout=0.0)

    def open_waiting(self) -> sqlite3.Connection:
        """A connection that waits for the lock. Raises `sqlite3.Error`, and OSError where there is no file."""
        self.path.stat()
        return self._opened(timeout=WAIT_SECONDS)

    def remove(self) -> None:
        """Delete the file. Raises OSError."""
        for path in (self.path, self.path.with_name(f"{self.path.name}-journal")):
            path.unlink(missing_ok=True)

    def generation(self, conn: sqlite3.Connection) -> int:
        """How often it was emptied."""
        found: int = conn.execute("SELECT generation FROM state").fetchone()[0]
        return found

    def _make_file(self) -> None:
        """An empty file that only its owner may read, if there is none; the journal takes after it."""
        if self.path.exists():
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))

    def _opened(self, timeout: float) -> sqlite3.Connection:
        conn = sqlite3.connect(self.path, timeout=timeout, isolation_level=None, check_same_thread=False)
        try:
            # SQLite overwrites deleted rows with zeros.
            with closing(conn.execute("PRAGMA secure_delete = ON")):
                pass
            if not conn.execute("SELECT 1 FROM sqlite_master").fetchone():
                self._make_tables(conn)
            self._check(conn)
        except BaseException:
            conn.close()
            raise
        return conn

    def _check(self, conn: sqlite3.Connection) -> None:
        found = conn.execute("SELECT version, key_check FROM state").fetchall()
        if found != [(self._version, self._key_check)]:
            raise sqlite3.DatabaseError("a cache of another version or key")

    def _make_tables(self, conn: sqlite3.Connection) -> None:
        conn.execute("BEGIN IMMEDIATE")
        if not conn.execute("SELECT 1 FROM sqlite_master").fetchone():  # another process may have been quicker
            for statement in (_STATE, *self._tables):
                conn.execute(statement)
            conn.execute("INSERT INTO state VALUES (?, ?, 0)", (self._version, self._key_check))
        conn.execute("COMMIT")
