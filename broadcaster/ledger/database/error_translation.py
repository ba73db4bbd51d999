"""Which `LedgerError` a failure of SQLite or PostgreSQL becomes.

SQLite's failures are told apart by result code (https://www.sqlite.org/rescode.html), PostgreSQL's by SQLSTATE
(appendix A of its manual). A refused connection has no SQLSTATE: there the message decides, and an unknown message
counts as a server that does not answer.
"""

import sqlite3

from sqlalchemy.engine import ExceptionContext

from broadcaster.ledger.database.errors import (
    LedgerDamagedError,
    LedgerError,
    LedgerForbiddenError,
    LedgerForeignError,
    LedgerFullError,
    LedgerLockedError,
    LedgerPoolerError,
    LedgerReadOnlyError,
    LedgerUnreachableError,
)

LedgerErrorType = type[LedgerError]

_BY_RESULT: dict[int, tuple[LedgerErrorType, str]] = {
    sqlite3.SQLITE_BUSY: (LedgerLockedError, "the ledger is locked by another process"),
    sqlite3.SQLITE_LOCKED: (LedgerLockedError, "the ledger is locked"),
    sqlite3.SQLITE_READONLY: (LedgerReadOnlyError, "the ledger cannot be written"),
    sqlite3.SQLITE_FULL: (LedgerFullError, "the disk is full: the ledger cannot grow"),
    sqlite3.SQLITE_CANTOPEN: (LedgerForbiddenError, "the ledger's file cannot be opened"),
    sqlite3.SQLITE_PERM: (LedgerForbiddenError, "the ledger's file may not be used"),
    sqlite3.SQLITE_AUTH: (LedgerForbiddenError, "the ledger's file may not be used"),
    sqlite3.SQLITE_NOTADB: (LedgerForeignError, "the ledger's file is not an SQLite database"),
    sqlite3.SQLITE_CORRUPT: (LedgerDamagedError, "the ledger's file is damaged"),
    sqlite3.SQLITE_IOERR: (LedgerDamagedError, "the disk failed under the ledger"),
}

# The write-ahead log and its index need disk space too; a write that fails there damages nothing.
_BY_DETAIL: dict[str, tuple[LedgerErrorType, str]] = dict.fromkeys(
    ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMMAP"),
    (LedgerFullError, "the disk takes no more of the ledger"),
)

_BY_SQLSTATE: dict[str, tuple[LedgerErrorType, str]] = {
    "55P03": (LedgerLockedError, "another process keeps a part of the ledger locked"),
    "40P01": (LedgerLockedError, "two processes waited for each other in the ledger"),
    "40001": (LedgerLockedError, "another process changed the ledger at the same moment"),
    "25006": (LedgerReadOnlyError, "the ledger cannot be written here"),
    "42501": (LedgerForbiddenError, "the database's user has not the right to do this"),
    "3D000": (LedgerForbiddenError, "there is no such database"),
    "53100": (LedgerFullError, "the database server's disk is full"),
    "53300": (LedgerUnreachableError, "the database server has no connection left"),
}

_BY_SQLSTATE_CLASS: dict[str, tuple[LedgerErrorType, str]] = {
    "08": (LedgerUnreachableError, "the connection to the database server broke"),
    "57": (LedgerUnreachableError, "the database server is going down or starting"),
    "28": (LedgerForbiddenError, "the database server does not let this user in"),
}

_REFUSALS = ("authentication failed", "no password supplied", "does not exist", "pg_hba.conf", "permission denied")


def translate_error(context: ExceptionContext) -> LedgerError | None:
    """The error for SQLAlchemy to raise instead of the driver's; a listener of `handle_error`."""
    error = context.original_exception
    if isinstance(error, LedgerError) or not isinstance(error, Exception):
        return None  # a Ctrl-C during a query is no failure of the database
    return translate_sqlite_error(error) if isinstance(error, sqlite3.Error) else _translate_postgresql_error(error)


def translate_sqlite_error(error: sqlite3.Error) -> LedgerError:
    """The `LedgerError` for an error of the `sqlite3` module."""
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    # The lower byte is the primary result code, the rest a detail of it.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind, message = _BY_DETAIL.get(name) or _BY_RESULT.get(code) or (LedgerError, "the ledger failed")
    return kind(f"{message} ({name})")


def _translate_postgresql_error(error: BaseException) -> LedgerError:
    state = getattr(error, "sqlstate", None)
    if state is None:
        return _translate_lost_connection(error)
    if "pooling mode" in str(error):
        return LedgerPoolerError(
            "The ledger is reached through PgBouncer"
        )  # its message: no transactions in this pooling mode
    kind, message = _BY_SQLSTATE.get(state) or _BY_SQLSTATE_CLASS.get(state[:2]) or (LedgerError, "the ledger failed")
    return kind(f"{message} (SQLSTATE {state})")


def _translate_lost_connection(error: BaseException) -> LedgerError:
    if type(error).__name__ not in ("OperationalError", "InterfaceError", "ConnectionTimeout"):
        return LedgerError(f"the ledger failed ({type(error).__name__})")
    if any(phrase in str(error) for phrase in _REFUSALS):
        return LedgerForbiddenError("the database server does not let us in, or has no such user or database")
    return LedgerUnreachableError("the database server does not answer")
