"""The statements that run for every batch: they find their rows through an index, and many at once stay tuples."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Compiled, Dialect
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from broadcaster.ledger import Ledger
from broadcaster.ledger.database import tables
from broadcaster.ledger.database.bulk import compile_positional, insert_new_rows
from broadcaster.ledger.delivery import attempt_results, claim_statements
from broadcaster.ledger.feedback import report_application, reports, unreported_texts
from tests.ledger.stage import KEYRING, Stage


def _statements(dialect: str) -> dict[str, object]:
    rooms: dict[str, Any] = {
        "claims": claim_statements.statements_for(dialect),
        "records": attempt_results._result_statements(dialect),
        "applying": report_application._report_statements(dialect),
    }
    found = {f"{room}.{name}": one for room, hot in rooms.items() for name, one in hot._asdict().items()}
    unreported = unreported_texts.unreported_texts_query(dialect)
    return found | {"reports.waiting": reports._WAITING_QUERY, "unreported_texts": unreported}


_STATEMENTS = _statements("sqlite")
_WALKS = tuple(
    f"SCAN {name}" for name in ("deliveries", "attempts", "reports", "suppressions", "consent", "own", "other")
)


@pytest.mark.parametrize("name", _STATEMENTS)
def test_no_statement_of_a_batch_walks_through_all_deliveries(tmp_path: Path, name: str) -> None:
    statement = _STATEMENTS[name]
    sql = statement if isinstance(statement, str) else str(_compiled(statement, SQLiteDialect_pysqlite()))
    url = f"sqlite:///{tmp_path}/ledger.db"
    with Ledger.open(url, KEYRING) as ledger, Stage.set(ledger, 50), ledger.writing() as conn:
        values = tuple("[1]" for _ in range(sql.count("?")))
        plan = [str(row[3]) for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert not [step for step in plan if step.startswith(_WALKS)], plan
    # An index that is told of nothing but the broadcast is a walk through all of them too.
    assert not [step for step in plan if step.startswith("SEARCH deliveries") and "(broadcast=?)" in step], plan


def _compiled(statement: object, dialect: Dialect) -> Compiled:
    assert isinstance(statement, ClauseElement)
    return statement.compile(dialect=dialect)


_ASKED: dict[str, dict[str, object]] = {
    "claims.suppressed": {"seqs": [1, 2]},
    "records.read_deliveries": {"seqs": [1, 2]},
    "applying.find_broadcasts": {"ids": ["a", "b"]},
    "applying.read_deliveries": {"seqs": [1, 2]},
    "applying.read_attempts": {"seqs": [1, 2]},
    "reports.waiting": {"after": 0, "limit": 10},
    "unreported_texts": {"broadcasts": [1, 2], "provider": "twilio", "after": 0, "until": 9, "limit": 10},
}


@pytest.mark.parametrize("name", _ASKED)
def test_on_postgresql_each_question_about_a_batch_has_an_index_too(
    fresh_postgresql: Callable[[], str], name: str
) -> None:
    with Ledger.open(fresh_postgresql(), KEYRING) as ledger, ledger.writing() as conn:
        # Of an empty table it would rather read all; what is asked is whether it could do otherwise.
        conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
        asked = _compiled(_statements("postgresql")[name], conn.dialect)
        plan = [str(row[0]) for row in conn.exec_driver_sql(f"EXPLAIN {asked}", dict(asked.params) | _ASKED[name])]
    assert not [step for step in plan if "Seq Scan" in step], plan


def test_rows_go_to_the_driver_in_the_order_that_was_said(ledger: Ledger) -> None:
    with ledger.writing() as conn:
        columns = ("mark", "n", "began_at")
        rows = [(b"1", 1, 0), (b"2", 1, 0), (b"1", 2, 0)]
        assert insert_new_rows(conn, tables.tries, columns, rows) == 2
        assert insert_new_rows(conn, tables.tries, columns, []) == 0
        with pytest.raises(ValueError, match="not as"):
            compile_positional(conn.dialect.name, tables.meta.insert(), ("value", "key"))
