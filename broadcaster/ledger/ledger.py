"""Opening the ledger, and its transactions: the only access to the database."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from broadcaster.keys import Keyring
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.database.connections import Connection, WriteConnection
from broadcaster.ledger.database.engines import LOCK_WAIT_SECONDS, Engines, empty_engines, make_engines
from broadcaster.ledger.database.errors import LedgerForbiddenError, LedgerLockedError
from broadcaster.ledger.upgrade import UpgradeResult, bring_up_to_date, is_up_to_date


class LedgerReader:
    """The ledger for queries: it cannot write, and it waits for no writer.

    Threads may share it; forked processes may not. Queries are functions in this room's modules that take a connection
    first.
    """

    def __init__(self, engines: Engines, keyring: Keyring) -> None:
        self.engines = engines
        self.keyring = keyring

    @classmethod
    def open(cls, database: str, keyring: Keyring) -> Self:
        """Open the ledger at a SQLAlchemy URL as it is: nothing is created, upgraded or changed.

        A ledger that does not exist yet reads as empty. Raises `LedgerOlderError` for one that must be upgraded first,
        and what `Ledger.open` raises.
        """
        engines = make_engines(database, keyring)
        try:
            with _translating_pool_timeout():
                missing = engines.file is not None and not engines.file.exists()
                if missing or not is_up_to_date(engines, keyring):
                    engines.dispose()
                    return cls(empty_engines(keyring), keyring)
        except BaseException:
            engines.dispose()
            raise
        return cls(engines, keyring)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only transaction on one snapshot of the ledger."""
        with _translating_pool_timeout(), self.engines.reader.connect() as conn, conn.begin():
            yield conn

    def close(self) -> None:
        """Close all idle connections."""
        self.engines.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Ledger(LedgerReader):
    """The ledger for commands. `upgrade` says what opening it did to an older ledger."""

    upgrade: UpgradeResult | None = None

    def __init__(self, engines: Engines, keyring: Keyring) -> None:
        super().__init__(engines, keyring)
        self.lock_renewals: list[Callable[[], None]] = []
        """One callable for each process lock; it takes the lock again where the connection lost it."""

    def renew_process_locks(self) -> None:
        """Take the process locks again that the database released, after its restart say. Raises `LedgerError`."""
        for renew in list(self.lock_renewals):
            renew()

    @classmethod
    def open(cls, database: str, keyring: Keyring, *, backup_made: bool = False) -> Self:
        """Open the ledger at a SQLAlchemy URL; create a missing one and upgrade an older one.

        An older ledger on PostgreSQL is upgraded only with `backup_made`: a person says that there is a backup. No
        ledger is upgraded while a process of the older version runs. Raises `LedgerBackupNeededError` and
        `LedgerInUseError` in these cases, `KeyMismatchError` for a ledger made with another key, and any other
        `LedgerError`, such as `LedgerUrlError`, `LedgerDriverError`, `LedgerNewerError` or `LedgerLockedError`.
        """
        engines = make_engines(database, keyring)
        if engines.file is not None:
            _create_private_file(engines.file)
        ledger = cls(engines, keyring)
        try:
            with _translating_pool_timeout():
                ledger.upgrade = bring_up_to_date(engines, keyring, backup_made=backup_made)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @contextmanager
    def writing(self) -> Iterator[WriteConnection]:
        """A write transaction: committed durably when the block ends, rolled back when it raises.

        On SQLite it holds the write lock from its start (`BEGIN IMMEDIATE`), so a thread must not nest two. Keep it
        short, and never open across a call to a provider.
        """
        with self._writer_turn(), _translating_pool_timeout(), self.engines.writer.connect() as conn, conn.begin():
            writer = WriteConnection(conn)
            audit.forget_pending(writer)
            yield writer
            audit.write_pending(writer)

    @contextmanager
    def _writer_turn(self) -> Iterator[None]:
        writer_lock = self.engines.writer_lock
        if writer_lock is None:
            yield
        elif writer_lock.acquire(LOCK_WAIT_SECONDS):
            try:
                yield
            finally:
                writer_lock.release()
        else:
            raise LedgerLockedError("others were writing to the ledger for too long")


@contextmanager
def _translating_pool_timeout() -> Iterator[None]:
    """Turns the pool's timeout into a `LedgerLockedError`."""
    try:
        yield
    except PoolTimeoutError:
        raise LedgerLockedError("every connection to the ledger was busy for too long") from None


def _create_private_file(file: Path) -> None:
    """Create a missing database file, readable by its owner only; SQLite copies the mode to its side files."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise LedgerForbiddenError(f"the ledger {file} cannot be made or read: {error.strerror}") from None
