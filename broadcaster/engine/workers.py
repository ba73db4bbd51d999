"""The engine of one process: worker threads, each of which claims a batch, delivers it, and looks for the next.

Each provider has workers of its own, so that a provider that hangs delays no other's messages.
"""

import threading
from collections.abc import Callable, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from broadcaster.domain.errors import BroadcasterError
from broadcaster.engine.wake_signal import WakeSignal

WORKERS_PER_PROVIDER = 1
"""Workers of each provider. More of them hide a slow provider's round trips, and get smaller batches."""

IN_DOUBT_LIMIT = 100
"""Deliveries of one process that may be in doubt at any moment: a person must look through so many after a crash."""

SHORTEST_REST_SECONDS = 0.005
"""Seconds to rest at least, where work is due that another process has claimed: no busy loop."""

SIGNAL_CHECK_SECONDS = 0.5
"""Seconds that the main thread sleeps at most. Python runs a signal handler between two steps of the main thread, so
that a signal which arrives just as it falls asleep is handled only once it wakes.
"""

Batch = TypeVar("Batch", bound=Sized)


class WorkersError(BroadcasterError):
    """The number of workers cannot work."""

    code = "workers"
    default_remedy = f"Choose from 1 to {IN_DOUBT_LIMIT} lanes: fewer workers, for each provider has as many lanes."


def _do_nothing(*_: object) -> None:
    """Stand in for a callback that was not given."""


@dataclass(frozen=True, slots=True)
class WorkerCallbacks(Generic[Batch]):
    """What a worker calls. Several workers may have the same callbacks, and call them at the same time.

    `claim(limit)` claims at most `limit` deliveries, and returns None when nothing may go now. `deliver(batch)` ends
    with a result for each of them. `seconds_until_due()` returns None when nothing more can go. `close()` is called
    once in each worker's thread as it ends. `delivered(n)` is called after each batch. `limit` is the batch size, where
    the provider sets one; the number in doubt after a crash grows with it.
    """

    claim: Callable[[int], Batch | None]
    deliver: Callable[[Batch], object]
    seconds_until_due: Callable[[], float | None]
    close: Callable[[], object] = _do_nothing
    delivered: Callable[[int], object] = _do_nothing
    limit: int | None = None


class LocalEngine(Generic[Batch]):
    """Runs each worker in a thread of its own until all is done or the signal says stop."""

    def __init__(self, workers: Sequence[WorkerCallbacks[Batch]], signal: WakeSignal) -> None:
        """Raises WorkersError for fewer than one or more than a hundred workers."""
        if not 1 <= len(workers) <= IN_DOUBT_LIMIT:
            raise WorkersError(f"{len(workers)} lanes were asked for")
        self.limit = IN_DOUBT_LIMIT // len(workers)
        self._workers = workers
        self._signal = signal

    def run_until_idle(self) -> None:
        """Send what can go now, and wait for what is due soon; return when nothing more can go, or at a stop.

        An exception of a worker is raised here, once the other workers have finished their batch.
        """
        self._run(forever=False)

    def run_forever(self) -> None:
        """As `run_until_idle`, but rest while nothing can go, until the signal wakes the workers."""
        self._run(forever=True)

    def _run(self, *, forever: bool) -> None:
        run = _EngineRun(self._signal, len(self._workers), forever=forever)
        with ThreadPoolExecutor(len(self._workers), thread_name_prefix="worker") as threads:
            futures = [threads.submit(run.work, worker, worker.limit or self.limit) for worker in self._workers]
            try:
                while wait(futures, SIGNAL_CHECK_SECONDS).not_done:
                    pass
                for future in futures:
                    future.result()
            except BaseException:
                # A worker's failure, or Ctrl-C without a handler: the others still finish their batch.
                run.end()
                raise


class _EngineRun:
    """One run of the engine: what its workers know of each other."""

    def __init__(self, signal: WakeSignal, workers: int, *, forever: bool) -> None:
        self._signal = signal
        self._forever = forever
        self._lock = threading.Lock()
        self._busy = workers
        self._waiting_for_a_time = 0
        self._over = False

    def work(self, worker: WorkerCallbacks[Batch], limit: int) -> None:
        """The body of each thread."""
        try:
            self._loop(worker, limit)
        except BaseException:
            self.end()
            raise
        finally:
            worker.close()

    def end(self) -> None:
        """Let every worker finish its batch and return."""
        self._over = True
        self._signal.wake()

    def _loop(self, worker: WorkerCallbacks[Batch], limit: int) -> None:
        while not (self._over or self._signal.stopping):
            seen = self._signal.wakes
            batch = worker.claim(limit)
            if batch is None:
                self._rest(worker, seen)
                continue
            worker.deliver(batch)
            worker.delivered(len(batch))
            # A retry of this batch, or room in the pace, may be work for a worker that rests.
            self._signal.wake()

    def _rest(self, worker: WorkerCallbacks[Batch], seen: int) -> None:
        """Sleep until something may be due, or end the run when nothing can be."""
        seconds = worker.seconds_until_due()
        with self._lock:
            self._busy -= 1
            self._waiting_for_a_time += seconds is not None
            # The last worker to rest looked after all others had finished, and nothing has happened since. A worker
            # that waits for a time has work of its own, of which another provider's worker knows nothing.
            nothing_left = self._busy == 0 and self._waiting_for_a_time == 0
            done = nothing_left and not self._forever and self._signal.wakes == seen
        if done:
            self.end()
        woken = self._signal.wait(seen, None if seconds is None else max(seconds, SHORTEST_REST_SECONDS))
        with self._lock:
            self._busy += 1
            self._waiting_for_a_time -= seconds is not None
        if not woken:
            # What has become due may be more than this worker can deliver.
            self._signal.wake()
