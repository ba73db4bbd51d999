"""The clock loop: the periodic work of `serve`, given as plain callables."""

import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from broadcaster.clock.timer import ClockTimer

RELEASE_SECONDS = 2.0
"""Seconds between two calls of `release`, so that what another process approved, resumed or queued is soon seen."""

HOUSEKEEPING_SECONDS = 60.0
"""Seconds between two calls of `housekeep`."""

NOTIFY_SECONDS = 10.0
"""Seconds between two calls of `notify`."""


class ClockLoop:
    """Calls each callable at once and then periodically, in threads that do not wait for each other.

    `release` returns the instant at which it is to be called next, at the latest; its calls never overlap. A context
    manager: leaving it waits for what runs and calls nothing more.
    """

    def __init__(
        self, release: Callable[[], datetime | None], housekeep: Callable[[], object], notify: Callable[[], object]
    ) -> None:
        self._release = release
        self._housekeep = housekeep
        self._notify = notify
        self._timer = ClockTimer()
        self._releasing = threading.Lock()

    def __enter__(self) -> Self:
        callbacks = (
            (RELEASE_SECONDS, self._release_and_set_timer),
            (HOUSEKEEPING_SECONDS, self._housekeep),
            (NOTIFY_SECONDS, self._notify),
        )
        for seconds, callback in callbacks:
            self._timer.call_every(seconds, callback)
        self._timer.start()
        for _, callback in callbacks:
            self._timer.call_at(datetime.now().astimezone(), callback)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.stop()

    def _release_and_set_timer(self) -> None:
        with self._releasing:
            next_start = self._release()
            if next_start is not None:
                self._timer.call_at(next_start, self._release_and_set_timer, name="next")
