"""Making a new ledger, and bringing an older one up to date, without ever leaving half of either."""

import os
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from broadcaster.files.whole_files import sync_path
from broadcaster.keys import KeyMismatchError, Keyring
from broadcaster.ledger.audit_log import audit, audit_search
from broadcaster.ledger.audit_log.audit_search import AuditFilter
from broadcaster.ledger.database import tables
from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.engines import LOCK_WAIT_SECONDS, Engines, is_sqlite, sqlite_connection_of
from broadcaster.ledger.database.error_translation import translate_sqlite_error
from broadcaster.ledger.database.errors import (
    LedgerBackupNeededError,
    LedgerDamagedError,
    LedgerForbiddenError,
    LedgerForeignError,
    LedgerInUseError,
    LedgerLockedError,
    LedgerNewerError,
    LedgerOlderError,
)
from broadcaster.ledger.database.process_locks import proven_dead
from broadcaster.ledger.schema_revisions import NEWEST_REVISION, SCHEMA_REVISIONS

_UPGRADE_LOCK = 0x6C65_6467  # "ledg": one number for everybody who upgrades a ledger on a PostgreSQL server
_MIGRATIONS = Path(__file__).parent / "migrations"


def is_up_to_date(engines: Engines, keyring: Keyring) -> bool:
    """Whether the ledger is there and can be read as it is; False where there is none yet. It changes nothing.

    Raises `LedgerOlderError` for one that has to be upgraded first, and what `bring_up_to_date` raises.
    """
    with engines.reader.connect() as conn, conn.begin():
        found = _examine_database(conn, keyring)
    if found not in (None, NEWEST_REVISION):
        raise LedgerOlderError(
            f"the ledger was made by an earlier version (its revision is {found}, ours {NEWEST_REVISION})"
        )
    return found is not None


@dataclass(frozen=True, slots=True)
class UpgradeResult:
    """What was done to a ledger: the revision that it had, None where it was made anew, and the copy of an SQLite file
    as it was before.
    """

    before: str | None
    copy: Path | None = None


def bring_up_to_date(engines: Engines, keyring: Keyring, *, backup_made: bool) -> UpgradeResult | None:
    """Create the tables where there are none, upgrade older ones, and see that the key is the ledger's own; what was
    done, None where nothing had to be.

    An older SQLite ledger is first copied to `<file>.before-<revision>`; for one on PostgreSQL, `backup_made` says that
    a person has made a backup. Everything happens in one transaction: it is done whole or not at all, and of several
    processes one does it. Before anything is changed it raises `KeyMismatchError`, `LedgerNewerError`,
    `LedgerForeignError`, `LedgerBackupNeededError`, and `LedgerInUseError` while a process of the older version lives.
    """
    with engines.reader.connect() as conn, conn.begin():
        found = _examine_database(conn, keyring)
    if found == NEWEST_REVISION:
        return None
    if engines.file is not None:
        _use_write_ahead_log(engines)
    with engines.writer.connect() as conn, conn.begin():
        if not is_sqlite(conn):
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        found = _examine_database(conn, keyring)  # somebody else may have been quicker
        if found == NEWEST_REVISION:
            return None
        copy = _prepare_upgrade(engines, conn, backup_made=backup_made) if found is not None else None
        migrate(conn, NEWEST_REVISION)
        if found is None:
            _record_key(conn, keyring)
        elif found < "0008":
            _sign_old_rows(conn)
    return UpgradeResult(found, copy)


def _prepare_upgrade(engines: Engines, conn: Connection, *, backup_made: bool) -> Path | None:
    """See that an older ledger may be upgraded now; the copy that was made of it."""
    _refuse_while_used(conn)
    if engines.file is None:
        if not backup_made:
            raise LedgerBackupNeededError(
                "the ledger is on PostgreSQL, was made by an earlier version and is to be upgraded"
            )
        return None
    copy = engines.file.with_name(f"{engines.file.name}.before-{NEWEST_REVISION}")
    _back_up(engines, copy)
    return copy


def _refuse_while_used(conn: Connection) -> None:
    """Raises `LedgerInUseError` while a process that sends lives: it would go on by the tables of its own version."""
    if not is_sqlite(conn):
        # Whoever registers meanwhile waits, and then finds that the ledger is newer.
        conn.execute(text("LOCK TABLE runners IN EXCLUSIVE MODE"))
    alive = []
    # Only columns that every version has.
    columns = (tables.runners.c[name] for name in ("seq", "id", "host", "pid", "started_at"))
    for runner in conn.execute(select(*columns).where(tables.runners.c.ended_at.is_(None))).all():
        with proven_dead(conn, runner, settle=False) as dead:
            if not dead:
                alive.append(f"process {runner.pid} on {runner.host}, since {runner.started_at:%Y-%m-%d %H:%M} UTC")
    if alive:
        raise LedgerInUseError(f"the ledger is to be upgraded, and the earlier version still runs: {'; '.join(alive)}")


def migrate(conn: Connection, revision: str) -> None:
    """Run the migrations up to a revision in the caller's transaction."""
    # Alembic takes a tenth of a second to load, and most starts do not need it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    command.upgrade(config, revision)


def require_known_revision(conn: Connection) -> str:
    """The ledger's revision. Raises `LedgerNewerError` for one that this version does not know."""
    revision = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision not in SCHEMA_REVISIONS:
        raise LedgerNewerError(
            f"the ledger is at revision {revision}; this version of broadcaster knows {NEWEST_REVISION}"
        )
    return str(revision)


def _examine_database(conn: Connection, keyring: Keyring) -> str | None:
    """The revision of what is there, None for an empty database."""
    names = set(inspect(conn).get_table_names())
    if not names:
        return None
    if not {"alembic_version", "meta"} <= names:
        raise LedgerForeignError("the database is not empty and is no ledger of broadcaster")
    revision = require_known_revision(conn)
    check = conn.execute(select(tables.meta.c.value).where(tables.meta.c.key == "key-check")).scalar()
    if check != keyring.check_value:
        raise KeyMismatchError("the ledger was made with another key")
    return revision


def _record_key(conn: Connection, keyring: Keyring) -> None:
    rows = [{"key": "key-check", "value": keyring.check_value}, {"key": "made-at", "value": now_utc().isoformat()}]
    conn.execute(tables.meta.insert(), rows)


def _sign_old_rows(conn: Connection) -> None:
    """Sign what stands in a ledger of before rows were signed.

    Nobody has rows of their own signed by setting a newer one back to that: the log, which they cannot write, says that
    sessions were signed already.
    """
    from broadcaster.ledger.staff import accounts

    newest = audit_search.list_entries(conn, AuditFilter(actions=("sign-in",)), None, 1)
    if audit.sign_head(WriteConnection(conn)) and not any("session" in one.entry.detail for one in newest):
        accounts.sign_rows(WriteConnection(conn))


def _use_write_ahead_log(engines: Engines) -> None:
    """Write-ahead logging: readers and the writer do not wait for each other. The file remembers it."""
    # SQLite does not wait by itself when it changes this, and somebody may be doing the same at this moment.
    give_up = time.monotonic() + LOCK_WAIT_SECONDS
    with engines.writer.connect() as conn:
        while True:
            try:
                with closing(sqlite_connection_of(conn).execute("PRAGMA journal_mode = WAL")):
                    return
            except sqlite3.Error as error:
                failure = translate_sqlite_error(error)
                if not isinstance(failure, LedgerLockedError) or time.monotonic() > give_up:
                    raise failure from None
                time.sleep(0.02)


def _back_up(engines: Engines, target: Path) -> None:
    """A copy of the ledger as it is, whole and durable before we go on; the caller holds the writers off.

    A copy that is there already is of an upgrade that did not come through: it is replaced only by a whole one.
    """
    partial = target.with_name(f"{target.name}.partial")
    try:
        _remove(partial)  # of an upgrade that was killed
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with engines.reader.connect() as conn, closing(sqlite3.connect(partial)) as copy:
            sqlite_connection_of(conn).backup(copy)
            if copy.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
                raise LedgerDamagedError("the ledger is damaged, so its copy is no backup and it is not upgraded")
        sync_path(partial)
        partial.replace(target)
        sync_path(target.parent)
    except sqlite3.Error as error:
        raise translate_sqlite_error(error) from None
    except OSError as error:
        raise LedgerForbiddenError(f"{target.name} cannot be written before the upgrade: {error.strerror}") from None
    finally:
        with suppress(OSError):
            _remove(partial)


def _remove(file: Path) -> None:
    """Remove an SQLite file with what belongs to it."""
    for ending in ("", "-journal", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
