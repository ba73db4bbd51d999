"""A fair lock, for the threads that wait for the one connection that writes to an SQLite ledger.

SQLAlchemy's pool wakes the thread that waits longest, but a thread that comes by may take the connection first; the
other then waits at the end of the queue. Under load a thread could be passed over until its timeout. The standard
library has no fair lock.
"""

import threading
import time
from collections import deque

PATIENCE_SECONDS = 0.05
"""Seconds of waiting after which the lock goes to the longest waiting thread only.

Until then a running thread may take it again: a handover at every release would cost a thread switch each time.
"""


class FairLock:
    """A lock that every waiting thread gets in the end, as long as it is released."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[_WaitingThread] = deque()

    def acquire(self, seconds: float) -> bool:
        """Take the lock; False when it was not free within `seconds`."""
        end = time.monotonic() + seconds
        with self._guard:
            if not self._taken and not self._is_first_overdue():
                self._taken = True
                return True
            this = _WaitingThread()
            self._waiting.append(this)
            if not self._taken:
                self._waiting[0].woken.set()
        while True:
            this.woken.wait(max(0.0, end - time.monotonic()))
            with self._guard:
                this.woken.clear()
                if this.owns_lock:
                    return True
                if not self._taken and self._waiting[0] is this:
                    self._taken = True
                    self._waiting.popleft()
                    return True
                if time.monotonic() >= end:
                    self._waiting.remove(this)
                    return False

    def release(self) -> None:
        """Release the lock; to the longest waiting thread if that has waited too long."""
        with self._guard:
            if self._is_first_overdue():
                first = self._waiting.popleft()
                first.owns_lock = True
                first.woken.set()
                return
            self._taken = False
            if self._waiting:
                self._waiting[0].woken.set()

    def _is_first_overdue(self) -> bool:
        return bool(self._waiting) and time.monotonic() - self._waiting[0].since > PATIENCE_SECONDS


class _WaitingThread:
    """A waiting thread, and since when. `woken` may only mean that the lock is worth another look."""

    __slots__ = ("owns_lock", "since", "woken")

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.woken = threading.Event()
        self.owns_lock = False
