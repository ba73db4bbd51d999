"""The cache of valid roster rows, so that an unchanged roster is not validated again.

A row is found by its mark (16 keyed bytes over its content); what normalising changed in it is sealed. Reads and writes
never wait and never fail: a row that is not found is validated, which only takes longer.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from broadcaster.cache.cache_file import CacheFile, FileTrouble, classify_error
from broadcaster.cache.errors import CacheNotClearedError
from broadcaster.keys import Keyring, SealBrokenError

ROW_CACHE_FILE = "rows.db"

_VERSION = "rows-1"
_TABLE = """\
CREATE TABLE rows (audience TEXT NOT NULL, mark BLOB NOT NULL, sealed BLOB, PRIMARY KEY (audience, mark)) WITHOUT ROWID
"""
_ROWS_AT_ONCE = 5_000
"""Rows that are written together: each transaction waits for the disk."""

T = TypeVar("T")
SealedRow = tuple[str, bytes, bytes | None]


class RowCache:
    """The valid rows of all audiences, in a file in `folder`. Safe to share between threads and processes.

    `keyring` seals the values; a file that another key has sealed is replaced.
    """

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self._keyring = keyring
        self._store = CacheFile(folder / ROW_CACHE_FILE, _VERSION, keyring.check_value, (_TABLE,))

    @contextmanager
    def opened(self) -> Iterator["CachedRows"]:
        """The rows, for one reading of a roster that begins after this and ends with the block."""
        rows = CachedRows(self._store, self._keyring)
        try:
            yield rows
        finally:
            rows.close()

    def forget(self, audience: str | None = None) -> None:
        """Forget the rows of an audience, or all; if that is not possible, the file is deleted.

        It waits for the lock. Whoever is reading a roster meanwhile does not put its rows back.
        Raises `CacheNotClearedError`.
        """
        try:
            with closing(self._store.open_waiting()) as conn:
                conn.execute("BEGIN IMMEDIATE")
                if audience is None:
                    conn.execute("DELETE FROM rows")
                else:
                    conn.execute("DELETE FROM rows WHERE audience = ?", (audience,))
                conn.execute("UPDATE state SET generation = generation + 1")
                conn.execute("COMMIT")
        except (FileNotFoundError, NotADirectoryError):
            return
        except (sqlite3.Error, OSError):
            self._remove()

    def _remove(self) -> None:
        try:
            self._store.remove()
        except OSError as error:
            raise CacheNotClearedError(f"The cache of checked rows cannot be deleted: {error.strerror}.") from None


class CachedRows:
    """The cache for one reading of a roster; new rows are written some thousands at a time, and on `close`.

    While another process holds the lock, nothing is found. After any other error the cache is not used again.
    """

    def __init__(self, store: CacheFile, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._unwritten: list[SealedRow] = []
        self._conn: sqlite3.Connection | None = None
        self._is_over = False
        self._generation = self._use(store.generation, otherwise=None)

    def find_known(self, audience: str, marks: Sequence[bytes]) -> Mapping[bytes, bytes | None]:
        """Those of these rows that are remembered, with what normalising changed in each (None: nothing)."""
        wanted = ",".join("?" * len(marks))
        query = f"SELECT mark, sealed FROM rows WHERE audience = ? AND mark IN ({wanted})"  # noqa: S608 (marks only)

        def find(conn: sqlite3.Connection) -> Mapping[bytes, bytes | None]:
            return {
                mark: None if sealed is None else self._keyring.open(sealed, _seal_context(audience, mark))
                for mark, sealed in conn.execute(query, (audience, *marks)).fetchall()
            }

        return self._use(find, otherwise={})

    def remember(self, audience: str, rows: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Remember rows and what normalising changed; what is remembered already stays as it is."""
        if self._generation is None or self._is_over:
            return
        self._unwritten += [
            (audience, mark, None if kept is None else self._keyring.seal(kept, _seal_context(audience, mark)))
            for mark, kept in rows
        ]
        if len(self._unwritten) >= _ROWS_AT_ONCE:
            self._use(self._write, otherwise=None)

    def close(self) -> None:
        """Write the remaining rows, if the lock is free."""
        if self._unwritten:
            self._use(self._write, otherwise=None)
        self._end()

    def _write(self, conn: sqlite3.Connection) -> None:
        rows, self._unwritten = self._unwritten, []
        conn.execute("BEGIN IMMEDIATE")
        try:
            # If it was emptied since this reading began, somebody in these rows may have been erased.
            if self._store.generation(conn) == self._generation:
                conn.executemany("INSERT OR IGNORE INTO rows VALUES (?, ?, ?)", rows)
            conn.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                conn.execute("ROLLBACK")
            raise

    def _use(self, work: Callable[[sqlite3.Connection], T], *, otherwise: T) -> T:
        """What `work` finds in the file, or `otherwise` where it cannot be used now; a damaged file is deleted."""
        if self._is_over:
            return otherwise
        try:
            if self._conn is None:
                self._conn = self._store.open()
            return work(self._conn)
        except SealBrokenError:
            self._end(damaged=True)
        except sqlite3.Error as error:
            if (found := classify_error(error)) is not FileTrouble.BUSY:
                self._end(damaged=found is FileTrouble.DAMAGED)
        except OSError:
            self._end()
        return otherwise

    def _end(self, *, damaged: bool = False) -> None:
        self._is_over = True
        self._unwritten = []
        if self._conn is not None:
            with suppress(sqlite3.Error):
                self._conn.close()
            self._conn = None
        if damaged:
            with suppress(OSError):
                self._store.remove()


def _seal_context(audience: str, mark: bytes) -> bytes:
    return b"roster:" + audience.encode() + b":" + mark
