"""Nobody is written to in the quiet hours of their own night: they wait, the others go, and then they go."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from broadcaster.bootstrap.wiring import open_project
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.services.reporting import broadcast_status
from tests.commandline import Run, runner
from tests.projects import AUDIENCE, CAMPAIGN, approve, make_project, person, write_audience, write_settings, write_yaml
from tests.survival.clocks import Clock, at

EVENING = datetime(2027, 1, 12, 15, 30, tzinfo=UTC)
"""Half past three in London, half past nine in Dhaka, half past ten in the morning in Toronto."""

PEOPLE = (
    person(1),
    person(2, timezone="Asia/Dhaka"),
    person(3, timezone="America/Toronto"),
    person(4, timezone="Asia/Dhaka"),
)
HOURS = {"start": "21:00", "end": "08:00"}
SEND = ("send", CAMPAIGN, "--by", "david", "--yes")


@pytest.fixture
def clock() -> Iterator[Clock]:
    with at(EVENING) as installed:
        yield installed


@pytest.fixture
def folder(tmp_path: Path, clock: Clock) -> Path:
    folder = make_project(tmp_path / "project", PEOPLE, quiet_hours=HOURS)
    approve(folder)
    return folder


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(folder, monkeypatch, capsys)


def _reached(folder: Path) -> set[int]:
    """Who has it: one file each."""
    files = list((folder / "var" / "outbox" / "email").glob("*.eml"))
    people = [number for file in files for number in (1, 2, 3, 4) if f"person{number}@".encode() in file.read_bytes()]
    assert len(people) == len(set(people)) == len(files)
    return set(people)


def test_those_whose_night_it_is_wait_and_go_in_the_morning(folder: Path, run: Run, clock: Clock) -> None:
    first = run(*SEND)
    assert first.code == 0
    assert _reached(folder) == {1, 3}
    assert "2 wait until" in first.out
    assert run("status", "--json").json["broadcasts"][0]["deliveries"] == {"accepted": 2, "queued": 2}
    # Eight in the morning in Dhaka is two o'clock in London, where it is night: but London has it already.
    clock.set(datetime(2027, 1, 13, 1, 59, tzinfo=UTC))
    run(*SEND)
    assert _reached(folder) == {1, 3}
    clock.set(datetime(2027, 1, 13, 2, 0, 1, tzinfo=UTC))
    last = run(*SEND)
    assert last.code == 0
    assert _reached(folder) == {1, 2, 3, 4}
    assert "wait until" not in last.out
    assert run("status", "--json").json["broadcasts"][0]["state"] == "finished"


def test_a_crisis_does_not_wait_and_says_why(folder: Path, run: Run) -> None:
    assert run(*SEND, "--crisis", "threats became known tonight").code == 0
    assert _reached(folder) == {1, 2, 3, 4}


def test_a_crisis_may_come_later(folder: Path, run: Run) -> None:
    assert run(*SEND).code == 0
    assert _reached(folder) == {1, 3}
    assert run(*SEND, "--crisis", "threats became known tonight").code == 0
    assert _reached(folder) == {1, 2, 3, 4}


def test_the_first_reason_of_a_crisis_stays(folder: Path, run: Run) -> None:
    assert run(*SEND).code == 0
    with open_project(folder) as project:
        (sent,) = broadcast_status.list_broadcast_statuses(project)
        for reason in ("threats became known tonight", "another"):
            with project.ledger.writing() as conn:
                broadcasts.set_crisis(conn, sent.broadcast.id, reason)
        (sent,) = broadcast_status.list_broadcast_statuses(project)
    assert sent.broadcast.crisis_reason == "threats became known tonight"


def test_an_audience_has_hours_of_its_own(folder: Path, run: Run) -> None:
    write_audience(folder, quiet_hours={"start": "15:00", "end": "16:00"})
    approve(folder)  # what was approved in the fixture no longer holds
    assert run(*SEND).code == 0
    assert _reached(folder) == {2, 3, 4}


def test_two_audiences_in_one_timezone_have_each_its_own_hours(folder: Path, run: Run) -> None:
    """The first's night in London has not come; the second's has."""
    described = yaml.safe_load((folder / "audiences" / f"{AUDIENCE}.yaml").read_text("utf-8"))
    early = {"roster": "early.csv", "quiet_hours": {"start": "15:00", "end": "16:00"}}
    write_yaml(folder / "audiences" / "early.yaml", described | early)
    (folder / "audiences" / "early.csv").write_text("name,email,borough\nPat,person2@example.net,Ashmere\n", "utf-8")
    campaign = {CAMPAIGN: {"audience": [AUDIENCE, "early"]}}
    write_settings(folder, quiet_hours=HOURS, campaigns=campaign)
    approve(folder)
    said = run(*SEND)
    assert said.code == 0
    assert _reached(folder) == {1, 3}
    assert run("status", "--json").json["broadcasts"][0]["deliveries"] == {"accepted": 2, "queued": 3}


def test_the_night_in_which_the_clocks_go_back_is_an_hour_longer(folder: Path, run: Run, clock: Clock) -> None:
    """London goes back at 01:00 UTC on 31 October 2027: quiet from 20:00 UTC until 08:00 UTC."""
    clock.set(datetime(2027, 10, 30, 20, 0, 1, tzinfo=UTC))
    run(*SEND)
    assert 1 not in _reached(folder)
    clock.set(datetime(2027, 10, 31, 7, 59, 50, tzinfo=UTC))
    run(*SEND)
    assert 1 not in _reached(folder)
    clock.set(datetime(2027, 10, 31, 8, 0, 1, tzinfo=UTC))
    run(*SEND)
    assert 1 in _reached(folder)
