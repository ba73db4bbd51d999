"""The ledger: what happened, what was approved, what people chose. The only room that speaks SQL.

`Ledger.open` is the way in; the queries are functions of its modules, by aggregate, that take a connection first.
"""

from sqlalchemy import Connection

from broadcaster.ledger.ledger import Ledger
from broadcaster.ledger.runners import Runner

__all__ = ["Connection", "Ledger", "Runner"]
