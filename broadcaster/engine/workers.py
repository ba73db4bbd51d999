"""The engine of one machine: a few lanes, each claiming a batch, delivering it, and looking for the next.

Each provider has lanes of its own: one that hangs holds up nobody else's messages.
"""

import threading
from collections.abc import Callable, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from broadcaster.domain.errors import BroadcasterError
from broadcaster.engine.signal import WakeSignal

IN_DOUBT_LIMIT = 100
"""How many deliveries of one process may be in doubt at any moment: what a crash costs a person to look through."""

SHORTEST_REST_SECONDS = 0.005
"""Seconds. Work that is due but cannot be claimed (another process has it) is not asked for in a tight circle."""

SIGNAL_CHECK_SECONDS = 0.5
"""Seconds. Python calls a signal's handler between two steps of the main thread: one that arrives just as it falls
asleep is not heard before it wakes, so it never sleeps for long.
"""

Batch = TypeVar("Batch", bound=Sized)


class WorkersError(BroadcasterError):
    """The number of lanes cannot work."""

    code = "workers"
    default_remedy = f"Choose from 1 to {IN_DOUBT_LIMIT} lanes: fewer workers, for each provider has as many lanes."


def _do_nothing(*_: object) -> None:
    """What is done where nothing was asked for."""


@dataclass(frozen=True, slots=True)
class WorkerCallbacks(Generic[Batch]):
    """What a lane does. Several lanes may be given the same; all is called from several threads at once.

    `claim(limit)` takes at most `limit` deliveries and answers None when nothing can go this moment. `deliver(batch)`
    sees them through, whatever becomes of each. `idle()` answers in how many seconds something may be due, None when
    nothing more can go now. `leave()` is called once in each lane's own thread as it ends, to close what the lane kept
    (connections). `delivered(n)` is told after each batch. `limit` is the size of a batch, where it is not for the
    engine to say: what is in doubt after a crash grows with it.
    """

    claim: Callable[[int], Batch | None]
    deliver: Callable[[Batch], object]
    idle: Callable[[], float | None]
    leave: Callable[[], object] = _do_nothing
    delivered: Callable[[int], object] = _do_nothing
    limit: int | None = None


class LocalEngine(Generic[Batch]):
    """Runs each lane's work in a thread of its own until all is done or the bell says stop."""

    def __init__(self, lanes: Sequence[WorkerCallbacks[Batch]], bell: WakeSignal) -> None:
        """Raise LanesError when there are fewer than one or more than a hundred lanes."""
        if not 1 <= len(lanes) <= IN_DOUBT_LIMIT:
            raise WorkersError(f"{len(lanes)} lanes were asked for")
        self.limit = IN_DOUBT_LIMIT // len(lanes)
        self._lanes = lanes
        self._bell = bell

    def run_until_idle(self) -> None:
        """Send what can go now, waiting for what is due soon; return when nothing more can go, or at a stop.

        An exception in a lane is raised here, once the other lanes have ended their batch.
        """
        self._run(forever=False)

    def run_forever(self) -> None:
        """As `run_until_idle`, but rest when nothing can go, and wake when the bell rings."""
        self._run(forever=True)

    def _run(self, *, forever: bool) -> None:
        shift = _EngineRun(self._bell, len(self._lanes), forever=forever)
        with ThreadPoolExecutor(len(self._lanes), thread_name_prefix="lane") as threads:
            lanes = [threads.submit(shift.lane, work, work.limit or self.limit) for work in self._lanes]
            try:
                while wait(lanes, SIGNAL_CHECK_SECONDS).not_done:
                    pass
                for lane in lanes:
                    lane.result()
            except BaseException:
                # A lane's failure, or Ctrl-C without a handler: the others still end what they have in hand.
                shift.end()
                raise


class _EngineRun:
    """One run of the engine: what its lanes know of each other."""

    def __init__(self, bell: WakeSignal, lanes: int, *, forever: bool) -> None:
        self._bell = bell
        self._forever = forever
        self._lock = threading.Lock()
        self._busy = lanes
        self._waiting_for_a_time = 0
        self._over = False

    def lane(self, work: WorkerCallbacks[Batch], limit: int) -> None:
        """What each thread does."""
        try:
            self._loop(work, limit)
        except BaseException:
            self.end()
            raise
        finally:
            work.leave()

    def end(self) -> None:
        """Let every lane finish its batch and go home."""
        self._over = True
        self._bell.ring()

    def _loop(self, work: WorkerCallbacks[Batch], limit: int) -> None:
        while not (self._over or self._bell.stopping):
            seen = self._bell.rings
            batch = work.claim(limit)
            if batch is None:
                self._rest(work, seen)
                continue
            work.deliver(batch)
            work.delivered(len(batch))
            # What this batch left behind (a retry, room in the pace) may be work for a lane that rests.
            self._bell.ring()

    def _rest(self, work: WorkerCallbacks[Batch], seen: int) -> None:
        """Sleep until something may be due, or end the shift when nothing can be."""
        seconds = work.idle()
        with self._lock:
            self._busy -= 1
            self._waiting_for_a_time += seconds is not None
            # The last lane to rest looked after all others had finished, and nothing has happened since. A lane that
            # waits for a time has work of its own: another provider's lane knows nothing of it.
            nothing_left = self._busy == 0 and self._waiting_for_a_time == 0
            done = nothing_left and not self._forever and self._bell.rings == seen
        if done:
            self.end()
        rang = self._bell.wait(seen, None if seconds is None else max(seconds, SHORTEST_REST_SECONDS))
        with self._lock:
            self._busy += 1
            self._waiting_for_a_time -= seconds is not None
        if not rang:
            # What has become due may be more than this lane can carry.
            self._bell.ring()
