"""The wake signal: wakes resting workers for new work, and tells them to stop."""

import threading


class WakeSignal:
    """`wake` says that there may be something to do; `stop` does so once and for all.

    Safe to call from any thread and from a signal handler: the lock is re-entrant, and the main thread, which handles
    signals, only joins threads and never waits here.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._wakes = 0
        self._stopping = False
        self._restart = False

    def wake(self) -> None:
        """Say that something changed: there is work, or may be."""
        with self._changed:
            self._wakes += 1
            self._changed.notify_all()

    def stop(self, *, restart: bool = False) -> None:
        """Ask for a graceful end: workers finish their batch and claim nothing new.

        With `restart` the process is to start again afterwards; a call without it overrides every call with it.
        """
        with self._changed:
            self._restart = restart and (self._restart or not self._stopping)
            self._stopping = True
            self.wake()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    @property
    def restart(self) -> bool:
        """Whether every call of `stop` asked for a restart."""
        return self._restart

    @property
    def wakes(self) -> int:
        """How often it woke. Read it before looking for work and hand it to `wait`, so that no wake-up is missed."""
        return self._wakes

    def wait(self, seen: int, seconds: float | None) -> bool:
        """Sleep until there is a wake-up after the `seen`-th, at most `seconds` (None: no limit); whether there was."""
        with self._changed:
            return self._changed.wait_for(lambda: self._wakes != seen, seconds)
