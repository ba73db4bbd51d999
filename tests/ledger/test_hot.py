"""The statements that run for every batch: they find their rows through an index, and many at once stay tuples."""

from pathlib import Path

import pytest
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from broadcaster.ledger import Ledger, picking, records, tables
from broadcaster.ledger.bulk import insert_new, positional
from tests.ledger.stage import KEYRING, Stage

_STATEMENTS = {
    f"{room}.{name}": statement
    for room, hot in (("claims", picking.statements("sqlite")), ("records", records._hot("sqlite")))
    for name, statement in hot._asdict().items()
}


@pytest.mark.parametrize("name", _STATEMENTS)
def test_no_statement_of_a_batch_walks_through_all_deliveries(tmp_path: Path, name: str) -> None:
    statement = _STATEMENTS[name]
    sql = statement if isinstance(statement, str) else str(statement.compile(dialect=SQLiteDialect_pysqlite()))
    url = f"sqlite:///{tmp_path}/ledger.db"
    with Ledger.open(url, KEYRING) as ledger, Stage.set(ledger, 50), ledger.writing() as conn:
        values = tuple("[1]" for _ in range(sql.count("?")))
        plan = [str(row[3]) for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert not [step for step in plan if step.startswith(("SCAN deliveries", "SCAN attempts"))], plan
    # An index that is told of nothing but the broadcast is a walk through all of them too.
    assert not [step for step in plan if step.startswith("SEARCH deliveries") and "(broadcast=?)" in step], plan


def test_rows_go_to_the_driver_in_the_order_that_was_said(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        columns = ("audience", "mark", "blob_sealed")
        rows = [("a", b"1", b"x"), ("a", b"2", None), ("a", b"1", b"y")]
        assert insert_new(conn, tables.roster_rows, columns, rows) == 2
        assert insert_new(conn, tables.roster_rows, columns, []) == 0
        with pytest.raises(ValueError, match="not as"):
            positional(conn.dialect.name, tables.meta.insert(), ("value", "key"))
