"""Killed while it releases, then looked at, then started again: everybody has the letter, once.

A campaign with one time, submitted to go out at once and approved, as most urgent letters are. Whatever the dead
process left half made, looking takes nothing away from it.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from broadcaster.domain.states import BroadcastState
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.survival import points
from tests.survival.conftest import MailServer, StartMailServer
from tests.survival.sender import Point
from tests.survival.trial import SEND, Trial, begin, start
from tests.web.conftest import opened
from tests.web.desk.conftest import come_in

SERVE = ("serve",)
COMMANDS = {"send": SEND, "serve": SERVE}
LOOKS = (
    ("status",),
    ("status", "--json"),
    ("plan", CAMPAIGN),
    ("audience", "check", AUDIENCE),
    ("preview", LETTER, "--audience", AUDIENCE, "--campaign", CAMPAIGN),
    ("check",),
)
PAGES = ("/desk", "/desk/campaigns", f"/desk/campaigns/{CAMPAIGN}", "/desk/broadcasts")

FEW, MANY = 60, 1_200
"""MANY are more than the rows of one transaction."""

Record = Callable[[str, object], None]


def _look_around(trial: Trial, looks: Sequence[tuple[str, ...]] = LOOKS, pages: Sequence[str] = PAGES) -> None:
    """What people do after something went wrong: they look, at a terminal and at the desk."""
    for words in looks:
        process = start(trial.folder, None, words)
        process.join(200)
        assert process.exitcode in (0, 1), (words, (trial.folder / "life.log").read_text()[-3000:])
    if pages:
        with opened(trial.folder) as house:
            browser = come_in(house, "approver")
            for page in pages:
                assert browser.get(page).status == 200, page


def _go_on(trial: Trial, words: Sequence[str]) -> None:
    """Start it again until it is done."""
    if tuple(words) != SERVE:
        trial.finish()
        return
    with _serving(trial.folder):
        end = time.monotonic() + 60
        while trial.state() is not BroadcastState.FINISHED:
            assert time.monotonic() < end, f"serve never brought it to its end: {trial.state()}"
            time.sleep(0.2)


@contextmanager
def _serving(folder: Path) -> Iterator[ForkServerProcess]:
    process = start(folder, None, SERVE)
    try:
        yield process
    finally:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGTERM)
        process.join(200)
        assert process.exitcode == 0, (folder / "life.log").read_text()[-3000:]


def _killed_at(
    new: Callable[[int], Trial], mail: MailServer, wanted: Sequence[Point], words: Sequence[str]
) -> Counter[str]:
    """A broadcast for each moment: killed, looked at, sent; what was killed where."""
    killed: Counter[str] = Counter()
    for number, point in enumerate(wanted):
        trial = new(number)
        killed[point.seam] += trial.life(point, words=words)
        _look_around(trial)
        _go_on(trial, words)
        ids = {row.id for row in trial.rows()}
        trial.compare([one for one in mail.taken() if one.message_id.strip("<>").partition("@")[0] in ids])
    return killed


@pytest.mark.parametrize("point", [Point("rows-begin", 1), Point("commit-done", 4)], ids=str)
def test_killed_while_it_releases_and_looked_at(tmp_path: Path, mail_server: StartMailServer, point: Point) -> None:
    mail = mail_server()
    trial = begin(tmp_path / "project", FEW, providers=mail.settings)
    assert _killed_at(lambda _: trial, mail, [point], SEND).total() == 1


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_twenty_moments_of_the_release(
    tmp_path: Path, mail_server: StartMailServer, command: str, record_property: Record
) -> None:
    _at_twenty_moments(tmp_path, mail_server(), command, record_property)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_twenty_moments_of_the_release_on_postgresql(
    tmp_path: Path,
    mail_server: StartMailServer,
    command: str,
    postgresql: Callable[[], str],
    record_property: Record,
) -> None:
    _at_twenty_moments(tmp_path, mail_server(), command, record_property, postgresql)


def _at_twenty_moments(
    folder: Path, mail: MailServer, command: str, record: Record, database: Callable[[], str] | None = None
) -> None:
    def new(number: int) -> Trial:
        where = {"database": database()} if database else {}
        return begin(folder / f"round{number}", MANY, providers=mail.settings, **where)

    wanted = points.half_made_points()
    assert len(wanted) == 20
    killed = _killed_at(new, mail, wanted, COMMANDS[command])
    record("kills", f"{command}: {killed.total()} kills, {dict(killed)}")
    assert killed.total() >= 18
