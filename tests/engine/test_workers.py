"""Workers: everything once, at most a hundred in doubt, an end that leaves nothing half done."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcaster.engine import IN_DOUBT_LIMIT, LocalEngine, WakeSignal, WorkerCallbacks, WorkersError


class Queue:
    """Deliveries that wait, are in doubt, or are done; some are due only after a while."""

    def __init__(self, waiting: int = 0) -> None:
        self.lock = threading.Lock()
        self.waiting = list(range(waiting))
        self.later: list[tuple[float, int]] = []
        self.in_doubt: set[int] = set()
        self.done: list[int] = []
        self.most_in_doubt = 0
        self.claimed_at: list[float] = []

    def add(self, *numbers: int) -> None:
        with self.lock:
            self.waiting.extend(numbers)

    def put_off(self, number: int, seconds: float) -> None:
        with self.lock:
            self.in_doubt.discard(number)
            self.later.append((time.monotonic() + seconds, number))

    def claim(self, limit: int) -> list[int] | None:
        with self.lock:
            now = time.monotonic()
            self.waiting += [number for at, number in self.later if at <= now]
            self.later = [(at, number) for at, number in self.later if at > now]
            batch, self.waiting = self.waiting[:limit], self.waiting[limit:]
            self.in_doubt.update(batch)
            self.most_in_doubt = max(self.most_in_doubt, len(self.in_doubt))
            if batch:
                self.claimed_at.append(now)
            return batch or None

    def settle(self, batch: list[int]) -> None:
        with self.lock:
            self.in_doubt.difference_update(batch)
            self.done += batch

    def seconds_until_due(self) -> float | None:
        with self.lock:
            if self.waiting:
                return 0.0
            return max(0.0, min(at for at, _ in self.later) - time.monotonic()) if self.later else None

    def work(self, deliver: Callable[[list[int]], object] | None = None) -> WorkerCallbacks[list[int]]:
        return WorkerCallbacks(self.claim, deliver or self.settle, self.seconds_until_due)


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what another thread will do; far longer than it takes, so that only a fault fails."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.001)


@settings(max_examples=60, deadline=None)
@given(
    deliveries=st.integers(0, 700),
    workers=st.integers(1, 8),
    naps=st.lists(st.sampled_from([0, 0, 0.0005, 0.002]), min_size=1, max_size=20),
    retried=st.sets(st.integers(0, 700), max_size=30),
)
def test_all_once_and_at_most_a_hundred_in_doubt(
    deliveries: int, workers: int, naps: list[float], retried: set[int]
) -> None:
    queue = Queue(deliveries)
    retries = retried & set(range(deliveries))
    turns = iter(range(10**9))

    def deliver(batch: list[int]) -> None:
        time.sleep(naps[next(turns) % len(naps)])
        for number in batch:
            if number in retries:
                retries.discard(number)
                queue.put_off(number, 0.003)
            else:
                queue.settle([number])

    LocalEngine([queue.work(deliver)] * workers, WakeSignal()).run_until_idle()
    assert sorted(queue.done) == list(range(deliveries))
    assert not queue.in_doubt
    assert not queue.later
    assert queue.most_in_doubt <= IN_DOUBT_LIMIT


@given(workers=st.integers(1, IN_DOUBT_LIMIT))
def test_batches_of_all_workers_together_stay_below_the_limit(workers: int) -> None:
    limit = LocalEngine([Queue().work()] * workers, WakeSignal()).limit
    assert limit >= 1
    assert limit * workers <= IN_DOUBT_LIMIT


@pytest.mark.parametrize("workers", [0, -1, 101])
def test_numbers_of_workers_that_cannot_be(workers: int) -> None:
    with pytest.raises(WorkersError) as raised:
        LocalEngine([Queue().work()] * workers, WakeSignal())
    assert "1 to 100" in raised.value.remedy


def test_the_workers_really_work_at_the_same_time() -> None:
    queue = Queue(150)
    together = threading.Barrier(3)

    def deliver(batch: list[int]) -> None:
        if not queue.done:
            together.wait(60)
        queue.settle(batch)

    LocalEngine([queue.work(deliver)] * 3, WakeSignal()).run_until_idle()
    assert len(queue.done) == 150


def test_it_waits_for_what_is_due_soon() -> None:
    queue = Queue()
    queue.put_off(1, 0.1)
    started = time.monotonic()
    LocalEngine([queue.work()] * 2, WakeSignal()).run_until_idle()
    assert queue.done == [1]
    assert time.monotonic() - started >= 0.1


def test_a_stop_ends_what_is_in_flight_and_claims_nothing_more() -> None:
    queue = Queue(1000)
    wake_signal = WakeSignal()
    hold = threading.Event()

    def deliver(batch: list[int]) -> None:
        hold.wait(60)
        queue.settle(batch)

    engine = LocalEngine([queue.work(deliver)] * 2, wake_signal)
    run = threading.Thread(target=engine.run_until_idle)
    run.start()
    until(lambda: len(queue.in_doubt) == 100)
    wake_signal.stop()
    assert run.is_alive()
    hold.set()
    run.join(60)
    assert len(queue.done) == 100
    assert not queue.in_doubt
    assert len(queue.waiting) == 900


def test_a_stop_wakes_resting_workers() -> None:
    wake_signal = WakeSignal()
    rested = threading.Semaphore(0)

    def seconds_until_due() -> float | None:
        rested.release()
        return None

    queue = Queue()
    run = threading.Thread(
        target=LocalEngine([WorkerCallbacks(queue.claim, queue.settle, seconds_until_due)] * 2, wake_signal).run_forever
    )
    run.start()
    assert rested.acquire(timeout=60)
    assert rested.acquire(timeout=60)
    time.sleep(0.05)
    wake_signal.stop()
    run.join(60)
    still_running = run.is_alive()
    wake_signal.wake()
    run.join(60)
    assert not still_running


def test_it_runs_forever_and_wakes_at_the_signal() -> None:
    queue = Queue()
    wake_signal = WakeSignal()
    run = threading.Thread(target=LocalEngine([queue.work()] * 2, wake_signal).run_forever)
    run.start()
    delays = []
    for number in range(40):
        time.sleep(0.005)
        queue.add(number)
        woken = time.monotonic()
        wake_signal.wake()
        until(lambda number=number: number in queue.done)  # type: ignore[misc]  # binds this turn's number
        delays.append(queue.claimed_at[-1] - woken)
    wake_signal.stop()
    run.join(60)
    assert not run.is_alive()
    # The median, and generously: a busy machine may be slow now and then, polling would be slow always.
    assert sorted(delays)[len(delays) // 2] < 0.1


def test_resting_workers_look_again_only_when_something_changed() -> None:
    queue = Queue()
    looks: list[int] = []

    def claim(limit: int) -> list[int] | None:
        looks.append(limit)
        return queue.claim(limit)

    wake_signal = WakeSignal()
    engine = LocalEngine([WorkerCallbacks(claim, queue.settle, lambda: None)] * 2, wake_signal)
    run = threading.Thread(target=engine.run_forever)
    run.start()
    time.sleep(0.3)
    assert len(looks) <= 4
    wake_signal.stop()
    run.join(60)


def test_a_wake_up_between_looking_and_resting_is_not_missed() -> None:
    queue = Queue()
    wake_signal = WakeSignal()
    woken = threading.Event()

    def seconds_until_due() -> float | None:
        if not woken.is_set():
            woken.set()
            queue.add(7)
            wake_signal.wake()
        return None

    LocalEngine([WorkerCallbacks(queue.claim, queue.settle, seconds_until_due)], wake_signal).run_until_idle()
    assert queue.done == [7]


def test_a_resting_worker_takes_up_what_another_left_behind() -> None:
    queue = Queue(1)
    other_rests = threading.Event()
    workers: list[str] = []
    both = threading.Barrier(2)

    def seconds_until_due() -> float | None:
        other_rests.set()
        return queue.seconds_until_due()

    def deliver(batch: list[int]) -> None:
        if batch == [0]:
            other_rests.wait(60)
            queue.add(*range(1, 101))
        else:
            both.wait(60)
            workers.append(threading.current_thread().name)
        queue.settle(batch)

    LocalEngine([WorkerCallbacks(queue.claim, deliver, seconds_until_due)] * 2, WakeSignal()).run_until_idle()
    assert len(queue.done) == 101
    assert len(set(workers)) == 2


def test_a_worker_without_work_ends_nothing_while_another_waits_for_a_time() -> None:
    """Workers of two providers: the one that has nothing more rests last, while the pace of the other is used up."""
    paced, rested = Queue(), threading.Event()
    paced.put_off(1, 0.3)

    def seconds_of_paced() -> float | None:
        seconds = paced.seconds_until_due()
        rested.set()
        return seconds

    def seconds_of_empty() -> None:
        rested.wait(60)
        time.sleep(0.1)  # the other worker rests by now; if the machine is slow, this test sees less

    works = (
        WorkerCallbacks(paced.claim, paced.settle, seconds_of_paced),
        WorkerCallbacks(lambda _: None, paced.settle, seconds_of_empty),
    )
    LocalEngine(works, WakeSignal()).run_until_idle()
    assert paced.done == [1]


def test_a_failure_stops_the_engine_and_is_raised_after_the_others_have_ended() -> None:
    queue = Queue(1000)
    both = threading.Barrier(2)

    def deliver(batch: list[int]) -> None:
        both.wait(60)
        if 0 in batch:
            raise OSError("the disk is full")
        time.sleep(0.05)
        queue.settle(batch)

    with pytest.raises(OSError, match="the disk is full"):
        LocalEngine([queue.work(deliver)] * 2, WakeSignal()).run_forever()
    assert len(queue.done) == 50
    assert len(queue.waiting) == 900


def test_a_failure_to_claim_ends_resting_workers_too() -> None:
    def claim(_: int) -> list[int] | None:
        if threading.current_thread().name.endswith("_0"):
            return None
        time.sleep(0.05)
        raise LookupError("no ledger")

    with pytest.raises(LookupError):
        LocalEngine([WorkerCallbacks(claim, lambda _: None, lambda: None)] * 2, WakeSignal()).run_forever()


def test_every_worker_closes_what_it_kept_and_progress_is_told() -> None:
    queue = Queue(130)
    worked: set[int] = set()
    left: list[int] = []
    told: list[int] = []

    def deliver(batch: list[int]) -> None:
        worked.add(threading.get_ident())
        queue.settle(batch)

    work = WorkerCallbacks(
        queue.claim, deliver, queue.seconds_until_due, lambda: left.append(threading.get_ident()), told.append
    )
    LocalEngine([work] * 2, WakeSignal()).run_until_idle()
    assert worked <= set(left)
    assert len(left) == 2
    assert sum(told) == 130
    assert max(told) <= 50


SERVING = """
import signal, sys, threading, time
from broadcaster.engine import LocalEngine, WakeSignal, WorkerCallbacks
wake_signal = WakeSignal()
signal.signal(signal.SIGTERM, lambda *_: wake_signal.stop())
def deliver(batch):
    print("in flight", flush=True)
    time.sleep(0.3)
    print("ended", flush=True)
batches = [[1]]
worker = WorkerCallbacks(lambda n: batches.pop() if batches else None, deliver, lambda: None)
LocalEngine([worker] * 2, wake_signal).run_forever()
print("stopped", flush=True)
"""


def test_a_signal_stops_it_gracefully() -> None:
    serving = subprocess.Popen([sys.executable, "-c", SERVING], stdout=subprocess.PIPE, text=True)
    assert serving.stdout is not None
    assert serving.stdout.readline() == "in flight\n"
    serving.send_signal(signal.SIGTERM)
    rest, _ = serving.communicate(timeout=60)
    assert rest.splitlines() == ["ended", "stopped"]
    assert serving.returncode == 0


DEAF = """
import signal, threading, time
from broadcaster.engine import LocalEngine, WakeSignal, WorkerCallbacks

wake_signal = WakeSignal()
signal.signal(signal.SIGTERM, lambda *_: wake_signal.stop())

def elsewhere():
    time.sleep(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)  # so that the main thread is not woken by it

threading.Thread(target=elsewhere).start()
LocalEngine([WorkerCallbacks(lambda limit: None, lambda batch: None, lambda: None)], wake_signal).run_forever()
print("ended")
"""


def test_a_signal_that_does_not_wake_the_main_thread_is_heard() -> None:
    done = subprocess.run([sys.executable, "-c", DEAF], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "ended\n", done.stderr
