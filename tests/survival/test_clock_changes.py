"""The days on which the clocks change, and a process that was asleep: each time fires once, or says why it did not."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.local_time import walltime
from broadcaster.ledger.database import tables
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import control, due_occurrences
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from tests.projects import CAMPAIGN, approve, make_project, write_settings
from tests.survival.clocks import Clock, at

LONDON = ZoneInfo("Europe/London")
NIGHTLY = "30 1 * * *"


def _every(cron: str, **changes: object) -> dict[str, object]:
    return {
        "when": None,
        "every": {"cron": cron, "until": "2027-12-31"},
        "approval": {"until": "2027-12-31", "at_most": "100"},
        **changes,
    }


@pytest.fixture
def clock() -> Iterator[Clock]:
    with at(datetime(2027, 1, 4, 12, tzinfo=UTC)) as installed:
        yield installed


def _tick(folder: Path) -> int:
    """A process starts, looks, and ends; how many broadcasts it made."""
    with open_project(folder) as project, registered_runner(project) as runner:
        return len(due_occurrences.release_due(project, runner.id))


def _walls(folder: Path) -> list[str]:
    """The wall times of all broadcasts, in the order of their release."""
    with open_project(folder) as project:
        return [walltime.key(one.broadcast.wall) for one in reversed(broadcast_status.list_broadcast_statuses(project))]


def _occurrences(folder: Path) -> dict[str, tuple[str, str]]:
    with open_project(folder) as project, project.ledger.reading() as conn:
        rows = conn.execute(tables.occurrences.select()).all()
    return {walltime.key(row.wall)[5:]: (str(row.state), row.reason) for row in rows}


def _live_through(folder: Path, clock: Clock, start: datetime, end: datetime, minutes: int = 10) -> list[datetime]:
    """Look every so many minutes; when broadcasts were made."""
    made, moment = [], start
    while moment <= end:
        clock.set(moment)
        made += [moment] * _tick(folder)
        moment += timedelta(minutes=minutes)
    return made


@pytest.mark.parametrize("if_late", ["ask", "send", "skip"])
def test_the_hour_that_autumn_brings_twice_fires_once(tmp_path: Path, clock: Clock, if_late: str) -> None:
    folder = make_project(tmp_path / "project", campaigns={CAMPAIGN: _every(NIGHTLY, if_late=if_late)})
    clock.set(datetime(2027, 10, 29, 12, tzinfo=UTC))
    approve(folder, at_once=False)
    start, end = datetime(2027, 10, 30, 23, 55, tzinfo=UTC), datetime(2027, 10, 31, 4, 0, tzinfo=UTC)
    clock.set(datetime(2027, 10, 30, 0, 35, tzinfo=UTC))
    assert _tick(folder) == 1
    # 01:30 comes at 00:30 UTC, and once more at 01:30 UTC.
    assert _live_through(folder, clock, start, end) == [datetime(2027, 10, 31, 0, 35, tzinfo=UTC)]
    clock.set(datetime(2027, 11, 1, 1, 35, tzinfo=UTC))
    assert _tick(folder) == 1
    assert _walls(folder) == ["2027-10-30T01:30", "2027-10-31T01:30", "2027-11-01T01:30"]


def test_asleep_over_both_halves_of_the_autumn_hour(tmp_path: Path, clock: Clock) -> None:
    folder = make_project(tmp_path / "project", campaigns={CAMPAIGN: _every(NIGHTLY, if_late="send")})
    clock.set(datetime(2027, 10, 30, 12, tzinfo=UTC))
    approve(folder, at_once=False)
    for minute in (40, 50, 59):
        clock.set(datetime(2027, 10, 31, 1, minute, tzinfo=UTC))
        _tick(folder)
    assert _walls(folder) == ["2027-10-31T01:30"]


def test_a_time_that_spring_leaps_over_fires_once(tmp_path: Path, clock: Clock) -> None:
    folder = make_project(tmp_path / "project", campaigns={CAMPAIGN: _every(NIGHTLY)})
    clock.set(datetime(2027, 3, 27, 12, tzinfo=UTC))
    approve(folder, at_once=False)
    start, end = datetime(2027, 3, 28, 0, 0, tzinfo=UTC), datetime(2027, 3, 28, 4, 0, tzinfo=UTC)
    assert _live_through(folder, clock, start, end) == [datetime(2027, 3, 28, 1, 0, tzinfo=UTC)]
    clock.set(datetime(2027, 3, 29, 0, 31, tzinfo=UTC))
    assert _tick(folder) == 1
    assert _walls(folder) == ["2027-03-28T01:30", "2027-03-29T01:30"]


def test_hourly_over_both_changes_fires_each_wall_hour_once(tmp_path: Path, clock: Clock) -> None:
    folder = make_project(tmp_path / "project", campaigns={CAMPAIGN: _every("0 * * * *")})
    for start, hours in (
        (datetime(2027, 3, 27, 22, 30, tzinfo=UTC), 6),
        (datetime(2027, 10, 30, 22, 30, tzinfo=UTC), 6),
    ):
        clock.set(start)
        if hours and not _walls(folder):
            approve(folder, at_once=False)
        before = len(_walls(folder))
        _tick(folder)  # what lay between the two nights is settled here
        settled = len(_walls(folder))
        assert settled - before <= 1
        _live_through(folder, clock, start + timedelta(minutes=10), start + timedelta(hours=hours), 20)
    walls = _walls(folder)
    assert len(walls) == len(set(walls))
    spring = [wall for wall in walls if wall.startswith("2027-03-28")]
    autumn = [wall for wall in walls if wall.startswith("2027-10-31")]
    # At 01:00 UTC two wall hours are due at once, the one that does not exist and 02:00: the newer one goes.
    assert spring == [f"2027-03-28T{hour:02}:00" for hour in (0, 2, 3, 4, 5)]
    assert autumn == [f"2027-10-31T{hour:02}:00" for hour in (0, 1, 2, 3, 4)]


NOON = datetime(2027, 6, 1, 11, tzinfo=UTC)
"""Twelve o'clock in London."""


def _asleep(folder: Path, clock: Clock, woken: datetime, **changes: object) -> int:
    """A process that saw nine o'clock come, slept, and wakes: what it then makes of ten, eleven and twelve."""
    make_project(folder, campaigns={CAMPAIGN: _every("0 * * * *", **changes)})
    clock.set(NOON - timedelta(hours=3, minutes=10))
    approve(folder, at_once=False)
    clock.advance(timedelta(minutes=11))
    assert _tick(folder) == 1
    clock.set(woken)
    return _tick(folder)


RELEASED, PLANNED = ("released", ""), ("planned", "")
OVERTAKEN, LATE = ("skipped", "overtaken"), ("skipped", "late")


@pytest.mark.parametrize(
    ("if_late", "newest", "made"),
    [("ask", ("waiting", "late"), 0), ("send", RELEASED, 1), ("skip", LATE, 0)],
)
def test_of_three_missed_the_newest_follows_if_late(
    tmp_path: Path, clock: Clock, if_late: str, newest: Sequence[str], made: int
) -> None:
    folder = tmp_path / "project"
    assert _asleep(folder, clock, NOON + timedelta(minutes=20), if_late=if_late, grace="10m") == made
    assert _occurrences(folder) == {
        "06-01T09:00": RELEASED,
        "06-01T10:00": OVERTAKEN,
        "06-01T11:00": OVERTAKEN,
        "06-01T12:00": newest,
        "06-01T13:00": PLANNED,
    }
    # Looking again changes nothing, and one o'clock comes in its turn.
    assert _tick(folder) == 0
    clock.set(NOON + timedelta(hours=1, minutes=1))
    assert _tick(folder) == 1
    assert _occurrences(folder)["06-01T12:00"] == newest
    assert _occurrences(folder)["06-01T13:00"] == RELEASED


@pytest.mark.parametrize("if_late", ["ask", "send", "skip"])
def test_within_its_grace_the_newest_goes_out(tmp_path: Path, clock: Clock, if_late: str) -> None:
    folder = tmp_path / "project"
    assert _asleep(folder, clock, NOON + timedelta(minutes=20), if_late=if_late, grace="30m") == 1
    assert _walls(folder) == ["2027-06-01T09:00", "2027-06-01T12:00"]


def test_what_waits_for_being_late_goes_with_somebodys_word(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "project"
    assert _asleep(folder, clock, NOON + timedelta(minutes=20), if_late="ask", grace="10m") == 0
    with open_project(folder) as project, registered_runner(project) as runner:
        # The one of nine o'clock is still being sent: `send` goes on with that, and only then has the next its turn.
        control.cancel(project, broadcast_status.list_broadcast_statuses(project)[0].broadcast)
        word = SendCommand(command_line_actor(project.settings, "david", Permission.SEND), runner.id)
        made = release_campaign(project, project.campaign(CAMPAIGN), word)
    assert walltime.key(made.wall) == "2027-06-01T12:00"
    assert _tick(folder) == 0


def test_after_the_rule_s_last_day_nothing_fires(tmp_path: Path, clock: Clock) -> None:
    rule = _every("0 9 * * *", if_late="send")
    rule["every"] = {"cron": "0 9 * * *", "until": "2027-06-02"}
    folder = make_project(tmp_path / "project", campaigns={CAMPAIGN: rule})
    clock.set(datetime(2027, 6, 1, 6, tzinfo=UTC))
    approve(folder, at_once=False)
    made = _live_through(
        folder, clock, datetime(2027, 6, 1, 7, 55, tzinfo=UTC), datetime(2027, 6, 1, 8, 30, tzinfo=UTC)
    )
    assert len(made) == 1
    clock.set(datetime(2027, 6, 9, 12, tzinfo=UTC))
    assert _tick(folder) == 1  # that of the second, found late
    clock.set(datetime(2027, 7, 1, 12, tzinfo=UTC))
    assert _tick(folder) == 0
    assert _walls(folder) == ["2027-06-01T09:00", "2027-06-02T09:00"]


def test_after_the_approval_s_last_day_it_waits_for_a_person(tmp_path: Path, clock: Clock) -> None:
    rule = _every("0 9 * * *")
    rule["approval"] = {"until": "2027-06-01", "at_most": "100"}
    folder = make_project(tmp_path / "project", campaigns={CAMPAIGN: rule})
    clock.set(datetime(2027, 6, 1, 6, tzinfo=UTC))
    approve(folder, at_once=False)
    for day, made in ((1, 1), (2, 0)):
        clock.set(datetime(2027, 6, day, 8, 1, tzinfo=UTC))
        assert _tick(folder) == made
    assert _occurrences(folder)["06-02T09:00"] == ("waiting", "not-approved")


def test_more_people_than_were_approved_wait_for_a_person(tmp_path: Path, clock: Clock) -> None:
    rule = _every("0 9 * * *")
    rule["approval"] = {"until": "2027-12-31", "at_most": "3"}
    folder = make_project(tmp_path / "project", 3, campaigns={CAMPAIGN: rule})
    clock.set(datetime(2027, 6, 1, 6, tzinfo=UTC))
    approve(folder, at_once=False)
    with (folder / "audiences" / "neighbours.csv").open("a") as roster:
        roster.write("Person 9,person9@example.org,,,,,Ashmere\n")
    clock.set(datetime(2027, 6, 1, 8, 1, tzinfo=UTC))
    assert _tick(folder) == 0
    assert _occurrences(folder)["06-01T09:00"] == ("waiting", "more-than-approved")
    with open_project(folder) as project:
        assert broadcast_status.list_broadcast_statuses(project) == []


def test_a_time_moved_after_the_approval_does_not_fire(tmp_path: Path, clock: Clock) -> None:
    folder = make_project(tmp_path / "project", campaigns={CAMPAIGN: {"when": "2027-06-01 09:00"}})
    clock.set(datetime(2027, 6, 1, 6, tzinfo=UTC))
    approve(folder, at_once=False)
    write_settings(folder, campaigns={CAMPAIGN: {"when": "2027-06-01 08:00"}})
    clock.set(datetime(2027, 6, 1, 8, 1, tzinfo=UTC))
    assert _tick(folder) == 0
    assert _occurrences(folder) == {
        "06-01T09:00": ("skipped", "time-moved"),
        "06-01T08:00": ("waiting", "not-approved"),
    }
