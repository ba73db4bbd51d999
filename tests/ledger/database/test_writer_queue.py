"""Nobody waits for ever before the ledger, however busy others are."""

import threading
import time

import pytest

from broadcaster.ledger.database.writer_queue import PATIENCE_SECONDS, FairLock


def test_who_never_stops_lets_others_in() -> None:
    """Three that take their next turn the moment they gave back the last, and one that wants a single turn."""
    lock, enough = FairLock(), threading.Event()

    def hog() -> None:
        while not enough.is_set():
            assert lock.acquire(10)
            time.sleep(0.001)
            lock.release()

    hogs = [threading.Thread(target=hog) for _ in range(3)]
    for one in hogs:
        one.start()
    try:
        waited = []
        for _ in range(20):
            began = time.monotonic()
            assert lock.acquire(10)
            waited.append(time.monotonic() - began)
            lock.release()
    finally:
        enough.set()
        for one in hogs:
            one.join()
    assert max(waited) < 20 * PATIENCE_SECONDS


def test_one_at_a_time() -> None:
    lock, inside, most = FairLock(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(500):
            assert lock.acquire(10)
            inside += 1
            most = max(most, inside)
            time.sleep(0)
            inside -= 1
            lock.release()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert most == 1


@pytest.mark.parametrize("seconds", [0.0, 0.01, 3 * PATIENCE_SECONDS])
def test_who_gives_up_holds_up_nobody(seconds: float) -> None:
    lock = FairLock()
    assert lock.acquire(0)
    assert not lock.acquire(seconds)
    lock.release()
    assert lock.acquire(0)
    lock.release()


def test_who_gave_up_is_not_handed_the_turn() -> None:
    """Two wait; the first gives up; the second gets the turn all the same."""
    lock = FairLock()
    assert lock.acquire(0)
    got: list[bool] = []
    second = threading.Thread(target=lambda: got.append(lock.acquire(10)))
    first = threading.Thread(target=lambda: got.append(lock.acquire(2 * PATIENCE_SECONDS)))
    first.start()
    time.sleep(PATIENCE_SECONDS / 2)
    second.start()
    first.join()
    assert got == [False]
    lock.release()
    second.join()
    assert got == [False, True]
