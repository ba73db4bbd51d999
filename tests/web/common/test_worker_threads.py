"""Threads that may be kept for long: nobody waits without end, and a thread that still works is not free."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from broadcaster.web.common import worker_threads
from broadcaster.web.common.worker_threads import BusyError, LongWorkers, StillWorkingError


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_threads, "WAIT_SECONDS", 2.0)


@contextmanager
def four_threads(seconds: float = 60.0) -> Iterator[tuple[LongWorkers, threading.Event]]:
    """Workers, and an event for which what keeps them waits; in the end it comes."""
    event = threading.Event()
    with LongWorkers("test", 4, seconds, StillWorkingError) as pool:
        try:
            yield pool, event
        finally:
            event.set()


async def begun(pool: LongWorkers, who: str, work: Callable[[], object]) -> asyncio.Task[object]:
    """The work of somebody, which a thread has begun with."""
    started = threading.Event()

    def begin() -> object:
        started.set()
        return work()

    task = asyncio.create_task(pool.do_for(who, begin))
    while not started.is_set() and not task.done():
        await asyncio.sleep(0.01)
    return task


def test_what_is_done_is_answered_and_what_it_raises_is_raised() -> None:
    async def ask() -> None:
        assert await pool.do_for("amina", lambda: 7) == 7
        with pytest.raises(KeyError):
            await pool.do_for("amina", lambda: dict[str, int]()["nothing"])

    with four_threads() as (pool, _):
        asyncio.run(ask())


def test_when_all_are_kept_the_next_is_turned_away_and_never_begun() -> None:
    done: list[str] = []

    async def ask() -> None:
        tasks = [await begun(pool, who, event.wait) for who in ("amina", "amina", "david", "david")]
        asked = (pool.do_for(who, lambda: done.append("begun")) for who in ("priya", "amina"))
        for refused in await asyncio.gather(*asked, return_exceptions=True):
            assert type(refused) is BusyError
            assert refused.headers == {"retry-after": "60"}
        event.set()
        await asyncio.gather(*tasks)
        await pool.do_for("amina", lambda: done.append("later"))

    with four_threads() as (pool, event):
        asyncio.run(ask())
    assert done == ["later"]


def test_one_person_has_half_of_them_at_most() -> None:
    async def ask() -> None:
        tasks = [await begun(pool, "amina", event.wait) for _ in range(2)]
        with pytest.raises(BusyError):
            await pool.do_for("amina", lambda: None)
        assert await pool.do_for("david", lambda: "there is one for him") == "there is one for him"
        event.set()
        await asyncio.gather(*tasks)
        assert await pool.do_for("amina", lambda: "again") == "again"

    with four_threads() as (pool, event):
        asyncio.run(ask())


def test_what_takes_too_long_goes_on_and_keeps_its_thread(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    def slow() -> None:
        event.wait()
        done.append("done")
        raise ZeroDivisionError

    async def ask() -> None:
        for who in ("amina", "amina", "david", "david"):
            with pytest.raises(StillWorkingError):
                await pool.do_for(who, slow)
        with pytest.raises(BusyError) as refused:
            await pool.do_for("priya", lambda: done.append("too soon"))
        assert type(refused.value) is BusyError
        assert done == []
        event.set()
        await asyncio.to_thread(lambda: [threading.Event().wait(0.01) for _ in range(6000) if len(done) < 4])
        assert await pool.do_for("priya", lambda: "free again") == "free again"

    with four_threads(seconds=0.1) as (pool, event):
        asyncio.run(ask())
    assert done == ["done"] * 4
    assert "ZeroDivisionError" in caplog.text
