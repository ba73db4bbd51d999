"""Wake-ups that nobody misses, and who decides whether a stop is followed by a restart."""

import threading

import pytest

from broadcaster.engine import WakeSignal


def test_a_wake_up_before_the_wait_is_not_missed() -> None:
    wake_signal = WakeSignal()
    seen = wake_signal.wakes
    wake_signal.wake()
    assert wake_signal.wait(seen, None)


def test_without_a_wake_up_the_wait_ends_in_time() -> None:
    wake_signal = WakeSignal()
    assert not wake_signal.wait(wake_signal.wakes, 0.01)


def test_a_stop_wakes_whoever_waits() -> None:
    wake_signal = WakeSignal()
    seen = wake_signal.wakes
    timer = threading.Timer(0.05, wake_signal.stop)
    timer.start()
    assert wake_signal.wait(seen, 60)
    assert wake_signal.stopping
    timer.join()


@pytest.mark.parametrize(
    ("calls", "restart"), [([True], True), ([True, True], True), ([False], False), ([True, False, True], False)]
)
def test_a_stop_without_restart_overrides_every_other(calls: list[bool], restart: bool) -> None:
    wake_signal = WakeSignal()
    for one in calls:
        wake_signal.stop(restart=one)
    assert wake_signal.restart is restart
