"""Which connections may write. mypy refuses to pass one that only reads to a function that writes."""

from typing import NewType

from sqlalchemy import Connection

__all__ = ["Connection", "WriteConnection"]

WriteConnection = NewType("WriteConnection", Connection)
"""A connection in a transaction of `Ledger.writing`. Whatever only reads takes a plain `Connection`, and this too."""
