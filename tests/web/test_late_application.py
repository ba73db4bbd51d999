"""Requests to an application that is still being made wait for it; none of them ends the others' waiting."""

import asyncio
from typing import Any

import pytest
from litestar.types import ASGIApp, Receive, Scope, Send

from broadcaster.web.late_application import LateApplication, PathSwitch


def _named(name: str, called: list[str]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        called.append(name)

    return app


async def _ask(app: ASGIApp, path: str = "/desk") -> None:
    asked: Any = {"type": "http", "path": path}
    nothing: Any = None
    await app(asked, nothing, nothing)


def test_requests_wait_for_it_and_one_that_gives_up_leaves_the_others() -> None:
    asyncio.run(_give_up_and_wait())


async def _give_up_and_wait() -> None:
    called: list[str] = []
    late = LateApplication()
    impatient, patient = asyncio.create_task(_ask(late)), asyncio.create_task(_ask(late))
    await asyncio.sleep(0.01)
    impatient.cancel()
    await asyncio.sleep(0.01)
    assert called == []
    await asyncio.to_thread(late.provide, _named("desk", called))
    await asyncio.wait_for(patient, 10)
    await _ask(late)
    assert called == ["desk", "desk"]


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/desk", "desk"),
        ("/desk/", "desk"),
        ("//desk//letters", "desk"),
        ("/", "door"),
        ("/desks", "door"),
        ("/u/desk", "door"),
    ],
)
def test_a_path_belongs_to_the_desk_as_litestar_reads_it(path: str, answers: str) -> None:
    called: list[str] = []
    asyncio.run(_ask(PathSwitch("/desk", _named("desk", called), _named("door", called)), path))
    assert called == [answers]
