"""Pages that take too long: who asks is told to come again, and who wants to stop something is answered meanwhile."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from litestar import Litestar

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from broadcaster.services.recipients import suppression_list as suppressing
from broadcaster.services.reporting.broadcast_status import list_broadcast_statuses
from broadcaster.web.common import worker_threads
from broadcaster.web.desk import create_desk_router
from broadcaster.web.desk.requests.cookies import session_cookie
from broadcaster.web.desk.routing import handler_threads
from tests.projects import AUDIENCE, CAMPAIGN, write_audience
from tests.web.conftest import opened
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import come_in

BY = Actor("tests", "", "", "")
COUNTS = f"/desk/audiences/{AUDIENCE}/counts"


@pytest.fixture
def pipe(folder: Path) -> Iterator[Path]:
    """In the place of the key of an encrypted roster: who opens it waits until somebody writes, in the end we do."""
    plain = folder / "audiences" / f"{AUDIENCE}.csv"
    write_audience(folder, roster=plain.rename(plain.with_suffix(".csv.age")).name)
    path = folder / "var" / "age-identity.txt"
    os.mkfifo(path)
    yield path
    end(path)


def end(pipe: Path) -> None:
    """Let everybody go who waits for the key, now and later."""
    if pipe.is_fifo():
        waited_for = pipe.rename(pipe.with_suffix(".pipe"))
        pipe.write_text("no key\n", "utf-8")
        with suppress(OSError):  # nobody waits any longer
            os.close(os.open(waited_for, os.O_WRONLY | os.O_NONBLOCK))


def test_a_page_that_takes_too_long_is_answered_with_when_to_come_again(
    folder: Path, pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler_threads, "QUERY_SECONDS", 0.3)
    with opened(folder) as house:
        secret = invitations.sign_in_with_link(
            house.project, invitations.create_invitation(house.project, "amina", BY, LinkPurpose.ENTER)
        )
        answer = Browser(house.client, {session_cookie(house.project): secret}).get(COUNTS)
        end(pipe)
    assert answer.status == 503
    assert answer.headers["retry-after"] == "60"
    assert "Nothing was changed. Try again in a minute." in answer.text
    assert "<nav" not in answer.text


def test_what_is_not_done_in_time_is_said_to_go_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler_threads, "COMMAND_SECONDS", 0.3)
    with opened(folder) as house:
        author = come_in(house, "author")
        token = author.csrf
        with house.project.ledger.writing():
            answer = author.post("/desk/suppressions", csrf=token, address="lee@example.org", reason="asked by post")
    assert answer.status == 503
    assert "It is still being done." in answer.text
    with open_project(folder) as project:
        assert [one.address for one in suppressing.list_suppressions(project)] == ["lee@example.org"]


def test_while_every_page_is_kept_waiting_one_can_stop_and_decide(
    folder: Path, pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_threads, "WAIT_SECONDS", 5.0)  # in which all that is not kept waiting is answered
    with opened(folder) as house:
        people = [come_in(house, who) for who in ("author", "approver", "admin")]
        david, wenmei = people[1:]
        token = david.csrf
        broadcast = list_broadcast_statuses(house.project)[0].broadcast.id
        with ThreadPoolExecutor(9) as asking:
            kept = [asking.submit(one.get, COUNTS) for one in people for _ in range(3)]
            turned_away = any(wenmei.get("/desk/people").status == 503 for _ in range(60))
            stopped = david.post(f"/desk/broadcasts/{broadcast}/pause", csrf=token)
            sure = david.client.ask("GET", f"/desk/broadcasts/{broadcast}/cancel", None, david._sent({}))
            rejected = david.post(f"/desk/campaigns/{CAMPAIGN}/reject", csrf=token, reason="not now")
            end(pipe)
            answers = sorted(one.result().status for one in kept)
    assert turned_away
    # It is finished, and there is nothing to decide: that is what they are told, while the others still wait.
    assert [one.status for one in (stopped, sure, rejected)] == [409, 200, 409]
    assert answers == [200] * 8 + [503]


def test_no_route_of_the_desk_blocks_outside_these_threads() -> None:
    app = Litestar([create_desk_router()], openapi_config=None)
    handlers = [one for route in app.routes for one in getattr(route, "route_handlers", ())]
    assert len(handlers) > 60
    assert [str(one) for one in handlers if one.sync_to_thread] == []
