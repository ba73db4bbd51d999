"""Bulk inserts and updates with rows as plain tuples.

SQLAlchemy makes a dictionary of each row, runs a processor for each column, and makes a tuple again: four microseconds
a row, more than SQLite takes to write it. Here a Core statement is compiled once with positional parameters, and the
tuples go to the driver unchanged: the caller gives plain strings, numbers and bytes.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, UpdateBase, bindparam
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from broadcaster.ledger.database.dialect import insert_into

RowValues = tuple[Any, ...]


def insert_new_rows(conn: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[RowValues]) -> int:
    """Insert the rows that conflict with no existing one; returns how many were inserted."""
    if not rows:
        return 0
    return conn.exec_driver_sql(_insert(conn.dialect.name, table, columns), list(rows)).rowcount


def run_for_rows(conn: Connection, sql: str, rows: Sequence[RowValues]) -> int:
    """Run SQL from `compile_positional` once for each row; returns how many rows were changed."""
    return conn.exec_driver_sql(sql, list(rows)).rowcount


def compile_positional(dialect: str, statement: UpdateBase, order: tuple[str, ...]) -> str:
    """The SQL of a statement. Raises `ValueError` unless its parameters stand in this order."""
    compiled = statement.compile(dialect=_dialect(dialect))
    if tuple(compiled.positiontup or ()) != order:
        raise ValueError(f"the parameters stand as {compiled.positiontup}, not as {order}")
    return str(compiled)


@cache
def _insert(dialect: str, table: Table, columns: tuple[str, ...]) -> str:
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return compile_positional(dialect, insert_into(dialect, table).values(values).on_conflict_do_nothing(), columns)


@cache
def _dialect(name: str) -> Dialect:
    if name == "sqlite":
        return SQLiteDialect_pysqlite()
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    return PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call] # SQLAlchemy has no type for it
