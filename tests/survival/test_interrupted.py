"""A send that somebody stops, or that loses its provider: what was done is done once, the rest waits and goes on."""

import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.states import BroadcastState, DeliveryState, OccurrenceState
from broadcaster.ledger import Ledger, WriteConnection
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.database import engines
from broadcaster.ledger.database.errors import LedgerLockedError
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.planning.schedule import upcoming
from broadcaster.services.project import ledger_retry
from broadcaster.services.recipients import suppression_list
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import control, due_occurrences
from tests import projects
from tests.commandline import Run, runner
from tests.projects import CAMPAIGN
from tests.standins.smtp import Fault, Plan, StandIn
from tests.survival.clocks import Clock, at
from tests.survival.sender import Point
from tests.survival.trial import SEND, Trial, begin, start

PEOPLE = 400
SLOW = Plan(latency=0.01)
"""A server at which four hundred messages take seconds."""

ACCEPTED, QUEUED, SKIPPED = DeliveryState.ACCEPTED, DeliveryState.QUEUED, DeliveryState.SKIPPED


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StandIn]:
    with StandIn(SLOW, tmp_path) as running:
        yield running


@pytest.fixture
def trial(tmp_path: Path, server: StandIn) -> Trial:
    return _begin(tmp_path / "project", server.port)


@pytest.fixture
def run(trial: Trial, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command within this process, on the project."""
    return runner(trial.folder, monkeypatch, capsys)


@pytest.fixture
def clock() -> Iterator[Clock]:
    with at(datetime.now(UTC)) as installed:
        yield installed


def _begin(folder: Path, port: int, people: int = PEOPLE) -> Trial:
    smtp = {"host": "127.0.0.1", "port": str(port), "starttls": "never"}
    return begin(folder, people, providers={"email": "smtp", "smtp": smtp})


def _while_sending(trial: Trial, done: int, act: Callable[[Broadcast], object]) -> tuple[int, str]:
    """Start the command, do something once so many are accepted, and wait for its end: exit code and what it said."""
    process = start(trial.folder)
    end = time.monotonic() + 60
    with open_project(trial.folder) as project:
        while True:
            found = broadcast_status.list_broadcast_statuses(project)
            if found and found[0].deliveries.get("accepted", 0) >= done:
                break
            assert time.monotonic() < end, "it never came so far"
            time.sleep(0.01)
        if act is _terminate:
            process.terminate()
        else:
            act(found[0].broadcast)
    process.join(200)
    assert process.exitcode is not None, "it never ended"
    return process.exitcode, (trial.folder / "life.log").read_text()


def _terminate(_: Broadcast) -> None:
    """Stands for SIGTERM in `_while_sending`."""


def _ids(trial: Trial, *states: DeliveryState) -> list[str]:
    return sorted(row.id for row in trial.rows() if row.state in states)


def _taken(server: StandIn) -> list[str]:
    return sorted(one.message_id.strip("<>").partition("@")[0] for one in server.taken)


def _everybody_once(trial: Trial, server: StandIn) -> None:
    assert _ids(trial, ACCEPTED) == _taken(server)
    assert len(_taken(server)) == trial.people == len({one.to[0] for one in server.taken})
    assert trial.state() is BroadcastState.FINISHED


def test_sigterm_ends_what_is_in_flight_and_leaves_the_rest(trial: Trial, server: StandIn, run: Run) -> None:
    code, said = _while_sending(trial, 60, _terminate)
    assert code == 1, said
    assert "the rest stays queued" in said
    assert set(_ids(trial, ACCEPTED, QUEUED)) == {row.id for row in trial.rows()}
    assert _ids(trial, QUEUED)
    assert _ids(trial, ACCEPTED) == _taken(server)
    assert run(*SEND).code == 0
    _everybody_once(trial, server)


def test_sigterm_while_it_starts_leaves_everything_for_the_next(tmp_path: Path, server: StandIn) -> None:
    trial = _begin(tmp_path / "project", server.port, 50)
    for wait in (0.0, 0.02, 0.05, 0.1, 0.2, 0.3):
        process = start(trial.folder)
        time.sleep(wait)
        process.terminate()
        process.join(200)
        assert process.exitcode in (0, 1, -signal.SIGTERM)
    trial.finish()
    _everybody_once(trial, server)


def test_paused_in_flight_it_stops_and_resumed_it_goes_on(trial: Trial, server: StandIn, run: Run) -> None:
    def pause(broadcast: Broadcast) -> None:
        with open_project(trial.folder) as project:
            control.pause(project, broadcast)

    code, said = _while_sending(trial, 60, pause)
    assert code == 1, said
    assert trial.state() is BroadcastState.PAUSED
    assert _ids(trial, ACCEPTED) == _taken(server)
    assert len(_ids(trial, ACCEPTED, QUEUED)) == PEOPLE
    left = len(_ids(trial, QUEUED))
    assert left
    # Asked again while it is paused, nothing goes out, and it says so.
    again = run(*SEND)
    assert again.code == 1
    assert len(_ids(trial, QUEUED)) == left
    with open_project(trial.folder) as project:
        control.resume(project, broadcast_status.list_broadcast_statuses(project)[0].broadcast)
    assert run(*SEND).code == 0
    _everybody_once(trial, server)


def test_cancelled_in_flight_the_rest_is_skipped(trial: Trial, server: StandIn, run: Run) -> None:
    def cancel(broadcast: Broadcast) -> None:
        with open_project(trial.folder) as project:
            assert control.cancel(project, broadcast) > 0

    _while_sending(trial, 60, cancel)
    assert trial.state() is BroadcastState.CANCELLED
    assert _ids(trial, ACCEPTED) == _taken(server)
    skipped = [row for row in trial.rows() if row.state is SKIPPED]
    assert {row.reason for row in skipped} == {"cancelled"}
    assert len(skipped) + len(_taken(server)) == PEOPLE
    run(*SEND)
    assert len(skipped) + len(_taken(server)) == PEOPLE


def test_suppressed_in_the_midst_of_a_send_it_holds_from_the_next_batch_on(trial: Trial, server: StandIn) -> None:
    queued: set[str] = set()

    def suppress_the_last(_: Broadcast) -> None:
        with open_project(trial.folder) as project:
            by = command_line_actor(project.settings, "wenmei", Permission.SUPPRESS)
            for number in range(PEOPLE - 40, PEOPLE):
                suppression_list.suppress(project, f"person{number}@example.org", "asked at the meeting", by)
        queued.update(row.address for row in trial.rows() if row.state is QUEUED)

    _while_sending(trial, 60, suppress_the_last)
    suppressed = {f"person{number}@example.org" for number in range(PEOPLE - 40, PEOPLE)}
    assert suppressed & queued, "it was over before anything could be suppressed"
    assert not suppressed & queued & {one.to[0] for one in server.taken}
    for row in trial.rows():
        assert row.state is (SKIPPED if row.address in suppressed & queued else ACCEPTED)
    assert trial.state() is BroadcastState.FINISHED


def test_suppressed_between_approval_and_sending(tmp_path: Path, server: StandIn) -> None:
    trial = _begin(tmp_path / "project", server.port, 5)
    with open_project(trial.folder) as project:
        by = command_line_actor(project.settings, "wenmei", Permission.SUPPRESS)
        assert suppression_list.suppress(project, "Person3@Example.org", "asked at the meeting", by)
    trial.finish()
    assert sorted(one.to[0] for one in server.taken) == [f"person{n}@example.org" for n in (0, 1, 2, 4)]


def test_a_provider_that_is_down_and_comes_back(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    trial = _begin(tmp_path / "project", port)
    run = runner(trial.folder, monkeypatch, capsys)
    down = run(*SEND)
    assert down.code == 1
    assert "smtp: " in down.err
    assert "Traceback" not in down.err
    assert "run this again" in down.err
    assert len(_ids(trial, QUEUED)) == PEOPLE
    with StandIn(Plan(), tmp_path, port) as server:
        clock.advance(timedelta(seconds=31))
        again = run(*SEND)
        assert again.code == 0, again
        _everybody_once(trial, server)
    assert max(row.attempts for row in trial.rows()) <= 2


def test_a_provider_that_dies_in_the_midst_leaves_few_in_doubt(
    trial: Trial, server: StandIn, clock: Clock, run: Run
) -> None:
    server.plan = Plan(latency=0.002, faults=(Fault("dot", "drop", after=80), Fault("connect", "drop", after=40)))
    assert run(*SEND).code == 1
    doubtful = _ids(trial, DeliveryState.UNSURE)
    assert 1 <= len(doubtful) <= 100
    assert _ids(trial, ACCEPTED) == _taken(server)
    server.plan = Plan()
    clock.advance(timedelta(minutes=3))
    assert run(*SEND).code == 0
    assert _ids(trial, DeliveryState.UNSURE) == doubtful
    assert _ids(trial, ACCEPTED) == _taken(server)
    assert len(_taken(server)) + len(doubtful) == PEOPLE


def test_put_off_by_the_server_it_goes_later(trial: Trial, server: StandIn, clock: Clock, run: Run) -> None:
    server.plan = Plan(faults=(Fault("rcpt", "reply", "451 4.3.0 come back later", after=10, times=3),))
    first = run(*SEND)
    assert first.code == 0
    waiting = [row for row in trial.rows() if row.state is QUEUED]
    assert len(waiting) + len(_taken(server)) == PEOPLE
    if waiting:  # a wait of five seconds, the shortest, is sat out
        assert "wait until" in first.out
    clock.advance(timedelta(seconds=31))
    assert run(*SEND).code == 0
    _everybody_once(trial, server)
    assert sorted(row.attempts for row in trial.rows())[-4:] == [1, 2, 2, 2]


def test_halted_it_says_why_and_goes_on_when_it_is_mended(trial: Trial, server: StandIn, run: Run) -> None:
    server.plan = Plan(faults=(Fault("mail", "reply", "550 5.7.1 sender not allowed", after=20),))
    halted = run(*SEND)
    assert halted.code == 1
    assert "was halted: " in halted.out
    assert "It answered 550 5.7.1." in halted.out
    assert "It answered 550 5.7.1." in run("status").out
    assert "broadcaster resume" in halted.out
    assert trial.state() is BroadcastState.PAUSED
    assert set(_ids(trial, ACCEPTED, QUEUED)) == {row.id for row in trial.rows()}
    assert _ids(trial, ACCEPTED) == _taken(server)
    with open_project(trial.folder) as project:
        made = broadcast_status.list_broadcast_statuses(project)[0].broadcast.id
    # Before it is mended and resumed nothing more is tried.
    assert run(*SEND).code == 1
    server.plan = Plan()
    assert run("resume", made).code == 0
    assert run(*SEND).code == 0
    _everybody_once(trial, server)


def test_serve_killed_goes_on_where_it_was(tmp_path: Path, server: StandIn) -> None:
    server.plan = Plan()
    trial = _begin(tmp_path / "project", server.port, 1500)
    for point in (
        Point("rows-written", 1),
        Point("answer", 60),
        Point("record-written", 2),
        Point("claim-committed", 3),
    ):
        assert trial.life(point, words=("serve",))
    trial.finish()
    trial.compare(server.taken)


def test_the_campaign_is_sent_once_however_often_it_is_asked_for(trial: Trial, server: StandIn, run: Run) -> None:
    server.plan = Plan()
    for _ in range(3):
        assert run("send", CAMPAIGN, "--by", "david", "--yes").code == 0
    _everybody_once(trial, server)


def test_a_ledger_that_is_locked_in_the_midst_of_a_release_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LOCK_WAIT_SECONDS", 0.1)
    monkeypatch.setattr(ledger_retry, "PAUSE_SECONDS", 0.1)
    folder = projects.make_project(tmp_path / "project", 2500)
    projects.approve(folder)
    with open_project(folder) as project, registered_runner(project) as living:
        with _locked_once_it_releases(folder), pytest.raises(LedgerLockedError):
            due_occurrences.release_due(project, living.id)
        assert broadcast_status.list_broadcast_statuses(project) == []
        assert [(one.state, one.reason) for one in upcoming(project, project.campaign(CAMPAIGN))][-1] == (
            OccurrenceState.PLANNED,
            "",
        )
        assert len(due_occurrences.release_due(project, living.id)) == 1
        [made] = broadcast_status.list_broadcast_statuses(project)
    assert made.deliveries == {"queued": 2500}


@contextmanager
def _locked_once_it_releases(folder: Path) -> Iterator[None]:
    """Another program takes the ledger for itself when a broadcast is half made, until somebody gave up for it."""
    commit, was_locked = Ledger.writing, False
    with (
        closing(sqlite3.connect(folder / "var" / "broadcaster.db", isolation_level=None)) as other,
        pytest.MonkeyPatch.context() as patched,
    ):

        @contextmanager
        def writing(ledger: Ledger) -> Iterator[WriteConnection]:
            nonlocal was_locked
            try:
                with commit(ledger) as conn:
                    yield conn
            except LedgerLockedError:
                other.execute("ROLLBACK")
                raise
            if not was_locked and other.execute("SELECT count(*) FROM broadcasts").fetchone()[0]:
                other.execute("BEGIN IMMEDIATE")
                was_locked = True

        patched.setattr(Ledger, "writing", writing)
        yield
    assert was_locked
