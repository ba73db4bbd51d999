"""The type of a connection that may write: mypy refuses a reading one where a function writes."""

from typing import NewType

from sqlalchemy import Connection

__all__ = ["Connection", "WriteConnection"]

WriteConnection = NewType("WriteConnection", Connection)
"""A connection in a transaction of `Ledger.writing`. Functions that only read take any `Connection`."""
