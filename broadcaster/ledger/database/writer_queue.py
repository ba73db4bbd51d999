"""The queue of this process's threads before the one connection that writes to an SQLite ledger.

SQLAlchemy's pool wakes whoever waits longest, but lets any passer-by take the connection first; who lost goes to the
end of the queue. Under load a thread can so be passed over for as long as it is willing to wait. The standard library
has no fair lock.
"""

import threading
import time
from collections import deque

PATIENCE_SECONDS = 0.05
"""Seconds of waiting after which nobody is let in before the one who waits longest.

Until then whoever runs may go on: to hand over at every turn would cost a switch between threads each time.
"""


class FairLock:
    """A lock for which nobody waits for ever, as long as everybody gives it back."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[_WaitingThread] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for one's turn, `seconds` at most; whether it came."""
        end = time.monotonic() + seconds
        with self._guard:
            if not self._taken and not self._somebody_is_impatient():
                self._taken = True
                return True
            mine = _WaitingThread()
            self._waiting.append(mine)
            if not self._taken:
                self._waiting[0].woken.set()
        while True:
            mine.woken.wait(max(0.0, end - time.monotonic()))
            with self._guard:
                mine.woken.clear()
                if mine.has_it:
                    return True
                if not self._taken and self._waiting[0] is mine:
                    self._taken = True
                    self._waiting.popleft()
                    return True
                if time.monotonic() >= end:
                    self._waiting.remove(mine)
                    return False

    def give_back(self) -> None:
        """End one's turn."""
        with self._guard:
            if self._somebody_is_impatient():
                first = self._waiting.popleft()
                first.has_it = True
                first.woken.set()
                return
            self._taken = False
            if self._waiting:
                self._waiting[0].woken.set()

    def _somebody_is_impatient(self) -> bool:
        return bool(self._waiting) and time.monotonic() - self._waiting[0].since > PATIENCE_SECONDS


class _WaitingThread:
    """One who waits, and since when; `woken` may mean no more than that it is worth looking again."""

    __slots__ = ("has_it", "since", "woken")

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.woken = threading.Event()
        self.has_it = False
