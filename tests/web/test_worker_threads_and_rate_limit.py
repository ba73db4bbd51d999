"""Threads for requests: who waits for whom, and who is turned away."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from broadcaster.web.common.worker_threads import (
    BusyError,
    NoWaitWorkers,
    OnePerPersonWorkers,
    ReplacedError,
    TooOftenError,
)


class Work:
    """Something that takes until it is let go."""

    def __init__(self) -> None:
        self.begun, self.over = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self.over.wait(60)
        return "done"


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not happened():
            await asyncio.sleep(0.005)


def test_at_once_or_not_at_all() -> None:
    async def scene(threads: NoWaitWorkers) -> None:
        first = Work()
        running = asyncio.ensure_future(threads.run(first))
        await until(first.begun.is_set)
        for seconds in ("1", "2", "3"):
            with pytest.raises(TooOftenError) as caught:
                await threads.run(lambda: "never")
            assert (caught.value.status_code, caught.value.headers) == (429, {"retry-after": seconds})
        first.over.set()
        assert await running == "done"
        assert await threads.run(lambda: "free again") == "free again"

    with NoWaitWorkers("x", 1) as threads:
        asyncio.run(scene(threads))


def test_a_request_that_gave_up_has_not_freed_its_thread() -> None:
    async def scene(threads: NoWaitWorkers) -> None:
        first = Work()
        running = asyncio.ensure_future(threads.run(first))
        await until(first.begun.is_set)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        with pytest.raises(TooOftenError):
            await threads.run(lambda: "never")
        first.over.set()
        await until(lambda: threads._free._value == 1)
        assert await threads.run(lambda: "free") == "free"

    with NoWaitWorkers("x", 1) as threads:
        asyncio.run(scene(threads))


def one_each(scene: Callable[[OnePerPersonWorkers], Awaitable[None]]) -> None:
    async def run() -> None:
        await scene(threads)
        await until(lambda: not threads._lines)  # nobody of those who are gone is remembered

    with OnePerPersonWorkers("x", 2) as threads:
        asyncio.run(run())


def test_one_at_a_time_for_each_person_and_others_beside_them() -> None:
    async def scene(threads: OnePerPersonWorkers) -> None:
        first, second, other = Work(), Work(), Work()
        asked = [
            asyncio.ensure_future(threads.do_for(who, work))
            for who, work in (("ada", first), ("ada", second), ("bob", other))
        ]
        await until(lambda: first.begun.is_set() and other.begun.is_set())
        assert not second.begun.is_set()
        first.over.set()
        await until(second.begun.is_set)
        second.over.set()
        other.over.set()
        assert await asyncio.gather(*asked) == ["done"] * 3

    one_each(scene)


def test_a_newer_draft_takes_the_place_of_the_one_that_waits() -> None:
    async def scene(threads: OnePerPersonWorkers) -> None:
        first = Work()
        running = asyncio.ensure_future(threads.do_for("ada", first, "look"))
        await until(first.begun.is_set)
        page = asyncio.ensure_future(threads.do_for("ada", lambda: "page"))
        waiting = [asyncio.ensure_future(threads.do_for("ada", f"draft {n}".format, "look")) for n in range(9)]
        with pytest.raises(ReplacedError):
            await waiting[0]
        first.over.set()
        answers = await asyncio.gather(running, page, *waiting, return_exceptions=True)
        assert (answers[0], answers[1], answers[-1]) == ("done", "page", "draft 8")
        assert {type(answer) for answer in answers[2:-1]} == {ReplacedError}

    one_each(scene)


def test_nobody_fills_a_line_without_end() -> None:
    async def scene(threads: OnePerPersonWorkers) -> None:
        first = Work()
        running = asyncio.ensure_future(threads.do_for("ada", first))
        await until(first.begun.is_set)
        waiting = [asyncio.ensure_future(threads.do_for("ada", lambda: "later")) for _ in range(20)]
        await until(lambda: any(one.done() for one in waiting))
        first.over.set()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert sorted({str(answer) if isinstance(answer, str) else type(answer).__name__ for answer in answers}) == [
            "BusyError",
            "later",
        ]
        assert await running == "done"

    one_each(scene)


def test_the_turn_goes_on_when_somebody_gives_up_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(threads: OnePerPersonWorkers) -> None:
        first = Work()
        running = asyncio.ensure_future(threads.do_for("ada", first))
        await until(first.begun.is_set)
        leaving = asyncio.ensure_future(threads.do_for("ada", lambda: "gone"))
        failing = asyncio.ensure_future(threads.do_for("ada", lambda: 1 // 0))
        last = asyncio.ensure_future(threads.do_for("ada", lambda: "last"))
        await asyncio.sleep(0)
        leaving.cancel()
        running.cancel()  # its thread works on, so nobody's turn has come
        await asyncio.sleep(0.01)
        assert not last.done()
        first.over.set()
        assert await last == "last"
        with pytest.raises(ZeroDivisionError):
            await failing

    one_each(scene)


def test_whoever_waits_too_long_is_told_so_and_the_line_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broadcaster.web.common.worker_threads.WAIT_SECONDS", 0.05)

    async def scene(threads: OnePerPersonWorkers) -> None:
        first = Work()
        with pytest.raises(BusyError):
            await threads.do_for("ada", first)
        with pytest.raises(BusyError):
            await threads.do_for("ada", lambda: "still at work")
        first.over.set()
        await until(lambda: not threads._lines)
        monkeypatch.setattr("broadcaster.web.common.worker_threads.WAIT_SECONDS", 60)
        assert await threads.do_for("ada", lambda: "again") == "again"

    one_each(scene)
