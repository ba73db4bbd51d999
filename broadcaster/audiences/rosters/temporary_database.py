"""A table to sort a million rows by, in a few megabytes: SQLite spills it to a temporary file of its own."""

import sqlite3
from types import TracebackType
from typing import Self

_CACHE_KB = 8_000


class TemporaryDatabase:
    """A temporary database with these tables (SQL), gone when closed. Use it as a context manager."""

    def __init__(self, *tables: str) -> None:
        # An empty name is a temporary database that spills to disk and is deleted when closed.
        self._store = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            f"PRAGMA cache_size = -{_CACHE_KB}",
            *tables,
            "BEGIN",
        ):
            self._store.execute(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()
