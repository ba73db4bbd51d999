"""Threads in which requests do what may block: the ledger, signatures. The loop that answers never waits itself."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeVar

from litestar.exceptions import HTTPException

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unforeseen import unforeseen

T = TypeVar("T")

_log = logging.getLogger(__name__)

SECONDS = 10.0
"""How long a request waits for its turn and its work. Twilio gives up after 15 s, tries again included."""

THREADS = 4
"""The ledger lets one writer in at a time, so more would only wait for one another."""


class BusyError(HTTPException):
    """It cannot be done just now: whoever asked shall ask again."""

    def __init__(self) -> None:
        super().__init__(status_code=503, headers={"retry-after": "60"})


class StillWorkingError(BusyError):
    """It is being done, and takes longer than anybody waits: whoever asked shall look before they ask again."""


class Workers:
    """A few threads for one kind of request, so that a flood of one kind does not starve the other.

    A context manager; leaving it lets what runs come to its end, and drops what waits.
    """

    def __init__(self, name: str, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def do(self, work: Callable[[], T]) -> T:
        """Call `work` in a thread. Raises BusyError when it takes too long; what had begun still comes to its end."""
        try:
            async with asyncio.timeout(SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except TimeoutError:
            raise BusyError from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


class LongWorkers(Workers):
    """Threads for work of which some takes longer. A request waits for a thread no longer than any other, and then for
    the end of its work, so many `seconds`; after that `late` is raised. One person has half of the threads at most.
    """

    def __init__(self, name: str, threads: int, seconds: float, late: type[BusyError]) -> None:
        super().__init__(name, threads)
        self._each = max(threads // 2, 1)
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._seconds = seconds
        self._late = late

    async def do_for(self, who: str, work: Callable[[], T]) -> T:
        """Call `work` in a thread. Raises BusyError when none came free, so that nothing was begun, and `late` when it
        takes too long: then it goes on, and its thread is not free before it has come to its end.
        """
        begun = await self._begun(self._turns.setdefault(who, asyncio.Semaphore(self._each)), work)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(begun)
        except TimeoutError:
            begun.add_done_callback(_log_failure)
            raise self._late from None

    async def _begun(self, turn: asyncio.Semaphore, work: Callable[[], T]) -> Future[T]:
        """The work, once a thread has begun with it."""
        loop, started = asyncio.get_running_loop(), asyncio.Event()
        future: Future[T] | None = None

        def tell(what: Callable[[], None]) -> None:
            with suppress(RuntimeError):  # the loop may have ended before the work
                loop.call_soon_threadsafe(what)

        def begin() -> T:
            tell(started.set)
            return work()

        try:
            async with asyncio.timeout(SECONDS):
                await turn.acquire()
                future = self._pool.submit(begin)
                future.add_done_callback(lambda _: tell(turn.release))
                await started.wait()
        except TimeoutError:
            if future is None or future.cancel():
                raise BusyError from None
        except asyncio.CancelledError:
            if future is not None:
                future.cancel()
            raise
        return future


def _log_failure(ended: Future[T]) -> None:
    """Say in the log what nobody waits for any longer to be told."""
    error = ended.exception()
    if isinstance(error, BroadcasterError):
        _log.warning("What took too long at the desk was refused: %s [%s]", error.message, error.code)
    elif isinstance(error, Exception) and not isinstance(error, HTTPException):
        _log.error("%s", unforeseen(error).message)
