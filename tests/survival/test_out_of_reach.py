"""A ledger that is locked or full in the midst of a send: the send waits, and goes on where it was."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.database import engines
from broadcaster.services.project import ledger_retry
from tests.commandline import Run, runner
from tests.standins.smtp import Plan, StandIn
from tests.survival.trial import SEND, Trial, begin

PEOPLE = 1200


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StandIn]:
    with StandIn(Plan(latency=0.002), tmp_path) as running:
        yield running


@pytest.fixture
def trial(tmp_path: Path, server: StandIn) -> Trial:
    smtp = {"host": "127.0.0.1", "port": str(server.port), "starttls": "never"}
    return begin(tmp_path / "project", PEOPLE, providers={"email": "smtp", "smtp": smtp})


@pytest.fixture
def run(trial: Trial, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(trial.folder, monkeypatch, capsys)


def _everybody_once(trial: Trial, server: StandIn) -> None:
    rows = trial.rows()
    assert {row.state for row in rows} == {DeliveryState.ACCEPTED}
    assert {row.attempts for row in rows} == {1}
    assert sorted(one.to[0] for one in server.taken) == sorted(row.address for row in rows)
    assert len(rows) == PEOPLE


@contextmanager
def _when(holds: Callable[[], bool], deed: Callable[[], None]) -> Iterator[None]:
    """Do this in a thread of its own as soon as that holds; whether it came to it is asserted at the end."""
    done = threading.Event()

    def watch() -> None:
        end = time.monotonic() + 60
        while not holds() and time.monotonic() < end:
            time.sleep(0.001)
        deed()
        done.set()

    thread = threading.Thread(target=watch)
    thread.start()
    yield
    thread.join()
    assert done.is_set()


def _locking(trial: Trial, seconds: float) -> Callable[[], None]:
    """Another program takes the ledger for itself."""

    def lock() -> None:
        with closing(sqlite3.connect(trial.folder / "var" / "broadcaster.db", timeout=200, isolation_level=None)) as it:
            it.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            it.execute("ROLLBACK")

    return lock


def test_locked_in_the_midst_of_a_send(
    trial: Trial, server: StandIn, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LOCK_WAIT_SECONDS", 0.1)
    monkeypatch.setattr(ledger_retry, "PAUSE_SECONDS", 0.1)
    with _when(lambda: len(server.taken) >= 150, _locking(trial, 1.5)):
        said = run(*SEND)
    assert said.code == 0, said
    _everybody_once(trial, server)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_locked_for_a_minute(trial: Trial, server: StandIn, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """With the waits as they are: longer than the ledger itself waits."""
    with _when(lambda: len(server.taken) >= 150, _locking(trial, 60)):
        said = run(*SEND)
    assert said.code == 0, said
    assert "ledger-locked" in caplog.text
    _everybody_once(trial, server)


class _Room:
    """The size that SQLite may grow the file to, for every connection: it answers as on a disk that is full."""

    def __init__(self) -> None:
        self.pages = 2**30

    def limit(self, connection: Any, *_: object) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute(f"PRAGMA max_page_count = {self.pages}")


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Room]:
    monkeypatch.setattr(ledger_retry, "PAUSE_SECONDS", 0.1)
    made = _Room()
    event.listen(Pool, "checkout", made.limit)
    yield made
    event.remove(Pool, "checkout", made.limit)


def test_full_in_the_midst_of_a_send_until_there_is_room(
    trial: Trial, server: StandIn, run: Run, room: _Room, caplog: pytest.LogCaptureFixture
) -> None:
    def fill_up() -> None:
        room.pages = 1  # SQLite takes it as: not one page more than there are
        time.sleep(1.5)
        room.pages = 2**30

    with _when(lambda: len(server.taken) >= 150, fill_up):
        said = run(*SEND)
    assert said.code == 0, said
    assert "ledger-full" in caplog.text, "it was never full, so this shows nothing"
    _everybody_once(trial, server)
