"""The whole way round with a real Postfix: letters go out through it, a far server turns some down, and Postfix's own
bounces find their way to the deliveries, through a Maildir and through a pipe.
"""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list
from broadcaster.services.sending import housekeeping
from tests.commandline import command, environment, process
from tests.projects import approve, make_project
from tests.services.stage import sql
from tests.standins.courier import Courier
from tests.standins.postfix import RETURN_PATH, Postfix, can_run, roomy
from tests.standins.smtp import Fault, Plan, StandIn

pytestmark = [pytest.mark.long, pytest.mark.skipif(not can_run(), reason="needs Postfix, and root to run it")]

PEOPLE = 40
UNKNOWN = Fault("rcpt", "reply", "550 5.1.1 no such person here", times=4)
FULL = Fault("rcpt", "reply", "552 5.2.2 mailbox full", after=4, times=2)
TURNED_DOWN = UNKNOWN.times + FULL.times


@pytest.fixture
def place() -> Iterator[Path]:
    with roomy() as folder:
        yield folder


def send(folder: Path, port: int, **smtp: Any) -> None:
    relay = {"host": "127.0.0.1", "port": str(port), "starttls": "never", "return_path": RETURN_PATH, **smtp}
    make_project(folder, people=PEOPLE, providers={"email": "smtp", "smtp": relay})
    approve(folder)
    said = process(folder, "send", "hello", "--by", "amina", "--yes")
    assert said.code == 0, said.err


def states(folder: Path) -> dict[str, int]:
    rows = sql(folder, "SELECT state, count(*) FROM deliveries GROUP BY state")
    return {str(state): int(str(n)) for state, n in rows}


def wait_for(folder: Path, wanted: dict[str, int], postfix: Postfix) -> None:
    deadline = time.monotonic() + 60
    while states(folder) != wanted:
        assert time.monotonic() < deadline, f"{states(folder)}\n{postfix.log}"
        time.sleep(0.2)


def attempts(folder: Path) -> set[str]:
    return {f"{row[0]}-1" for row in sql(folder, "SELECT id FROM deliveries")}


def check_barred(project: Project) -> None:
    """Those whom nobody knows are written to no more; those whose mailbox was full once are."""
    barred = suppression_list.list_suppressions(project)
    assert len(barred) == UNKNOWN.times
    assert all(one.address.endswith("@example.org") for one in barred)


def test_through_a_maildir(place: Path, tmp_path: Path) -> None:
    folder = place / "project"
    with StandIn(Plan(faults=(UNKNOWN, FULL)), tmp_path) as far, Postfix(place, far) as postfix:
        send(folder, postfix.port, bounces=str(postfix.maildir))
        came = postfix.mail(TURNED_DOWN, patience=60)
        assert all(any(attempt.encode() in data for attempt in attempts(folder)) for data in came), "ENVID is in each"
        with open_project(folder) as project:
            housekeeping.tidy(project)
            assert states(folder) == {"accepted": PEOPLE - TURNED_DOWN, "bounced": TURNED_DOWN}
            check_barred(project)
        assert {taken.sender for taken in far.taken} <= {
            f"bounces+{attempt.partition('-')[0]}@letters.example" for attempt in attempts(folder)
        }
        assert len(list((postfix.maildir / "cur").iterdir())) == TURNED_DOWN


def carry(folder: Path) -> Callable[[bytes, str], int]:
    """What the pipe does with a message: the real command, in a process of its own."""

    def run(data: bytes, to: str) -> int:
        words = command(folder, "bounce", "--to", to)
        return subprocess.run(words, input=data, capture_output=True, check=False, env=environment({})).returncode

    return run


def test_through_a_pipe(place: Path, tmp_path: Path) -> None:
    folder = place / "project"
    with (
        StandIn(Plan(faults=(UNKNOWN, FULL)), tmp_path) as far,
        Courier(place / "courier", carry(folder)) as courier,
        Postfix(place, far, [str(courier.script), "${original_recipient}"]) as postfix,
    ):
        send(folder, postfix.port)
        wait_for(folder, {"accepted": PEOPLE - TURNED_DOWN, "bounced": TURNED_DOWN}, postfix)
        with open_project(folder) as project:
            check_barred(project)


def test_a_pipe_whose_key_is_gone_for_a_while(place: Path, tmp_path: Path) -> None:
    """Postfix keeps the bounce (exit code 75) and brings it again."""
    folder = place / "project"
    key = folder / "var" / "key"
    unknown = Fault("rcpt", "reply", "550 5.1.1 no such person here", times=1)
    codes: list[int] = []
    all_sent = threading.Event()

    def without_key(data: bytes, to: str) -> int:
        all_sent.wait(60)
        first = not codes
        if first:
            key.rename(key.with_name("aside"))
        codes.append(carry(folder)(data, to))
        if first:
            key.with_name("aside").rename(key)
        return codes[-1]

    with (
        StandIn(Plan(faults=(unknown,)), tmp_path) as far,
        Courier(place / "courier", without_key) as courier,
        Postfix(place, far, [str(courier.script), "${original_recipient}"]) as postfix,
    ):
        send(folder, postfix.port)
        all_sent.set()
        wait_for(folder, {"accepted": PEOPLE - 1, "bounced": 1}, postfix)
        assert "status=deferred" in postfix.log
    assert codes == [75, 0]
