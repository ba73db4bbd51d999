"""Whether anybody works on what is due, as cron and monitoring ask it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.services.project.process_liveness import list_unserved_broadcasts
from broadcaster.services.project.project import Project, now
from broadcaster.services.sending import due_occurrences
from tests.commandline import Run, environment
from tests.projects import approve
from tests.services.stage import sql

SOON, LATE = timedelta(minutes=9), timedelta(minutes=11)

# Releases what is due, says so, and waits to be killed.
_RELEASES = """
import sys, time
from pathlib import Path
from broadcaster.services.sending import due_occurrences
from broadcaster.bootstrap.wiring import open_project, registered_runner
with open_project(Path(sys.argv[1])) as project, registered_runner(project) as runner:
    print(len(due_occurrences.release_due(project, runner.id)), flush=True)
    time.sleep(60)
"""


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with open_project(folder) as opened:
        yield opened


def test_what_had_begun_when_its_process_died_is_missed(project: Project, folder: Path) -> None:
    approve(folder)
    command = [sys.executable, "-c", _RELEASES, str(folder)]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        assert not list_unserved_broadcasts(project, now() + LATE)
        os.kill(process.pid, signal.SIGKILL)
    (broadcast_id,) = list_unserved_broadcasts(project, now() + LATE)
    assert not list_unserved_broadcasts(project, now() + SOON)
    assert sql(folder, "SELECT id, state FROM broadcasts") == [(broadcast_id, "sending")]


def test_what_is_finished_or_paused_is_not_missed(project: Project, folder: Path) -> None:
    approve(folder)
    with registered_runner(project) as runner:
        assert due_occurrences.release_due(project, runner.id)
    for state in ("paused", "finished", "cancelled"):
        sql(folder, f"UPDATE broadcasts SET state = '{state}'")  # noqa: S608 (a word of ours)
        assert not list_unserved_broadcasts(project, now() + LATE), state


def test_status_says_so_and_ends_with_1(project: Project, folder: Path, run: Run) -> None:
    approve(folder)
    with registered_runner(project) as runner:
        (broadcast_id,) = due_occurrences.release_due(project, runner.id)
    assert run("status").code == 0
    sql(folder, "UPDATE broadcasts SET released_at = released_at - 700000000")
    with registered_runner(project):
        assert run("status").code == 0
    for words in (("status",), ("status", "--json")):
        said = run(*words)
        assert said.code == 1
        assert f"{broadcast_id[:8]} has begun, and no process sends it." in said.err
        assert "Start `broadcaster serve`" in said.err
    assert [one["id"] for one in said.json["broadcasts"]] == [broadcast_id]
