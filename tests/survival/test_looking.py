"""While another process writes to the ledger, everything that only looks is answered, rightly and at once.

Every GET of desk and door (the hooks have none) is found by asking the application for its routes, every command by
asking the command line for its commands: what is added later is swept too, or fails until it is said how to ask for it.
The roster has a row that no cache knows, whoever asks has not been seen for a while, and campaigns lie ahead, one of
them by rule. Nothing is timed: the lock is given up only after the last answer.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from broadcaster.ledger.database.tables import sessions
from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from broadcaster.services.reporting.broadcast_status import list_broadcast_statuses
from broadcaster.web.app import create_public_routes
from broadcaster.web.desk.requests.cookies import session_cookie
from broadcaster.web.desk_application import create_desk_routes
from tests.commandline import runner, whole_program
from tests.projects import AUDIENCE, LETTER
from tests.survival.writer import locked
from tests.web import stage
from tests.web.browsing import Answer
from tests.web.conftest import House, opened
from tests.web.desk.browser import Browser
from tests.writes import nobody_writes

WEEKLY, AHEAD = "weekly", "ahead"
NEW = "Esi Boateng"
STRUCK_OFF = "person3@example.org"

LOOKS: dict[str, tuple[tuple[str, ...], ...]] = {
    "check": ((), ("--json",)),
    "plan": ((AHEAD,), (WEEKLY,), (AHEAD, "--json")),
    "preview": (
        (LETTER, "--audience", AUDIENCE, "--recipient", "2"),
        (LETTER, "--audience", AUDIENCE, "--campaign", WEEKLY, "--recipient", "6", "--part", "subject"),
    ),
    "status": ((), ("--json",), ("BROADCAST",)),
    "unsure": (("BROADCAST",),),
    "replies": ((), ("--all", "--json")),
    "audience check": ((AUDIENCE,),),
    "audience person": (("person1@example.org",), ("person1@example.org", "--json")),
    "suppress list": ((), ("--json",)),
    "suppress review": ((), ("--json",)),
}
"""Every command that only looks, and what it is asked."""

CHANGES = {
    *("init", "demo", "submit", "approve", "reject", "call-off", "send", "serve", "invite", "confirm", "bounce"),
    *("pause", "resume", "cancel", "audience import", "audience export", "audience erase"),
    *("suppress add", "suppress remove", "suppress import", "database upgrade", "doctor"),
}
"""The others; an export is noted in the audit log, and so is the message that `doctor` sends."""

Ask = Callable[[], object]


@dataclass(frozen=True)
class Sweep:
    """A project to look at, by whom, and where its ledger is."""

    house: House
    browser: Browser
    database: str

    def pages(self) -> Iterator[tuple[str, Ask]]:
        """Every path that can be asked for."""
        for path in sorted(_paths()):
            filled = self._filled(path)
            yield filled, lambda filled=filled: _shown(self.browser.get(filled))  # type: ignore[misc]

    def _filled(self, path: str) -> str:
        """The path with something that is there in the place of each parameter."""
        outbox = self.house.folder / "var" / "outbox" / "email"
        links = {one[1]: one.rpartition("/")[2] for one in stage.every_link(self.house.folder)}
        samples = {
            "name": AUDIENCE if "/audiences/" in path else WEEKLY,
            "reason": "no-email",
            "letter": LETTER,
            "language": "en",
            "broadcast_id": list_broadcast_statuses(self.house.project)[0].broadcast.id,
            "delivery_id": next(outbox.glob("*.eml")).stem,
            "person": "david",
            "block": "signatories",
            "key": "officer",
            "rest": "nowhere",
            "stamp": "0",
            "secret": "nothing",
            "token": links.get(path[1:2], ""),
        }
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: samples[found[1]], path)


@pytest.fixture(params=["sqlite", "postgresql"])
def sweep(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sweep]:
    """The project, answering on loopback, and somebody who was last seen half an hour ago."""
    changes: dict[str, Any] = {}
    if request.param == "postgresql":
        fresh: Callable[[], str] = request.getfixturevalue("postgresql")
        changes["database"] = fresh()
    plain = {"letter": LETTER, "audience": AUDIENCE, "channel": "preferred"}
    ahead = {
        WEEKLY: plain | {"every": {"cron": "0 9 * * mon"}, "approval": {"each": True}},
        AHEAD: plain | {"when": "2090-01-01 09:00"},
    }
    folder = stage.found(tmp_path / "project", campaigns=ahead, **changes)
    with opened(folder) as house:
        secret = invitations.sign_in_with_link(
            house.project,
            invitations.create_invitation(house.project, "wenmei", Actor("t", "", "", ""), LinkPurpose.ENTER),
        )
        with house.project.ledger.writing() as conn:
            conn.execute(update(sessions).values(seen_at=datetime.now(UTC) - timedelta(minutes=30)))
        stage.struck_off(house.project, STRUCK_OFF)
        yield Sweep(
            house,
            Browser(house.client, {session_cookie(house.project): secret}),
            house.project.settings.database,
        )


def test_while_another_process_writes_every_look_is_answered(
    sweep: Sweep, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = runner(sweep.house.folder, monkeypatch, capsys)
    broadcast = list_broadcast_statuses(sweep.house.project)[0].broadcast.id

    def commands() -> Iterator[tuple[str, Ask]]:
        for name, asked in LOOKS.items():
            for words in asked:
                typed = (*name.split(), *(broadcast if word == "BROADCAST" else word for word in words))
                yield " ".join(typed), lambda typed=typed: run(*typed)  # type: ignore[misc]

    asked = [*sweep.pages(), *commands()]
    with locked(sweep.database) as writer, nobody_writes():
        _add_to_roster(sweep.house.folder)
        answers = {}
        for what, ask in asked:
            answers[what] = ask()
            assert writer.holds, what
            assert _is_answered(answers[what]), (what, answers[what])
    assert len(answers) > 60
    for what, ask in asked if sweep.database.startswith("sqlite") else ():  # once is enough
        assert _steady(ask()) == _steady(answers[what]), what
    _rightly(answers)


def _add_to_roster(folder: Path) -> None:
    roster = folder / "audiences" / f"{AUDIENCE}.csv"
    roster.write_text(roster.read_text("utf-8") + f"{NEW},esi@example.org,,en,,,Ashmere\n", "utf-8")


def _rightly(answers: dict[str, object]) -> None:
    """What was answered is right, and not only the same as later."""
    said = {what: str(answer) for what, answer in answers.items()}
    assert NEW in said[f"preview {LETTER} --audience {AUDIENCE} --campaign {WEEKLY} --recipient 6 --part subject"]
    assert "5" in said[f"/desk/audiences/{AUDIENCE}/counts"]
    for what in ("/desk/suppressions/review", "suppress review"):
        assert "p…@example.org" in said[what], what
    for what in ("/desk", "/desk/campaigns", "status"):
        assert WEEKLY in said[what], what
        assert AHEAD in said[what], what


def _is_answered(answer: object) -> bool:
    """Whether it is a page, or what a command found; and not that it does not work just now."""
    return "ledger-locked" not in str(answer) and not (isinstance(answer, tuple) and answer[0] >= 500)


def _shown(answer: Answer) -> tuple[int, str]:
    """What an answer says; a file that is made anew each time only what it is."""
    kind = answer.headers.get_content_type()
    return answer.status, answer.text if kind.startswith("text/") else kind


def _steady(answer: object) -> str:
    """Without what time it is, and without the name that an editor's draft has as long as its page is open."""
    return re.sub(r"\d\d:\d\d(:\d\d)?(\.\d+)?|draft=\w+", "", str(answer))


def _paths() -> set[str]:
    """The path of every GET route."""
    return {
        route.path
        for app in (create_public_routes(), create_desk_routes())
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if "GET" in handler.http_methods
    }


def test_every_command_is_swept_or_said_to_change_something() -> None:
    found: set[str] = set()
    for name, command in whole_program().commands.items():
        inside = getattr(command, "commands", None)
        found |= {name} if inside is None else {f"{name} {one}" for one in inside}
    assert found == set(LOOKS) | CHANGES
