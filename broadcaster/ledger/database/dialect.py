"""Statements that SQLite and PostgreSQL need in different words: upserts, and membership in a list."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    Row,
    String,
    Table,
    any_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

from broadcaster.ledger.database.connections import WriteConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    # A row whose columns the type checker does not know; SQLAlchemy 2.0 and 2.1 spell its type differently.
    ResultRow = Row[*tuple[Any, ...]]
else:
    ResultRow = Row

Insert: TypeAlias = "sqlite.Insert | postgresql.Insert"


def insert_into(dialect: str, table: Table) -> Insert:
    """An INSERT that can say what happens when the row exists (ON CONFLICT)."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def insert_if_new(conn: WriteConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row; False, and nothing is changed, when a row with its key exists."""
    # Inline: asking for the new key (RETURNING) would hide how many rows were inserted.
    insert = insert_into(conn.dialect.name, table).values(**row).on_conflict_do_nothing().inline()
    return conn.execute(insert.execution_options(preserve_rowcount=True)).rowcount == 1


def in_numbers(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """`column` is one of the numbers in the parameter `name`, whose value `list_parameter` makes.

    A list of any length is one parameter: the statement's text stays the same, so both drivers keep it prepared.
    """
    return _in_list(dialect, column, name, BigInteger())


def in_texts(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """As `in_numbers`, for short texts."""
    return _in_list(dialect, column, name, String())


def _in_list(dialect: str, column: Column[Any], name: str, kind: TypeEngine[Any]) -> ColumnElement[bool]:
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    return column == any_(bindparam(name, type_=ARRAY(kind)))


def list_parameter(conn: Connection, values: Sequence[int] | Sequence[str]) -> str | list[Any]:
    """The value of a parameter of `in_numbers` or `in_texts`: a JSON array for SQLite."""
    return json.dumps(values) if conn.dialect.name == "sqlite" else list(values)


def in_bytes(conn: Connection, column: Column[Any], values: Iterable[bytes]) -> ColumnElement[bool]:
    """`column` is one of these byte strings, of which there may be some hundreds."""
    if conn.dialect.name == "sqlite":
        return column.in_(list(values))
    return column == any_(literal(list(values), ARRAY(LargeBinary)))
