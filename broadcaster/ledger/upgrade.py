"""Making a new ledger, and bringing an older one up to date, without ever leaving half of either."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from broadcaster.keys import KeyMismatchError, Keyring
from broadcaster.ledger import audit, audit_pages, signins, tables
from broadcaster.ledger.audit_pages import Wanted
from broadcaster.ledger.connections import WriteConnection
from broadcaster.ledger.engines import LOCK_WAIT_SECONDS, Engines, is_sqlite, sqlite_of
from broadcaster.ledger.errors import (
    LedgerForbiddenError,
    LedgerForeignError,
    LedgerLockedError,
    LedgerNewerError,
    LedgerOlderError,
)
from broadcaster.ledger.failures import of_sqlite
from broadcaster.ledger.revisions import NEWEST, REVISIONS
from broadcaster.ledger.types import now

_UPGRADE_LOCK = 0x6C65_6467  # "ledg": one number for everybody who upgrades a ledger on a PostgreSQL server
_MIGRATIONS = Path(__file__).parent / "migrations"


def is_up_to_date(engines: Engines, keyring: Keyring) -> bool:
    """Whether the ledger is there and can be read as it is; False where there is none yet. It changes nothing.

    Raises `LedgerOlderError` for one that has to be upgraded first, and what `bring_up_to_date` raises.
    """
    with engines.reader.connect() as conn, conn.begin():
        found = _examine(conn, keyring)
    if found not in (None, NEWEST):
        raise LedgerOlderError(f"the ledger was made by an earlier version (its revision is {found}, ours {NEWEST})")
    return found is not None


def bring_up_to_date(engines: Engines, keyring: Keyring) -> None:
    """Create the tables where there are none, upgrade older ones, and see that the key is the ledger's own.

    An older SQLite ledger is first copied to `<file>.before-<revision>`. Everything happens in one transaction: it is
    done whole or not at all, and of several processes one does it. Raises `KeyMismatchError`, `LedgerNewerError`,
    `LedgerForeignError` before anything is changed.
    """
    with engines.reader.connect() as conn, conn.begin():
        found = _examine(conn, keyring)
    if found == NEWEST:
        return
    if engines.file is not None:
        _keep_a_log(engines)
    with engines.writer.connect() as conn, conn.begin():
        if not is_sqlite(conn):
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        found = _examine(conn, keyring)  # somebody else may have been quicker
        if found == NEWEST:
            return
        if found is not None and engines.file is not None:
            _back_up(engines, engines.file.with_name(f"{engines.file.name}.before-{NEWEST}"))
        migrate(conn, NEWEST)
        if found is None:
            _sign_in(conn, keyring)
        elif found < "0008":
            _sign_rows(conn)


def migrate(conn: Connection, revision: str) -> None:
    """Run the migrations up to a revision in the caller's transaction."""
    # Alembic takes a tenth of a second to load, and most starts do not need it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    command.upgrade(config, revision)


def _examine(conn: Connection, keyring: Keyring) -> str | None:
    """The revision of what is there, None for an empty database."""
    names = set(inspect(conn).get_table_names())
    if not names:
        return None
    if not {"alembic_version", "meta"} <= names:
        raise LedgerForeignError("the database is not empty and is no ledger of broadcaster")
    revision = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision not in REVISIONS:
        raise LedgerNewerError(f"the ledger is at revision {revision}; this version of broadcaster knows {NEWEST}")
    check = conn.execute(select(tables.meta.c.value).where(tables.meta.c.key == "key-check")).scalar()
    if check != keyring.check_value:
        raise KeyMismatchError("the ledger was made with another key")
    return str(revision)


def _sign_in(conn: Connection, keyring: Keyring) -> None:
    rows = [{"key": "key-check", "value": keyring.check_value}, {"key": "made-at", "value": now().isoformat()}]
    conn.execute(tables.meta.insert(), rows)


def _sign_rows(conn: Connection) -> None:
    """Sign what stands in a ledger of before rows were signed.

    Nobody has rows of their own signed by setting a newer one back to that: the log, which they cannot write, says that
    sessions were signed already.
    """
    newest = audit_pages.page(conn, Wanted(actions=("sign-in",)), None, 1)
    if audit.sign_head(WriteConnection(conn)) and not any("session" in one.entry.detail for one in newest):
        signins.sign_rows(WriteConnection(conn))


def _keep_a_log(engines: Engines) -> None:
    """Write-ahead logging: readers and the writer do not wait for each other. The file remembers it."""
    # SQLite does not wait by itself when it changes this, and somebody may be doing the same at this moment.
    give_up = time.monotonic() + LOCK_WAIT_SECONDS
    with engines.writer.connect() as conn:
        while True:
            try:
                with closing(sqlite_of(conn).execute("PRAGMA journal_mode = WAL")):
                    return
            except sqlite3.Error as error:
                failure = of_sqlite(error)
                if not isinstance(failure, LedgerLockedError) or time.monotonic() > give_up:
                    raise failure from None
                time.sleep(0.02)


def _back_up(engines: Engines, target: Path) -> None:
    """A copy of the ledger as it is, durable before we go on; the caller holds the writers off.

    A copy that is there already is of an upgrade that did not come through: it is replaced only by a whole one.
    """
    partial = target.with_name(f"{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        with engines.reader.connect() as conn, closing(sqlite3.connect(partial)) as copy:
            sqlite_of(conn).backup(copy)
        _sync(partial)
        partial.replace(target)
        _sync(target.parent)
    except sqlite3.Error as error:
        partial.unlink(missing_ok=True)
        raise of_sqlite(error) from None
    except OSError as error:
        raise LedgerForbiddenError(f"{target.name} cannot be written before the upgrade: {error.strerror}") from None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
