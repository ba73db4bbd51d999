"""Runners: the processes that release and send. Each holds a process lock, which proves that it lives."""

import os
import socket
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, select, update

from broadcaster.domain.states import BroadcastState
from broadcaster.keys import new_id
from broadcaster.ledger.database.column_types import now_utc
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow
from broadcaster.ledger.database.process_locks import ProcessAdvisoryLock, ProcessFileLock, is_alive, process_lock_file
from broadcaster.ledger.database.tables import broadcasts, runners
from broadcaster.ledger.ledger import Ledger
from broadcaster.ledger.upgrade import require_known_revision


@dataclass(frozen=True, slots=True)
class RunnerRecord:
    """A runner as the ledger remembers it."""

    id: str
    host: str
    pid: int
    started_at: datetime


class Runner:
    """This process as the ledger knows it, until `close` or its end.

    `claims.recover` in another process finds the work that it leaves unfinished.
    """

    def __init__(self, ledger: Ledger, runner_id: str, process_lock: ProcessFileLock | ProcessAdvisoryLock) -> None:
        self.id = runner_id
        self._ledger = ledger
        self._process_lock = process_lock
        self._renewing = threading.Lock()
        ledger.lock_renewals.append(self.renew)

    @classmethod
    def register(cls, ledger: Ledger) -> Self:
        """Make this process known. It takes its process lock before its row can be read.

        Raises `LedgerNewerError` where the ledger was upgraded after this process opened it.
        """
        runner_id = new_id()
        file = ledger.engines.file
        if file is not None:
            return cls(
                ledger, runner_id, _register_with_file_lock(ledger, process_lock_file(file, runner_id), runner_id)
            )
        conn = ledger.engines.writer.connect()
        try:
            with conn.begin():
                process_lock = ProcessAdvisoryLock(conn, _insert(WriteConnection(conn), runner_id))
        except BaseException:
            conn.close()
            raise
        return cls(ledger, runner_id, process_lock)

    def renew(self) -> None:
        """Take the process lock again where the database released it, after its restart say.

        Another process may have taken this one for dead: its deliveries are then unsure, and its results still count.
        Raises `LedgerUnreachableError`, and `LedgerNewerError` where the ledger was upgraded meanwhile.
        """
        with self._renewing:
            if self._process_lock.renew():
                with self._ledger.writing() as conn:
                    require_known_revision(conn)
                    conn.execute(update(runners).where(runners.c.id == self.id).values(ended_at=None))

    def close(self) -> None:
        """Release the process lock: recovery then makes unsure whatever is still being sent."""
        self._ledger.lock_renewals.remove(self.renew)
        self._process_lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def list_not_ended(conn: Connection) -> list[RunnerRecord]:
    """The runners that nobody has found to be gone."""
    return [_runner_record(row) for row in conn.execute(_NOT_ENDED)]


def list_living(conn: Connection) -> list[RunnerRecord]:
    """The runners that live, as far as one can tell by looking. Nothing is settled by it."""
    return [_runner_record(row) for row in conn.execute(_NOT_ENDED).all() if is_alive(conn, row)]


def list_releasing(conn: Connection) -> set[str]:
    """The ids of the broadcasts that a living runner is making."""
    query = select(broadcasts.c.id, runners.c.id.label("runner")).join(runners, runners.c.seq == broadcasts.c.runner)
    rows = conn.execute(query.where(broadcasts.c.state == BroadcastState.RELEASING)).all()
    alive = {one.id for one in list_living(conn)} if rows else set()
    return {row.id for row in rows if row.runner in alive}


_NOT_ENDED = select(runners).where(runners.c.ended_at.is_(None)).order_by(runners.c.seq)


def _runner_record(row: ResultRow) -> RunnerRecord:
    return RunnerRecord(row.id, row.host, row.pid, row.started_at)


def _register_with_file_lock(ledger: Ledger, file: Path, runner_id: str) -> ProcessFileLock:
    process_lock = ProcessFileLock(file)
    try:
        with ledger.writing() as conn:
            _insert(conn, runner_id)
    except BaseException:
        process_lock.release()
        file.unlink(missing_ok=True)
        raise
    return process_lock


def _insert(conn: WriteConnection, runner_id: str) -> int:
    stamp = now_utc()
    row = {"id": runner_id, "host": socket.gethostname(), "pid": os.getpid(), "started_at": stamp, "beat_at": stamp}
    conn.execute(runners.insert().values(row))
    # Read after the row is written: on PostgreSQL that waits for an upgrade, which then is seen.
    require_known_revision(conn)
    return int(conn.execute(select(runners.c.seq).where(runners.c.id == runner_id)).scalar_one())
