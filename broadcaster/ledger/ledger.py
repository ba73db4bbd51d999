"""The ledger, opened: the one way in to the database."""

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
    """The ledger for those who look: it has no way to write, and waits for nobody who does.

    Safe to share between threads, not across a fork. Queries are functions of this room's modules that take a
    connection first.
    """

    def __init__(self, engines: Engines, keyring: Keyring) -> None:
        self.engines = engines
        self.keyring = keyring

    @classmethod
    def open(cls, database: str, keyring: Keyring) -> Self:
        """Open the ledger at a SQLAlchemy URL as it is: nothing is created, upgraded or changed. Where there is none
        yet, an empty one is shown.

        Raises `LedgerOlderError` for one that has to be upgraded first, and what `Ledger.open` raises.
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
        """A transaction that sees one moment of the ledger and cannot write."""
        with _translating_pool_timeout(), self.engines.reader.connect() as conn, conn.begin():
            yield conn

    def close(self) -> None:
        """Close the connections that are not in use."""
        self.engines.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Ledger(LedgerReader):
    """What happened, what was approved, what people chose. `upgrade` is what was done to it when it was opened."""

    upgrade: UpgradeResult | None = None

    def __init__(self, engines: Engines, keyring: Keyring) -> None:
        super().__init__(engines, keyring)
        self.lock_renewals: list[Callable[[], None]] = []
        """What holds on to a connection and has to see that it still does."""

    def renew_process_locks(self) -> None:
        """See that what this process holds in the ledger, its proofs of life, it still holds. Raises `LedgerError`s."""
        for renew in list(self.lock_renewals):
            renew()

    @classmethod
    def open(cls, database: str, keyring: Keyring, *, backup_made: bool = False) -> Self:
        """Open the ledger at a SQLAlchemy URL; create it when there is none, upgrade it when it is older.

        An older one on PostgreSQL is upgraded only where a person says that there is a backup (`backup_made`), and none
        while a process of the older version lives. Raises `LedgerBackupNeededError` and `LedgerInUseError` then,
        `KeyMismatchError` when it was made with another key, and the `LedgerError`s: `LedgerUrlError`,
        `LedgerDriverError`, `LedgerNewerError`, `LedgerForeignError`, `LedgerLockedError` and the rest.
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
        """A transaction that is committed, durably, when the block ends, and undone when it raises.

        On SQLite it is the only writer from its first moment on (`BEGIN IMMEDIATE`): a thread that holds one must not
        ask for another. Keep it short, and never open across a call to a provider.
        """
        with self._turn(), _translating_pool_timeout(), self.engines.writer.connect() as conn, conn.begin():
            writer = WriteConnection(conn)
            audit.forget_pending(writer)
            yield writer
            audit.write_pending(writer)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        turns = self.engines.turns
        if turns is None:
            yield
        elif turns.take(LOCK_WAIT_SECONDS):
            try:
                yield
            finally:
                turns.give_back()
        else:
            raise LedgerLockedError("others were writing to the ledger for too long")


@contextmanager
def _translating_pool_timeout() -> Iterator[None]:
    """The pool's "no connection came free" in our words."""
    try:
        yield
    except PoolTimeoutError:
        raise LedgerLockedError("every connection to the ledger was busy for too long") from None


def _create_private_file(file: Path) -> None:
    """An empty file that only its owner may read, when there is none; SQLite's side files take after it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise LedgerForbiddenError(f"the ledger {file} cannot be made or read: {error.strerror}") from None
