"""Another process that keeps the ledger's write lock for as long as a block lasts: a release, an erasure, a backup.

    with locked("sqlite:////…/broadcaster.db") as writer:
        ...                                 # readers are let through
        assert writer.holds

On SQLite it has begun to write, on PostgreSQL it has every table in EXCLUSIVE MODE. It lets go when it is told to, and
never by itself.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg


@dataclass(frozen=True)
class Writer:
    """The process."""

    process: subprocess.Popen[bytes]

    @property
    def holds(self) -> bool:
        """Whether it still has the lock."""
        return self.process.poll() is None


@contextmanager
def locked(database: str) -> Iterator[Writer]:
    """The ledger at this URL, locked."""
    with subprocess.Popen(
        [sys.executable, __file__, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"locked\n"
            yield Writer(process)
        finally:
            process.communicate()


def _keep(database: str) -> None:
    if database.startswith("sqlite"):
        conn = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
        conn.execute("BEGIN IMMEDIATE")
        _wait()
        conn.close()
        return
    with psycopg.connect(database.replace("+psycopg", "")) as server:
        tables = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in tables:
            server.execute(f'LOCK TABLE "{name}" IN EXCLUSIVE MODE'.encode())
        _wait()
        server.rollback()


def _wait() -> None:
    sys.stdout.write("locked\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    _keep(sys.argv[1])
