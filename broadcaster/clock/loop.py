"""The keeper: looks again and again, and on the dot of what is next. It knows nothing of what it looks at."""

import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from broadcaster.clock.timer import ClockTimer

RELEASE_CHECK_SECONDS = 2.0
"""Seconds between two looks: so soon is seen what another process approved, resumed or queued."""

HOUSEKEEPING_SECONDS = 60.0
"""Seconds between two rounds of settling what others left."""


NOTIFY_SECONDS = 10.0
"""Seconds between two rounds of telling people what needs them."""


class ClockLoop:
    """Calls `look` every few seconds and at the instant that `look` last named; calls `tidy` now and once a minute, and
    `notify` now and every ten seconds. None of them waits for another one.

    Looks never overlap. A context manager; leaving it ends what runs and calls no more.
    """

    def __init__(
        self, look: Callable[[], datetime | None], tidy: Callable[[], object], notify: Callable[[], object]
    ) -> None:
        self._look = look
        self._tidy = tidy
        self._notify = notify
        self._alarm = ClockTimer()
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Self:
        self._alarm.every(RELEASE_CHECK_SECONDS, self._round)
        self._alarm.every(HOUSEKEEPING_SECONDS, self._tidy)
        self._alarm.every(NOTIFY_SECONDS, self._notify)
        self._alarm.start()
        for first in (self._round, self._tidy, self._notify):
            self._alarm.call_at(datetime.now().astimezone(), first)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._alarm.stop()

    def _round(self) -> None:
        with self._one_at_a_time:
            following = self._look()
            if following is not None:
                self._alarm.call_at(following, self._round, name="next")
