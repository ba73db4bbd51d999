"""Threads in which requests do what may block: the ledger, signatures. The loop that answers never waits itself."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from types import TracebackType
from typing import Self, TypeVar

from litestar.exceptions import HTTPException

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen_error

T = TypeVar("T")

_log = logging.getLogger(__name__)

WAIT_SECONDS = 10.0
"""How long a request waits for its turn and its work. Twilio gives up after 15 s, tries again included."""

DEFAULT_THREADS = 4
"""The ledger lets one writer in at a time, so more would only wait for one another."""

MAX_WAITING_EACH = 8
"""Requests of one person that may wait for their turn: a page with its frames, and another one."""

MAX_RETRY_SECONDS = 60
"""Seconds after which whoever was turned away is asked to come again, at most."""


class BusyError(HTTPException):
    """It cannot be done just now: whoever asked shall ask again."""

    def __init__(self) -> None:
        super().__init__(status_code=503, headers={"retry-after": "60"})


class StillWorkingError(BusyError):
    """It is being done, and takes longer than anybody waits: whoever asked shall look before they ask again."""


class ReplacedError(BusyError):
    """The same person has asked for the same anew meanwhile, so that nobody waits for this answer any longer."""


class TooOftenError(HTTPException):
    """There were too many tries, or there are too many at once; in so many seconds there may be one more."""

    def __init__(self, seconds: int) -> None:
        super().__init__(status_code=429, headers={"retry-after": str(seconds)})


class Workers:
    """A few threads for one kind of request, so that a flood of one kind does not starve the other.

    A context manager; leaving it lets what runs come to its end, and drops what waits.
    """

    def __init__(self, name: str, threads: int = DEFAULT_THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        """Call `work` in a thread. Raises BusyError when it takes too long; what had begun still comes to its end."""
        return await self._answered(self._pool.submit(work))

    async def _answered(self, begun: Future[T]) -> T:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await asyncio.wrap_future(begun)
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
            async with asyncio.timeout(WAIT_SECONDS):
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
        _log.error("%s", unforeseen_error(error).message)


class NoWaitWorkers(Workers):
    """Threads that nobody waits for: strangers could fill any line. The more are turned away, the later they shall come
    again.
    """

    def __init__(self, name: str, threads: int) -> None:
        super().__init__(name, threads)
        self._free = BoundedSemaphore(threads)
        self._refused: deque[float] = deque(maxlen=MAX_RETRY_SECONDS)

    async def run(self, work: Callable[[], T]) -> T:
        """Call `work` in a thread. Raises TooOftenError when none is free, and BusyError when it takes too long."""
        if not self._free.acquire(blocking=False):
            raise TooOftenError(self._seconds())
        begun = self._pool.submit(work)
        begun.add_done_callback(lambda _: self._free.release())  # a request that gave up has not freed its thread
        return await self._answered(begun)

    def _seconds(self) -> int:
        """As many as were turned away in the last minute."""
        now = time.monotonic()
        self._refused.append(now)
        return sum(now - at < MAX_RETRY_SECONDS for at in self._refused)


@dataclass(slots=True)
class _PersonQueue:
    """One person's requests: whether one of them is worked on, and those that wait, each with what it is about."""

    busy: bool = False
    waiting: list[tuple[str, asyncio.Future[None]]] = field(default_factory=list)


class OnePerPersonWorkers(Workers):
    """Threads for work that takes long, such as making a letter: one at a time for each person."""

    def __init__(self, name: str, threads: int) -> None:
        super().__init__(name, threads)
        self._lines: dict[str, _PersonQueue] = {}

    async def do_for(self, who: str, work: Callable[[], T], newest: str = "") -> T:
        """Call `work` in a thread when it is this person's turn. With `newest`, it takes the place of what waits of
        theirs under the same word.

        Raises ReplacedError for that, and BusyError when it takes too long, or too much waits already.
        """
        await self._turn(who, newest)
        loop = asyncio.get_running_loop()
        begun = self._pool.submit(work)

        def pass_on(_: Future[T]) -> None:
            with suppress(RuntimeError):  # the loop may have ended before the work
                loop.call_soon_threadsafe(self._pass_on, who)

        begun.add_done_callback(pass_on)
        return await self._answered(begun)

    async def _turn(self, who: str, newest: str) -> None:
        """Wait until none of theirs is worked on."""
        line = self._lines.setdefault(who, _PersonQueue())
        if not line.busy:
            line.busy = True
            return
        for before in [one for one in line.waiting if newest and one[0] == newest]:
            line.waiting.remove(before)
            before[1].set_exception(ReplacedError())
        if len(line.waiting) >= MAX_WAITING_EACH:
            raise BusyError
        mine = (newest, asyncio.get_running_loop().create_future())
        line.waiting.append(mine)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await asyncio.shield(mine[1])
        except BaseException as error:
            if mine in line.waiting:
                line.waiting.remove(mine)
            elif mine[1].done() and mine[1].exception() is None:
                self._pass_on(who)  # its turn came as it gave up
            if isinstance(error, TimeoutError):
                raise BusyError from None
            raise

    def _pass_on(self, who: str) -> None:
        """Give the turn to whoever of theirs waits next."""
        line = self._lines[who]
        if line.waiting:
            line.waiting.pop(0)[1].set_result(None)
        else:
            del self._lines[who]
