"""Threads in which requests do what may block: the ledger, signatures. The loop that answers never waits itself."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

from litestar.exceptions import HTTPException

T = TypeVar("T")

SECONDS = 10.0
"""How long a request waits for its turn and its work. Twilio gives up after 15 s, tries again included."""

THREADS = 4
"""The ledger lets one writer in at a time, so more would only wait for one another."""


class BusyError(HTTPException):
    """It cannot be done just now: whoever asked shall ask again."""

    def __init__(self) -> None:
        super().__init__(status_code=503, headers={"retry-after": "60"})


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
