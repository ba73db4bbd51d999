"""The ledger: what happened, what was approved, what people chose. The only room that speaks SQL.

Commands open it with `Ledger.open`, queries with `LedgerReader.open`. What is asked and written are functions of its
modules, by aggregate, that take a connection first; those that write take a `WriteConnection`.
"""

from broadcaster.ledger.database.connections import Connection, WriteConnection
from broadcaster.ledger.ledger import Ledger, LedgerReader
from broadcaster.ledger.runner_processes import Runner

__all__ = ["Connection", "Ledger", "LedgerReader", "Runner", "WriteConnection"]
