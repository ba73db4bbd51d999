"""Letters by real mail servers: everybody gets theirs, and what a far server turns down comes back and is read rightly.

    sh tests/standins/mailservers.sh DIR
    MAIL_SERVERS=DIR scripts/test -m long tests/services/test_real_mail_servers.py

With Debian's package `postfix` on the machine that one is taken, too. A server that is not there is skipped.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.feedback import bounce_mail
from broadcaster.services.recipients import suppression_list
from tests.commandline import process
from tests.projects import approve, make_project
from tests.services.stage import sql
from tests.standins import postfix
from tests.standins.mailservers import MISSING, SERVERS, Onward, Process
from tests.standins.postfix import RETURN_PATH, Postfix, roomy
from tests.standins.smtp import Fault, Plan, StandIn

PEOPLE = 300
PATIENCE = 240.0

DEAD = {
    "unknown": "550 5.1.1 Recipient address rejected: User unknown",
    "unknown-plain": "550 No such user here",
    "no-domain": "550 5.1.2 no such domain",
}
"""What says that there is no such address."""

OURS = {
    "blocklist": "550 5.7.1 your address is on our blocklist",
    "unauthenticated": "550 5.7.26 this mail is unauthenticated: SPF and DKIM did not pass",
    "spam": "554 5.7.1 content was found to be spam",
    "rate": "550 5.2.1 the user you are trying to contact is receiving mail at a rate that prevents more",
    "too-large": "552 5.3.4 message too big for system",
    "content": "554 5.6.0 content not accepted",
    "sender": "550 5.1.8 sender domain not found",
    "blocklist-plain": "554 your host is listed at blocklist.example",
    "full": "552 5.2.2 mailbox full",
}
"""What is about us, or passes; nobody is struck off by it the first time."""

KINDS = DEAD | OURS
STAGES = ("mail", "rcpt", "data", "dot")
TURNED_DOWN = len(KINDS) * len(STAGES)

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def refusals() -> tuple[Fault, ...]:
    """Each kind once at each stage; its name and stage stand in the words, so that a bounce tells them."""
    return tuple(
        Fault(stage, "reply", f"{words} ({name} at {stage})", after=number, times=1)
        for stage in STAGES
        for number, (name, words) in enumerate(KINDS.items())
    )


@dataclass
class Post:
    """A server that letters go to; `port` is its own, `far` the one that it brings them to, `home` where bounces go."""

    port: int
    far: StandIn
    home: StandIn
    server: Process | Postfix

    def came_back(self) -> list[tuple[str, bytes]]:
        """The bounces, with the address that each went to."""
        if isinstance(self.server, Postfix):
            there = self.server.maildir / "new"
            found = [file.read_bytes() for file in there.glob("*")] if there.exists() else []
            return [(_delivered_to(data), data) for data in found]
        return list(self.home.kept or ())


def _delivered_to(data: bytes) -> str:
    found = re.search(rb"^X-Original-To: (\S+)", data, re.MULTILINE)
    return found[1].decode() if found else ""


def _missing_postfix() -> str:
    return "" if postfix.can_run() else "needs Postfix, and root to run it"


@contextmanager
def post(name: str, folder: Path, plan: Plan) -> Iterator[Post]:
    missing = (
        ("" if postfix.can_run() else "needs Postfix, and root to run it") if name == "postfix" else MISSING[name]()
    )
    if missing:
        pytest.skip(missing)
    with ExitStack() as stack:
        place = stack.enter_context(roomy())
        for part in ("far", "home", "server"):
            (folder / part).mkdir()
        far = stack.enter_context(StandIn(plan, folder / "far"))
        home = stack.enter_context(StandIn(Plan(), folder / "home"))
        home.kept = []
        server: Process | Postfix
        if name == "postfix":
            server = stack.enter_context(Postfix(place, far))
        else:
            (place / "server").mkdir(mode=0o755)
            server = stack.enter_context(SERVERS[name](place / "server", Onward(home.port, far.port)))
        yield Post(server.port, far, home, server)


def sent(folder: Path, there: Post) -> Path:
    relay = {"host": "127.0.0.1", "port": str(there.port), "starttls": "never", "return_path": RETURN_PATH}
    make_project(folder, people=PEOPLE, providers={"email": "smtp", "smtp": relay})
    approve(folder)
    said = process(folder, "send", "hello", "--by", "amina", "--yes")
    assert said.code == 0, said.err
    assert sql(folder, "SELECT state, count(*) FROM deliveries GROUP BY state") == [("accepted", PEOPLE)]
    return folder


def wait_for(there: Post, arrived: int, back: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while len(there.far.taken) < arrived or len(there.came_back()) < back:
        now = f"{len(there.far.taken)} of {arrived} arrived, {len(there.came_back())} of {back} came back"
        assert time.monotonic() < deadline, f"{now}\n{there.server.log[-4000:]}"
        time.sleep(0.3)


@pytest.mark.parametrize("name", ["postfix", "exim", "opensmtpd", "haraka"])
def test_everybody_gets_it(tmp_path: Path, name: str) -> None:
    with post(name, tmp_path, Plan()) as there:
        folder = sent(tmp_path / "project", there)
        wait_for(there, PEOPLE, 0)
        assert Counter(Counter(one.to[0] for one in there.far.taken).values()) == {1: PEOPLE}
        named = process(folder, "status").out
        assert ("offers PIPELINING, yet turns down" in named) == (name == "haraka")


@pytest.mark.parametrize("name", ["postfix", "exim", "opensmtpd", "haraka"])
def test_what_is_turned_down_comes_back(tmp_path: Path, name: str) -> None:
    """Twelve kinds at four stages: each marks its own delivery, and only what tells of a dead address strikes off."""
    with post(name, tmp_path, Plan(faults=refusals())) as there:
        folder = sent(tmp_path / "project", there)
        wait_for(there, PEOPLE - TURNED_DOWN, TURNED_DOWN)
        came = there.came_back()
        arrived = {one.to[0] for one in there.far.taken}
    assert len(arrived) == PEOPLE - TURNED_DOWN
    struck: dict[str, bool] = {}
    with open_project(folder) as project:
        for to, data in came:
            found = re.search(rb"\(([a-z-]+)\s+at\s+([a-z]+)\)", data)
            assert found, data
            before = len(suppression_list.list_suppressions(project))
            bounce_mail.receive_bounce(project, data, to)
            struck[f"{found[1].decode()} at {found[2].decode()}"] = (
                len(suppression_list.list_suppressions(project)) > before
            )
    assert len(struck) == TURNED_DOWN, "each refusal came back once"
    bounced = {str(state): n for state, n in sql(folder, "SELECT state, count(*) FROM deliveries GROUP BY state")}
    assert bounced == {"accepted": PEOPLE - TURNED_DOWN, "bounced": TURNED_DOWN}
    wrongly = sorted(one for one, barred in struck.items() if barred and one.split()[0] in OURS)
    missed = sorted(one for one, barred in struck.items() if not barred and one.split()[0] in DEAD)
    assert wrongly == [], f"struck off for what is ours: {wrongly}; missed: {missed}"
    assert missed == [], f"dead addresses that were not struck off: {missed}"
