"""SQL that was compiled for one SQLite file serves for the next: each test opens a ledger of its own.

SQLAlchemy compiles each statement once for each engine, and each test makes engines. Compiled statements hold nothing
of a ledger: the key that seals columns is asked of the connection (`keyring_of`).
"""

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection
from sqlalchemy.util import LRUCache

_compiled: Any = LRUCache(2_000)


class SharedDialect(SQLiteDialect_pysqlite):
    """SQLite as it always is; equal to all others, for the dialect is a part of each key in the cache."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))


def share_compiled_statements() -> None:
    """Let all SQLite ledgers of this process share one cache."""
    registry.register("sqlite.pysqlite", __name__, SharedDialect.__name__)

    @event.listens_for(Engine, "engine_connect")
    def connected(conn: Connection) -> None:
        if isinstance(conn.dialect, SharedDialect):
            conn.execution_options(compiled_cache=_compiled)
