"""The alarm on the real clock, on a clock that leaps, and in a process that is put to sleep."""

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


class Bell:
    """Remembers when it was rung."""

    def __init__(self) -> None:
        self.rung: list[datetime] = []
        self._ring = threading.Semaphore(0)

    def __call__(self) -> None:
        self.rung.append(datetime.now(UTC))
        self._ring.release()

    def heard(self, seconds: float = 5) -> bool:
        return self._ring.acquire(timeout=seconds)


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_it_rings_on_time() -> None:
    late: list[float] = []
    done = threading.Event()
    with ClockTimer() as alarm:
        start = soon(0.1)

        def heard(due: datetime) -> None:
            late.append((datetime.now(UTC) - due).total_seconds())

        for step in range(50):
            due = start + timedelta(milliseconds=10 * step)
            alarm.call_at(due, partial(heard, due))
        alarm.call_at(start + timedelta(seconds=1), done.set)
        assert done.wait(60)
    assert len(late) == 50
    assert min(late) >= 0
    assert sorted(late)[25] < 5


def test_what_is_past_rings_at_once_and_what_was_asked_before_the_start_too() -> None:
    bell, alarm = Bell(), ClockTimer()
    alarm.call_at(soon(-3600), bell)
    assert not bell.heard(0.1)
    with alarm:
        assert bell.heard()
        alarm.call_at(datetime(2001, 1, 1, tzinfo=UTC), bell)
        assert bell.heard()


def test_a_name_holds_one_ring() -> None:
    first, second, other = Bell(), Bell(), Bell()
    with ClockTimer() as alarm:
        alarm.call_at(soon(0.2), first, "due")
        alarm.call_at(soon(0.25), other, "other")
        alarm.call_at(soon(0.3), second, "due")
        assert second.heard()
        assert other.heard()
        assert not first.rung
        alarm.call_at(soon(0), first, "due")
        assert first.heard()


def test_a_ring_is_not_lost_while_the_last_one_of_its_name_still_runs() -> None:
    release, bell = threading.Event(), Bell()
    with ClockTimer() as alarm:

        def slow() -> None:
            alarm.call_at(soon(0), bell, "due")
            release.wait(60)

        alarm.call_at(soon(0), slow, "due")
        assert bell.heard()
        release.set()


def test_every_so_often_without_overlap() -> None:
    running, most, bell = [0], [0], Bell()

    def slow() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.12)
        running[0] -= 1
        bell()

    with ClockTimer() as alarm:
        alarm.every(0.05, slow)
        assert all(bell.heard() for _ in range(3))
    assert most == [1]


def test_a_failing_callback_is_logged_and_the_alarm_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def refused() -> None:
        raise CronError("no such line")

    def broken() -> None:
        raise RuntimeError("a defect")

    bell = Bell()
    with caplog.at_level(logging.INFO, "broadcaster"), ClockTimer() as alarm:
        alarm.call_at(soon(-3), refused)
        alarm.call_at(soon(-2), broken)
        alarm.call_at(soon(0.05), bell)
        assert bell.heard()
    (answer,) = [record for record in caplog.records if "no such line" in record.getMessage()]
    assert "cron-unreadable" in answer.getMessage()
    assert answer.exc_info is None
    # The error's own words and its traceback may hold somebody's address: only its kind and place are told.
    assert any("RuntimeError at clock/timer.py" in record.getMessage() for record in caplog.records)
    assert not any(record.exc_info for record in caplog.records)


def test_stop_waits_and_then_is_silent() -> None:
    started, finished, bell = threading.Event(), threading.Event(), Bell()

    def slow() -> None:
        started.set()
        time.sleep(0.2)
        finished.set()

    alarm = ClockTimer()
    alarm.start()
    alarm.every(0.05, bell)
    alarm.call_at(soon(0), slow)
    assert started.wait(60)
    alarm.stop()
    assert finished.is_set()
    count = len(bell.rung)
    time.sleep(0.2)
    assert len(bell.rung) == count
    alarm.stop()
    ClockTimer().stop()


def test_a_callback_may_ask_for_a_ring_while_the_alarm_is_stopped() -> None:
    started, bell = threading.Event(), Bell()
    alarm = ClockTimer()

    def slow() -> None:
        started.set()
        time.sleep(0.2)
        alarm.call_at(soon(0), bell, "due")

    alarm.start()
    alarm.call_at(soon(0), slow, "due")
    assert started.wait(60)
    alarm.stop()
    assert not bell.heard(0.1)


def test_stopping_in_the_midst_of_rings_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(100):
        bell = Bell()
        with ClockTimer() as alarm:
            alarm.call_at(soon(0), bell)
            assert bell.heard()
    assert capfd.readouterr().err == ""


def test_a_naive_time_is_no_instant() -> None:
    with pytest.raises(ValueError, match="instant"):
        ClockTimer().call_at(datetime(2026, 12, 1, 9), print)  # noqa: DTZ001 - that is what is refused


def test_a_clock_that_leaps_ahead_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Leapt(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(time.time() + 7200, tz)

    once, repeated = Bell(), Bell()
    with ClockTimer(pulse=0.1) as alarm:
        alarm.call_at(soon(7000), once)
        alarm.every(1_000_000, repeated)
        assert not once.heard(0.3)
        real = time.time
        monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Leapt)
        assert once.heard()
        assert not repeated.rung
        # Back by two hours: what repeats must not wait until the clock has made up for them.
        monkeypatch.setattr("broadcaster.clock.timer.time.time", lambda: real() - 7200)
        assert repeated.heard()


def test_a_process_asleep_over_three_rings() -> None:
    script = """
        import os, signal, threading
        from datetime import UTC, datetime, timedelta, tzinfo
        from broadcaster.clock.timer import ClockTimer
        with ClockTimer() as alarm:
            now = datetime.now(UTC)
            done = threading.Semaphore(0)
            for step in (1, 2, 3):
                alarm.call_at(now + timedelta(seconds=0.3 * step), done.release)
            os.kill(os.getpid(), signal.SIGSTOP)
            rung = sum(done.acquire(timeout=60) for _ in range(3))
        late = (datetime.now(UTC) - now).total_seconds() - 0.9
        print(rung, late > 0.4, done.acquire(blocking=False))
    """
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    with child:
        os.waitpid(child.pid, os.WUNTRACED)
        time.sleep(1.5)
        os.kill(child.pid, signal.SIGCONT)
        assert child.stdout.read() == "3 True False\n"
