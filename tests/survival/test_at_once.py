"""Several processes that fire the same occurrence at the same moment make one broadcast of it."""

import multiprocessing
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.states import OccurrenceState
from broadcaster.ledger.database import tables
from broadcaster.services.planning.schedule import upcoming
from broadcaster.services.project.project import Project
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import control
from tests.projects import CAMPAIGN, approve, make_project
from tests.survival import racer
from tests.survival.clocks import at

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.survival.preloaded"])

START = datetime(2027, 3, 1, 9, tzinfo=UTC)
PEOPLE = 25

EACH_MINUTE = {
    "when": None,
    "every": {"cron": "* * * * *", "until": "2027-12-31"},
    "approval": {"until": "2027-12-31", "at_most": "100"},
}


def _race(
    work: Callable[..., None], folder: Path, moments: Sequence[datetime], processes: int = 2
) -> list[list[list[str]]]:
    """What each process answered at each moment."""
    barrier = _PROCESSES.Barrier(processes)
    pipes = [_PROCESSES.Pipe(duplex=False) for _ in range(processes)]
    racers = [
        _PROCESSES.Process(target=work, args=(folder, list(moments), barrier, answers), daemon=True)
        for _, answers in pipes
    ]
    for one in racers:
        one.start()
    for _, answers in pipes:
        answers.close()
    found = [[pipe.recv() for _ in moments] for pipe, _ in pipes]
    for one in racers:
        one.join(200)
        assert one.exitcode == 0
    return found


def _each_minute(folder: Path, **changes: Any) -> Path:
    make_project(folder, PEOPLE, campaigns={CAMPAIGN: EACH_MINUTE | {"if_late": "send"}}, **changes)
    with at(START - timedelta(seconds=30)), open_project(folder) as project:
        approve(folder, at_once=False)
        assert [one.wall for one in upcoming(project, project.campaign(CAMPAIGN))] == [datetime(2027, 3, 1, 9)]  # noqa: DTZ001 (a wall time)
    return folder


def _one_each(folder: Path, found: list[list[list[str]]], times: int) -> None:
    """Each time one process, and only one, made a broadcast, and everybody is on it once."""
    for answers in zip(*found, strict=True):
        assert len([one for answer in answers for one in answer]) == 1, answers
    with open_project(folder) as project:
        made = broadcast_status.list_broadcast_statuses(project, times + 10)
        assert len(made) == len({one.broadcast.wall for one in made}) == times
        assert {sum(one.deliveries.values()) for one in made} == {PEOPLE}
        assert _rows(project) == times * PEOPLE


def _rows(project: Project) -> int:
    with project.ledger.reading() as conn:
        return len(conn.execute(tables.deliveries.select()).all())


def test_two_clocks_fire_fifty_times(tmp_path: Path) -> None:
    folder = _each_minute(tmp_path / "project")
    moments = [START + timedelta(minutes=n, seconds=1) for n in range(50)]
    _one_each(folder, _race(racer.tick, folder, moments), 50)


def test_two_clocks_fire_on_postgresql(tmp_path: Path, postgresql: Callable[[], str]) -> None:
    folder = _each_minute(tmp_path / "project", database=postgresql())
    moments = [START + timedelta(minutes=n, seconds=1) for n in range(15)]
    _one_each(folder, _race(racer.tick, folder, moments), 15)


def test_two_people_send_at_once(tmp_path: Path) -> None:
    for turn in range(5):
        folder = make_project(tmp_path / f"project{turn}", PEOPLE)
        approve(folder)
        moment = datetime.now(UTC)
        found = {one for answers in _race(racer.send, folder, [moment]) for answer in answers for one in answer}
        with open_project(folder) as project:
            [made] = broadcast_status.list_broadcast_statuses(project)
            assert found == {made.broadcast.id}
            assert _rows(project) == PEOPLE


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_four_processes_wake_at_once_over_three_missed_times(
    tmp_path: Path, database: str, postgresql: Callable[[], str]
) -> None:
    where = {"database": postgresql()} if database == "postgresql" else {}
    folder = _each_minute(tmp_path / "project", **where)
    found = _race(racer.tick, folder, [START + timedelta(minutes=2, seconds=20)], processes=4)
    _one_each(folder, found, 1)
    with open_project(folder) as project, project.ledger.reading() as conn:
        walls = {row.wall.minute: (row.state, row.reason) for row in conn.execute(tables.occurrences.select())}
    overtaken = (OccurrenceState.SKIPPED, "overtaken")
    assert walls == {
        0: overtaken,
        1: overtaken,
        2: (OccurrenceState.RELEASED, ""),
        3: (OccurrenceState.PLANNED, ""),
    }


def test_a_double_click_on_cancel_counts_each_once(tmp_path: Path) -> None:
    folder = make_project(tmp_path / "project", PEOPLE)
    approve(folder)
    _race(racer.send, folder, [datetime.now(UTC)])
    with open_project(folder) as project:
        [made] = broadcast_status.list_broadcast_statuses(project)
        assert [control.cancel(project, made.broadcast) for _ in range(2)] == [PEOPLE, 0]
        assert broadcast_status.get_broadcast_status(project, made.broadcast).deliveries["skipped"] == PEOPLE
