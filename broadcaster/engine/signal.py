"""What wakes the lanes: new work, or the wish to stop."""

import threading


class WakeSignal:
    """Rung when there may be something to do; `stop` is rung once and stays.

    Safe to call from any thread and from a signal handler: the lock is re-entrant, and whoever runs the engine only
    joins threads, so a handler never interrupts a wait it would have to change.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._rings = 0
        self._stopping = False
        self._anew = False

    def ring(self) -> None:
        """Say that something changed: work is there, or may be."""
        with self._changed:
            self._rings += 1
            self._changed.notify_all()

    def stop(self, *, anew: bool = False) -> None:
        """Ask for a graceful end: what is in flight ends, nothing new is claimed. `anew` asks for a new beginning after
        it; one who asks for the end alone is always heard.
        """
        with self._changed:
            self._anew = anew and (self._anew or not self._stopping)
            self._stopping = True
            self.ring()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping

    @property
    def anew(self) -> bool:
        """Whether all who asked for the end want a new beginning."""
        return self._anew

    @property
    def rings(self) -> int:
        """How often it rang. Read before looking for work and handed to `wait`, no ring is slept through."""
        return self._rings

    def wait(self, seen: int, seconds: float | None) -> bool:
        """Sleep until it rings after `seen`, or for so many `seconds` (None: no limit); whether it rang."""
        with self._changed:
            return self._changed.wait_for(lambda: self._rings != seen, seconds)
