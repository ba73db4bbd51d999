"""The timer on the real clock, on a clock that jumps, and in a process that is put to sleep."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Self

import apscheduler.schedulers.base  # type: ignore[import-untyped]  # it has no types and no stubs
import pytest

from broadcaster.clock.cron import CronError
from broadcaster.clock.timer import ClockTimer


class Callback:
    """Remembers when it was called."""

    def __init__(self) -> None:
        self.calls: list[datetime] = []
        self._called = threading.Semaphore(0)

    def __call__(self) -> None:
        self.calls.append(datetime.now(UTC))
        self._called.release()

    def was_called(self, seconds: float = 5) -> bool:
        return self._called.acquire(timeout=seconds)


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_it_calls_on_time() -> None:
    late: list[float] = []
    done = threading.Event()
    with ClockTimer() as timer:
        start = soon(0.1)

        def note(due: datetime) -> None:
            late.append((datetime.now(UTC) - due).total_seconds())

        for step in range(50):
            due = start + timedelta(milliseconds=10 * step)
            timer.call_at(due, partial(note, due))
        timer.call_at(start + timedelta(seconds=1), done.set)
        assert done.wait(60)
    assert len(late) == 50
    assert min(late) >= 0
    assert sorted(late)[25] < 5


def test_what_is_past_is_called_at_once_and_what_was_asked_before_the_start_too() -> None:
    callback, timer = Callback(), ClockTimer()
    timer.call_at(soon(-3600), callback)
    assert not callback.was_called(0.1)
    with timer:
        assert callback.was_called()
        timer.call_at(datetime(2001, 1, 1, tzinfo=UTC), callback)
        assert callback.was_called()


def test_a_name_holds_one_call() -> None:
    first, second, other = Callback(), Callback(), Callback()
    with ClockTimer() as timer:
        timer.call_at(soon(0.2), first, "due")
        timer.call_at(soon(0.25), other, "other")
        timer.call_at(soon(0.3), second, "due")
        assert second.was_called()
        assert other.was_called()
        assert not first.calls
        timer.call_at(soon(0), first, "due")
        assert first.was_called()


def test_a_call_is_not_lost_while_the_last_one_of_its_name_still_runs() -> None:
    release, callback = threading.Event(), Callback()
    with ClockTimer() as timer:

        def slow() -> None:
            timer.call_at(soon(0), callback, "due")
            release.wait(60)

        timer.call_at(soon(0), slow, "due")
        assert callback.was_called()
        release.set()


def test_every_so_often_without_overlap() -> None:
    running, most, callback = [0], [0], Callback()

    def slow() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.12)
        running[0] -= 1
        callback()

    with ClockTimer() as timer:
        timer.call_every(0.05, slow)
        assert all(callback.was_called() for _ in range(3))
    assert most == [1]


def test_a_failing_callback_is_logged_and_the_timer_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def refused() -> None:
        raise CronError("no such line")

    def broken() -> None:
        raise RuntimeError("a defect")

    callback = Callback()
    with caplog.at_level(logging.INFO, "broadcaster"), ClockTimer() as timer:
        timer.call_at(soon(-3), refused)
        timer.call_at(soon(-2), broken)
        timer.call_at(soon(0.05), callback)
        assert callback.was_called()
    (answer,) = [record for record in caplog.records if "no such line" in record.getMessage()]
    assert "cron-unreadable" in answer.getMessage()
    assert answer.exc_info is None
    # The error's own words and its traceback may hold somebody's address: only its kind and place are told.
    assert any("RuntimeError at clock/timer.py" in record.getMessage() for record in caplog.records)
    assert not any(record.exc_info for record in caplog.records)


def test_stop_waits_and_then_is_silent() -> None:
    started, finished, callback = threading.Event(), threading.Event(), Callback()

    def slow() -> None:
        started.set()
        time.sleep(0.2)
        finished.set()

    timer = ClockTimer()
    timer.start()
    timer.call_every(0.05, callback)
    timer.call_at(soon(0), slow)
    assert started.wait(60)
    timer.stop()
    assert finished.is_set()
    count = len(callback.calls)
    time.sleep(0.2)
    assert len(callback.calls) == count
    timer.stop()
    ClockTimer().stop()


def test_a_callback_may_ask_for_a_call_while_the_timer_is_stopped() -> None:
    started, callback = threading.Event(), Callback()
    timer = ClockTimer()

    def slow() -> None:
        started.set()
        time.sleep(0.2)
        timer.call_at(soon(0), callback, "due")

    timer.start()
    timer.call_at(soon(0), slow, "due")
    assert started.wait(60)
    timer.stop()
    assert not callback.was_called(0.1)


def test_stopping_in_the_midst_of_calls_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(100):
        callback = Callback()
        with ClockTimer() as timer:
            timer.call_at(soon(0), callback)
            assert callback.was_called()
    assert capfd.readouterr().err == ""


def test_a_naive_time_is_no_instant() -> None:
    with pytest.raises(ValueError, match="instant"):
        ClockTimer().call_at(datetime(2026, 12, 1, 9), print)  # noqa: DTZ001 - that is what is refused


def test_a_clock_that_jumps_ahead_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Jumped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(time.time() + 7200, tz)

    once, repeated = Callback(), Callback()
    with ClockTimer(check_seconds=0.1) as timer:
        timer.call_at(soon(7000), once)
        timer.call_every(1_000_000, repeated)
        assert not once.was_called(0.3)
        real = time.time
        monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Jumped)
        assert once.was_called()
        assert not repeated.calls
        # Back by two hours: what repeats must not wait until the clock has made up for them.
        monkeypatch.setattr("broadcaster.clock.timer.time.time", lambda: real() - 7200)
        assert repeated.was_called()


def test_a_process_asleep_over_three_calls() -> None:
    script = """
        import os, signal, threading
        from datetime import UTC, datetime, timedelta, tzinfo
        from broadcaster.clock.timer import ClockTimer
        with ClockTimer() as timer:
            now = datetime.now(UTC)
            done = threading.Semaphore(0)
            for step in (1, 2, 3):
                timer.call_at(now + timedelta(seconds=0.3 * step), done.release)
            os.kill(os.getpid(), signal.SIGSTOP)
            called = sum(done.acquire(timeout=60) for _ in range(3))
        late = (datetime.now(UTC) - now).total_seconds() - 0.9
        print(called, late > 0.4, done.acquire(blocking=False))
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    with child:
        os.waitpid(child.pid, os.WUNTRACED)
        time.sleep(1.5)
        os.kill(child.pid, signal.SIGCONT)
        assert child.stdout.read() == "3 True False\n"
