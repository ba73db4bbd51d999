"""kill -9 anywhere, start again, it goes on: none lost, none doubled, every doubtful one listed."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from broadcaster.domain.states import DeliveryState
from tests.survival import points
from tests.survival.conftest import MailServer, StartMailServer
from tests.survival.sender import Point
from tests.survival.trial import IN_DOUBT, Trial, begin

PEOPLE = 3000

Record = Callable[[str, object], None]
"""What it is told is printed at the end (see conftest.py)."""


def _rounds(
    new: Callable[[int], Trial], wanted: Sequence[Point], compare: Callable[[Trial], None]
) -> tuple[Counter[str], list[Trial]]:
    """Kill at all the points, over as many broadcasts as it takes; what was killed where."""
    left = list(wanted)
    trials: list[Trial] = []
    while left:
        trial = new(len(trials))
        trials.append(trial)
        before = len(left)
        while left and trial.life(left[0]):
            del left[0]
        if len(left) == before:
            del left[0]  # a whole send does not come to this point
        trial.finish()
        compare(trial)
    return sum((trial.killed for trial in trials), Counter()), trials


def _over_smtp(
    folder: Path, server: MailServer, wanted: Sequence[Point], database: Callable[[], str] | None = None
) -> tuple[int, str]:
    def new(number: int) -> Trial:
        where = {"database": database()} if database else {}
        return begin(folder / f"round{number}", PEOPLE, providers=server.settings, **where)

    def compare(trial: Trial) -> None:
        ids = {row.id for row in trial.rows()}
        trial.compare([one for one in server.taken() if one.message_id.strip("<>").partition("@")[0] in ids])

    killed, trials = _rounds(new, wanted, compare)
    everything = {row.id for trial in trials for row in trial.rows()}
    strangers = [one for one in server.taken() if one.message_id.strip("<>").partition("@")[0] not in everything]
    assert not strangers, "the server has messages of no delivery"
    return killed.total(), (
        f"{killed.total()} kills over {len(trials)} broadcasts of {PEOPLE} people; in doubt after one kill at most "
        f"{max(trial.worst for trial in trials)}, in all {sum(len(trial.doubted) for trial in trials)}; {dict(killed)}"
    )


def test_killed_while_it_releases_and_sends(tmp_path: Path, mail_server: StartMailServer) -> None:
    release = points.some(points.release_points(), 5)
    sending = points.some(points.mixed(points.sending_points(), 1), 10)
    kills, said = _over_smtp(tmp_path, mail_server(), [*release, *sending])
    assert kills >= 13, said


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_at_three_hundred_points(tmp_path: Path, mail_server: StartMailServer, record_property: Record) -> None:
    wanted = [*points.release_points(), *points.mixed(points.sending_points(), 2)]
    kills, said = _over_smtp(tmp_path, mail_server(), wanted)
    record_property("kills", said)
    assert kills >= 300, said


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_on_postgresql(
    tmp_path: Path,
    mail_server: StartMailServer,
    postgresql: Callable[[], str],
    record_property: Record,
) -> None:
    wanted = [*points.some(points.release_points(), 40), *points.some(points.mixed(points.sending_points(), 3), 80)]
    kills, said = _over_smtp(tmp_path, mail_server(), wanted, postgresql)
    record_property("kills", f"postgresql: {said}")
    assert kills >= 110, said


def test_killed_on_postgresql_at_some_points(
    tmp_path: Path, mail_server: StartMailServer, postgresql: Callable[[], str]
) -> None:
    wanted = [*points.some(points.release_points(), 2), *points.some(points.mixed(points.sending_points(), 4), 4)]
    kills, said = _over_smtp(tmp_path, mail_server(), wanted, postgresql)
    assert kills >= 5, said


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_at_once_killed_one_by_one(
    tmp_path: Path, mail_server: StartMailServer, database: str, postgresql: Callable[[], str]
) -> None:
    """Both send the same broadcast; what one was sending when it died is not touched by the other while it lives."""
    server = mail_server()
    where = {"database": postgresql()} if database == "postgresql" else {}
    trial = begin(tmp_path / "project", PEOPLE, providers=server.settings, **where)
    wanted = points.some(points.mixed(points.sending_points(), 9), 6)
    kills = sum(trial.two_lives(*pair) for pair in zip(wanted[::2], wanted[1::2], strict=True))
    trial.finish()
    trial.compare(server.taken())
    assert kills >= 3


def test_killed_by_the_clock(tmp_path: Path, mail_server: StartMailServer) -> None:
    """From outside, at moments that nobody chose."""
    server = mail_server('{"latency": 0.001}')
    trial = begin(tmp_path / "project", 1000, providers=server.settings)
    chance = random.Random(5)
    for _ in range(5):
        trial.life(seconds=chance.uniform(0.05, 0.9))
    trial.finish()
    trial.compare(server.taken())


def test_with_the_outbox_evidence_settles_everything(tmp_path: Path) -> None:
    wanted = [*points.some(points.release_points(), 2), *points.some(points.mixed(points.outbox_points(), 6), 6)]
    kills, said = _to_the_outbox(tmp_path, wanted)
    assert kills >= 6, said


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_with_the_outbox_at_many_points(tmp_path: Path, record_property: Record) -> None:
    kills, said = _to_the_outbox(tmp_path, points.mixed(points.outbox_points(), 7))
    record_property("kills", f"outbox: {said}")
    assert kills >= 70, said


def _to_the_outbox(folder: Path, wanted: Sequence[Point]) -> tuple[int, str]:
    def compare(trial: Trial) -> None:
        rows = trial.rows()
        assert {row.state for row in rows} == {DeliveryState.ACCEPTED}
        files = sorted((trial.folder / "var" / "outbox" / "email").glob("*.eml"))
        assert [file.stem for file in files] == sorted(row.id for row in rows), "one file for each delivery"
        read = Counter(line for file in files for line in file.read_bytes().splitlines() if line.startswith(b"To:"))
        assert len(read) == trial.people
        assert max(read.values()) == 1
        assert trial.worst <= IN_DOUBT

    killed, trials = _rounds(lambda number: begin(folder / f"round{number}", 600), wanted, compare)
    return killed.total(), f"{killed.total()} kills over {len(trials)} broadcasts; {dict(killed)}"
