"""Who holds several broadcasts takes them in the order of their ids, whichever was released first: on PostgreSQL two
who take them in different orders wait for each other until one is sent away.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger import Ledger, Runner, WriteConnection
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database.errors import LedgerError
from broadcaster.ledger.delivery import claims, deliveries
from broadcaster.ledger.recipients import erasures
from tests.ledger.stage import KEYRING, NOW, Stage, address, begin, new_deliveries

ON_POSTGRESQL = pytest.mark.parametrize("backend", ["postgresql"])
SOMEBODY = KEYRING.blind(Channel.EMAIL, address(0))


def _before(stage: Stage, runner: Runner) -> str:
    """A younger broadcast that is still being released, to the same people, whose id comes before the stage's."""
    for number in range(200):
        other = begin(stage.ledger, runner, f"other-{number}")
        if other < stage.broadcast:
            with stage.ledger.writing() as conn:
                deliveries.insert(conn, other, new_deliveries(range(2)))
            return other
        with stage.ledger.writing() as conn:
            broadcasts.discard(conn, other)
    raise AssertionError("two hundred ids in a row came after another one")


@contextmanager
def _beside(conn: Connection, work: Callable[[], object]) -> Iterator[None]:
    """Let somebody work beside who holds something they need; what goes wrong with them goes wrong here."""
    wrong: list[LedgerError] = []

    def guarded() -> None:
        try:
            work()
        except LedgerError as error:
            wrong.append(error)

    worker = threading.Thread(target=guarded)
    worker.start()
    for _ in range(500):
        if conn.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
            break
        time.sleep(0.02)
    yield
    conn.commit()
    worker.join()
    assert wrong == []


@ON_POSTGRESQL
def test_emptying_what_somebody_was_sent(ledger: Ledger) -> None:
    with Stage.set(ledger, 2) as stage:
        younger = _before(stage, stage.runner)

        def scrub() -> None:
            with ledger.writing() as conn:
                ids = erasures.list_broadcasts_to(conn, Channel.EMAIL, SOMEBODY)
                assert len([erasures.erase_deliveries(conn, one, Channel.EMAIL, SOMEBODY) for one in ids]) == 2

        with ledger.engines.writer.connect() as holding:
            broadcasts.lock(WriteConnection(holding), younger)
            with _beside(holding, scrub):
                broadcasts.lock(WriteConnection(holding), stage.broadcast)


@ON_POSTGRESQL
def test_settling_what_a_dead_process_left(ledger: Ledger) -> None:
    """It had sent half of one broadcast, and released half of another whose id comes after."""
    with Stage.set(ledger, 2) as stage, Runner.register(ledger) as alive:
        younger = _before(stage, alive)
        with ledger.writing() as conn:
            broadcasts.set_state(conn, younger, {BroadcastState.RELEASING}, BroadcastState.SENDING)
            conn.execute(text("UPDATE broadcasts SET state = 'releasing' WHERE id = :id"), {"id": stage.broadcast})
        Stage(ledger, stage.runner, younger).claim()
        stage.runner.close()
        stage.runner = Runner.register(ledger)

        def recover() -> None:
            with ledger.writing() as conn:
                found = claims.recover(conn, NOW)
            assert (found.unsure, found.discarded) == ({younger: 2}, (stage.broadcast,))

        with ledger.engines.writer.connect() as holding:
            broadcasts.lock(WriteConnection(holding), younger)
            with _beside(holding, recover):
                broadcasts.lock(WriteConnection(holding), stage.broadcast)
