"""The engine of one machine: a few lanes, each claiming a batch, delivering it, and looking for the next."""

import threading
from collections.abc import Callable, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from broadcaster.domain.errors import BroadcasterError
from broadcaster.engine.bell import Bell

IN_DOUBT_LIMIT = 100
"""How many deliveries of one process may be in doubt at any moment: what a crash costs a person to look through."""

SHORTEST_REST = 0.005
"""Seconds. Work that is due but cannot be claimed (another process has it) is not asked for in a tight circle."""

Batch = TypeVar("Batch", bound=Sized)


class LanesError(BroadcasterError):
    """The number of workers cannot work."""

    code = "workers"
    default_remedy = f"Choose from 1 to {IN_DOUBT_LIMIT} workers."


def _nothing(*_: object) -> None:
    """What is done where nothing was asked for."""


@dataclass(frozen=True, slots=True)
class Work(Generic[Batch]):
    """What the engine is given. All are called from several threads at once.

    `claim(limit)` takes at most `limit` deliveries and answers None when nothing can go this moment. `deliver(batch)`
    sees them through, whatever becomes of each. `idle()` answers in how many seconds something may be due, None when
    nothing more can go now. `leave()` is called once in each lane's own thread as it ends, to close what the lane kept
    (connections). `delivered(n)` is told after each batch.
    """

    claim: Callable[[int], Batch | None]
    deliver: Callable[[Batch], object]
    idle: Callable[[], float | None]
    leave: Callable[[], object] = _nothing
    delivered: Callable[[int], object] = _nothing


class LocalEngine(Generic[Batch]):
    """Runs `work` in `workers` threads until it is done or the bell says stop."""

    def __init__(self, work: Work[Batch], bell: Bell, workers: int = 2) -> None:
        """Raise LanesError when there are fewer than one or more than a hundred workers."""
        if not 1 <= workers <= IN_DOUBT_LIMIT:
            raise LanesError(f"{workers} workers were asked for")
        self.limit = IN_DOUBT_LIMIT // workers
        self._work = work
        self._bell = bell
        self._workers = workers

    def run_until_idle(self) -> None:
        """Send what can go now, waiting for what is due soon; return when nothing more can go, or at a stop.

        An exception in a lane is raised here, once the other lanes have ended their batch.
        """
        self._run(forever=False)

    def run_forever(self) -> None:
        """As `run_until_idle`, but rest when nothing can go, and wake when the bell rings."""
        self._run(forever=True)

    def _run(self, *, forever: bool) -> None:
        shift = _Shift(self._work, self._bell, self._workers, forever=forever)
        with ThreadPoolExecutor(self._workers, thread_name_prefix="lane") as threads:
            lanes = [threads.submit(shift.lane, self.limit) for _ in range(self._workers)]
            try:
                for lane in lanes:
                    lane.result()
            except BaseException:
                # A lane's failure, or Ctrl-C without a handler: the others still end what they have in hand.
                shift.end()
                raise


class _Shift(Generic[Batch]):
    """One run of the engine: what its lanes know of each other."""

    def __init__(self, work: Work[Batch], bell: Bell, workers: int, *, forever: bool) -> None:
        self._work = work
        self._bell = bell
        self._forever = forever
        self._lock = threading.Lock()
        self._busy = workers
        self._over = False

    def lane(self, limit: int) -> None:
        """What each thread does."""
        try:
            self._loop(limit)
        except BaseException:
            self.end()
            raise
        finally:
            self._work.leave()

    def end(self) -> None:
        """Let every lane finish its batch and go home."""
        self._over = True
        self._bell.ring()

    def _loop(self, limit: int) -> None:
        while not (self._over or self._bell.stopping):
            seen = self._bell.rings
            batch = self._work.claim(limit)
            if batch is None:
                self._rest(seen)
                continue
            self._work.deliver(batch)
            self._work.delivered(len(batch))
            # What this batch left behind (a retry, room in the pace) may be work for a lane that rests.
            self._bell.ring()

    def _rest(self, seen: int) -> None:
        """Sleep until something may be due, or end the shift when nothing can be."""
        seconds = self._work.idle()
        with self._lock:
            self._busy -= 1
            # The last lane to rest looked after all others had finished, and nothing has happened since: it is over.
            done = seconds is None and not self._forever and self._busy == 0 and self._bell.rings == seen
        if done:
            self.end()
        rang = self._bell.wait(seen, None if seconds is None else max(seconds, SHORTEST_REST))
        with self._lock:
            self._busy += 1
        if not rang:
            # What has become due may be more than this lane can carry.
            self._bell.ring()
