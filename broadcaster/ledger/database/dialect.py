"""The two places where SQLite and PostgreSQL must be told the same thing in different words."""

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

from broadcaster.ledger.database.connections import WriteConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    # A row of a query whose columns are not told to the type checker; SQLAlchemy 2.0 and 2.1 spell it differently.
    ResultRow = Row[*tuple[Any, ...]]
else:
    ResultRow = Row

Insert: TypeAlias = "sqlite.Insert | postgresql.Insert"


def insert_into(dialect: str, table: Table) -> Insert:
    """An INSERT that can be told what to do about a row that is there already."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def insert_if_new(conn: WriteConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row; False, and nothing changed, when one with its key is there already."""
    # Inline: we need no key back, and asking for one would hide how many rows were inserted.
    insert = insert_into(conn.dialect.name, table).values(**row).on_conflict_do_nothing().inline()
    return conn.execute(insert.execution_options(preserve_rowcount=True)).rowcount == 1


def in_numbers(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """`column` is one of the numbers in the parameter `name`, whose value `numbers_parameter` makes.

    One parameter however many numbers: the statement's text stays the same, so both drivers keep it prepared.
    """
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    return column == any_(bindparam(name, type_=ARRAY(BigInteger)))


def numbers_parameter(conn: Connection, numbers: Sequence[int]) -> str | list[int]:
    """The value of a parameter of `in_numbers`."""
    return json.dumps(numbers) if conn.dialect.name == "sqlite" else list(numbers)


def in_texts(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """As `in_numbers`, of short texts; `texts_parameter` makes the parameter's value."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam(name)).table_valued("value").c.value))
    return column == any_(bindparam(name, type_=ARRAY(String)))


def texts_parameter(conn: Connection, texts: Sequence[str]) -> str | list[str]:
    """The value of a parameter of `in_texts`."""
    return json.dumps(texts) if conn.dialect.name == "sqlite" else list(texts)


def in_bytes(conn: Connection, column: Column[Any], values: Iterable[bytes]) -> ColumnElement[bool]:
    """`column` is one of these byte strings, some hundreds of them."""
    if conn.dialect.name == "sqlite":
        return column.in_(list(values))
    return column == any_(literal(list(values), ARRAY(LargeBinary)))
