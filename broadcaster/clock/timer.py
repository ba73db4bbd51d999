"""The alarm: wakes somebody at an instant, or every so often. What is planned is in the ledger, not here."""

import itertools
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

# The package has no type information of its own, and no stubs are published for version 3.
from apscheduler.jobstores.base import JobLookupError  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.date import DateTrigger  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.unexpected_error import unforeseen_error

CLOCK_CHECK_SECONDS = 5.0
"""Seconds between two looks at the clock. A wait does not count the time that a computer sleeps, nor see a clock that
is put right, so that without a pulse a nine o'clock alarm could ring at noon."""

CLOCK_JUMP_SECONDS = 2.0
"""Seconds by which the clock may differ from what was waited before it counts as a leap; less is a busy machine."""

TimerCallback = Callable[[], object]

_log = logging.getLogger(__name__)


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]  # untyped, as said above
    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        """As the library's, but a job that is gone is no error: its own loop would die of one while it is stopped."""
        with suppress(JobLookupError):
            super().remove_job(job_id, jobstore)


class ClockTimer:
    """Calls back at an instant or every so many seconds, on threads of its own. A context manager; `stop` ends it.

    An alarm found past its time still rings, at once. After a leap of the clock (sleep, or a clock put right) whatever
    is due rings within `pulse` seconds, and what was to run every so often runs then, too. Rings may overlap, so a
    callback must not mind being called twice; a repeated one never overlaps with itself. What a callback raises is
    logged and goes no further. A callback may ask for further rings.
    """

    def __init__(self, pulse: float = CLOCK_CHECK_SECONDS) -> None:
        quiet = _log.getChild("scheduler")
        # "Added job", "skipped: still running" and the like say nothing to those who read our logs.
        quiet.setLevel(logging.ERROR)
        self._scheduler = _Scheduler(
            timezone=UTC, logger=quiet, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._pulse = pulse
        self._numbers = itertools.count()
        self._named: dict[str, str] = {}
        self._repeated: list[str] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._running = 0
        self._idle = threading.Condition()
        self._watch = threading.Thread(target=self._watch_clock, name="alarm-watch", daemon=True)

    def start(self) -> None:
        """Begin to ring. What was asked for before rings from now on."""
        self._scheduler.start()
        self._watch.start()

    def stop(self) -> None:
        """Ring no more, and return once those who were called have returned. Not to be called by one of them."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.pause()
            # Waiting here would hold the scheduler's lock, and a callback that asks for a ring would never return.
            self._scheduler.shutdown(wait=False)
            self._watch.join()
        with self._idle:
            self._idle.wait_for(lambda: self._running == 0)

    def call_at(self, instant: datetime, callback: TimerCallback, name: str = "") -> None:
        """Call back once at an aware instant, at once if it is past.

        With a name it takes the place of the ring last asked for under that name, unless that one has rung.
        Raises `ValueError` for a naive instant.
        """
        if instant.tzinfo is None:
            raise ValueError("an alarm rings at an instant, not at a wall time")
        job = self._next_id()
        with self._lock:
            if name:
                if before := self._named.get(name):
                    self._scheduler.remove_job(before)
                self._named[name] = job
            self._add(DateTrigger(instant), callback, job)

    def every(self, seconds: float, callback: TimerCallback) -> None:
        """Call back every so many seconds, the first time after as many, and once after a leap of the clock."""
        job = self._next_id()
        with self._lock:
            self._repeated.append(job)
            self._add(IntervalTrigger(seconds=seconds, timezone=UTC), callback, job)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _next_id(self) -> str:
        # Each ring is a job of its own: a second one would be dropped while the first of the same job still runs.
        return f"ring-{next(self._numbers)}"

    def _add(self, trigger: object, callback: TimerCallback, job: str) -> None:
        self._scheduler.add_job(self._call, trigger, args=(callback,), id=job)

    def _call(self, callback: TimerCallback) -> None:
        with self._idle:
            if self._stopping.is_set():
                return
            self._running += 1
        try:
            callback()
        except BroadcasterError as error:
            _log.error("%s [%s] %s", error.message, error.code, error.remedy)
        except Exception as error:
            _log.error("%s", unforeseen_error(error).message)
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def _watch_clock(self) -> None:
        offset = time.time() - time.monotonic()
        while not self._stopping.wait(self._pulse):
            shown = time.time() - time.monotonic()
            if abs(shown - offset) > CLOCK_JUMP_SECONDS:
                offset = shown
                self._run_repeated_now()
            self._scheduler.wakeup()

    def _run_repeated_now(self) -> None:
        _log.info("The clock leapt; looking again at what is due.")
        with self._lock, suppress(JobLookupError):  # there are none left once the alarm is being stopped
            for job in self._repeated:
                self._scheduler.modify_job(job, next_run_time=datetime.now(UTC))
