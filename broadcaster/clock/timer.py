"""The timer: calls back at an instant or periodically. What is planned is in the ledger, not here."""

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
"""Seconds between two checks of the clock. A wait counts neither the time that a computer sleeps nor a clock that is
set: without the check a callback due at nine could be called at noon."""

CLOCK_JUMP_SECONDS = 2.0
"""Seconds by which the clock may differ from the time that was waited; a larger difference counts as a jump."""

TimerCallback = Callable[[], object]

_log = logging.getLogger(__name__)


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]  # untyped, as said above
    def remove_job(self, job_id: str, jobstore: str | None = None) -> None:
        """As the library's, but a missing job is no error: the library's own loop can meet one while it is stopped."""
        with suppress(JobLookupError):
            super().remove_job(job_id, jobstore)


class ClockTimer:
    """Calls back at an instant or periodically, on threads of its own. A context manager; `stop` ends it.

    A call whose time is past is made at once. After a jump of the clock (sleep, or a clock that is set) whatever is due
    is called within `check_seconds`, and so is every periodic callback. Calls of one callback may overlap, except the
    periodic ones. What a callback raises is logged and not passed on. A callback may ask for further calls.
    """

    def __init__(self, check_seconds: float = CLOCK_CHECK_SECONDS) -> None:
        scheduler_log = _log.getChild("scheduler")
        # "Added job", "skipped: still running" and the like are nothing that readers of our logs can act on.
        scheduler_log.setLevel(logging.ERROR)
        self._scheduler = _Scheduler(
            timezone=UTC,
            logger=scheduler_log,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._check_seconds = check_seconds
        self._numbers = itertools.count()
        self._named: dict[str, str] = {}
        self._periodic: list[str] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._running = 0
        self._idle = threading.Condition()
        self._watch = threading.Thread(target=self._watch_clock, name="clock-watch", daemon=True)

    def start(self) -> None:
        """Begin to call back, for what was asked before, too."""
        self._scheduler.start()
        self._watch.start()

    def stop(self) -> None:
        """Call nothing more, and return once all running callbacks have returned. A callback must not call it."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.pause()
            # Waiting here would hold the scheduler's lock, and a callback that asks for a call would never return.
            self._scheduler.shutdown(wait=False)
            self._watch.join()
        with self._idle:
            self._idle.wait_for(lambda: self._running == 0)

    def call_at(self, instant: datetime, callback: TimerCallback, name: str = "") -> None:
        """Call back once at an aware instant, at once if it is past.

        With a name it replaces the call last asked for under that name, unless that one was made.
        Raises `ValueError` for a naive instant.
        """
        if instant.tzinfo is None:
            raise ValueError("a timer needs an instant, not a wall time")
        job = self._next_id()
        with self._lock:
            if name:
                if replaced := self._named.get(name):
                    self._scheduler.remove_job(replaced)
                self._named[name] = job
            self._add(DateTrigger(instant), callback, job)

    def call_every(self, seconds: float, callback: TimerCallback) -> None:
        """Call back every so many seconds, the first time after as many, and once after a jump of the clock."""
        job = self._next_id()
        with self._lock:
            self._periodic.append(job)
            self._add(IntervalTrigger(seconds=seconds, timezone=UTC), callback, job)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _next_id(self) -> str:
        # Each call is a job of its own: the scheduler drops a run of a job whose last run has not ended.
        return f"call-{next(self._numbers)}"

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
        while not self._stopping.wait(self._check_seconds):
            new_offset = time.time() - time.monotonic()
            if abs(new_offset - offset) > CLOCK_JUMP_SECONDS:
                offset = new_offset
                self._run_periodic_now()
            self._scheduler.wakeup()

    def _run_periodic_now(self) -> None:
        _log.info("The clock leapt; looking again at what is due.")
        with self._lock, suppress(JobLookupError):  # none are left once the timer is being stopped
            for job in self._periodic:
                self._scheduler.modify_job(job, next_run_time=datetime.now(UTC))
