"""Runners: the processes that release and send, each with a proof that it lives."""

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
from broadcaster.ledger.column_types import now
from broadcaster.ledger.connections import WriteConnection
from broadcaster.ledger.dialect import Found
from broadcaster.ledger.ledger import Ledger
from broadcaster.ledger.process_locks import FileProof, SessionProof, is_alive, proof_file
from broadcaster.ledger.tables import broadcasts, runners
from broadcaster.ledger.upgrade import known_revision


@dataclass(frozen=True, slots=True)
class Known:
    """A runner as the ledger remembers it."""

    id: str
    host: str
    pid: int
    started_at: datetime
    beat_at: datetime


class Runner:
    """This process, as the ledger knows it, until `close` or its end.

    What it leaves half-done when it ends is found by whoever calls `claims.recover` next.
    """

    def __init__(self, ledger: Ledger, runner_id: str, proof: FileProof | SessionProof) -> None:
        self.id = runner_id
        self._ledger = ledger
        self._proof = proof
        self._renewing = threading.Lock()
        ledger.watched.append(self.renew)

    @classmethod
    def register(cls, ledger: Ledger) -> Self:
        """Make this process known. Its proof is there before anybody can read its row.

        Raises `LedgerNewerError` where the ledger was upgraded after this process opened it.
        """
        runner_id = new_id()
        file = ledger.engines.file
        if file is not None:
            return cls(ledger, runner_id, _file_proof(ledger, proof_file(file, runner_id), runner_id))
        conn = ledger.engines.writer.connect()
        try:
            with conn.begin():
                proof = SessionProof(conn, _insert(WriteConnection(conn), runner_id))
        except BaseException:
            conn.close()
            raise
        return cls(ledger, runner_id, proof)

    def beat(self) -> None:
        """Note that it lives, for people to see; nothing is decided by it."""
        with self._ledger.writing() as conn:
            conn.execute(update(runners).where(runners.c.id == self.id).values(beat_at=now()))

    def renew(self) -> None:
        """Hold the proof again where the database let go of it while this process lives: it was restarted, perhaps.

        Where others took this process for dead meanwhile, it comes back: they have called unsure what it was sending,
        and what it knows of that still counts. Raises `LedgerUnreachableError`, and `LedgerNewerError` where the ledger
        was upgraded meanwhile.
        """
        with self._renewing:
            if self._proof.renew():
                with self._ledger.writing() as conn:
                    known_revision(conn)
                    conn.execute(update(runners).where(runners.c.id == self.id).values(ended_at=None))

    def close(self) -> None:
        """Give up the proof. Whatever is still in flight counts as in doubt from now on."""
        self._ledger.watched.remove(self.renew)
        self._proof.give_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def going(conn: Connection) -> list[Known]:
    """The runners that nobody has found to be gone."""
    return [_known(row) for row in conn.execute(_GOING)]


def living(conn: Connection) -> list[Known]:
    """The runners that live, as far as one can tell by looking. Nothing is settled by it."""
    return [_known(row) for row in conn.execute(_GOING).all() if is_alive(conn, row)]


def releasing(conn: Connection) -> set[str]:
    """The ids of the broadcasts that a living runner is making."""
    query = select(broadcasts.c.id, runners.c.id.label("runner")).join(runners, runners.c.seq == broadcasts.c.runner)
    rows = conn.execute(query.where(broadcasts.c.state == BroadcastState.RELEASING)).all()
    alive = {one.id for one in living(conn)} if rows else set()
    return {row.id for row in rows if row.runner in alive}


_GOING = select(runners).where(runners.c.ended_at.is_(None)).order_by(runners.c.seq)


def _known(row: Found) -> Known:
    return Known(row.id, row.host, row.pid, row.started_at, row.beat_at)


def _file_proof(ledger: Ledger, file: Path, runner_id: str) -> FileProof:
    proof = FileProof(file)
    try:
        with ledger.writing() as conn:
            _insert(conn, runner_id)
    except BaseException:
        proof.give_up()
        file.unlink(missing_ok=True)
        raise
    return proof


def _insert(conn: WriteConnection, runner_id: str) -> int:
    stamp = now()
    row = {"id": runner_id, "host": socket.gethostname(), "pid": os.getpid(), "started_at": stamp, "beat_at": stamp}
    conn.execute(runners.insert().values(row))
    # Read after the row is written: on PostgreSQL that waits for an upgrade, which then is seen.
    known_revision(conn)
    return int(conn.execute(select(runners.c.seq).where(runners.c.id == runner_id)).scalar_one())
