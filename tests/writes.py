"""Looking must not write: whether anybody begins to, for as long as a block lasts.

That rows are equal afterwards does not show it: a transaction that changes nothing waits for the writer all the same.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event


@contextmanager
def nobody_writes() -> Iterator[None]:
    """Fail, in the end, if any thread of this process begins a transaction in which a ledger can be written to."""
    begun: list[str] = []

    def note(conn: Connection) -> None:
        if not _only_reads(conn):
            begun.append("".join(traceback.format_stack()))

    event.listen(Engine, "begin", note, insert=True)
    try:
        yield
    finally:
        event.remove(Engine, "begin", note)
    assert not begun, f"{len(begun)} times, first here:\n{begun[0]}"


def _only_reads(conn: Connection) -> bool:
    if conn.dialect.name != "sqlite":
        return conn.get_execution_options().get("postgresql_readonly") is True
    driver = conn.connection.driver_connection
    return driver is not None and driver.execute("PRAGMA query_only").fetchone() == (1,)
