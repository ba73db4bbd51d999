"""The wait that SendGrid asked for, shared by all sessions of a provider."""

import threading
import time


class SharedBackoff:
    """Shared between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0

    def wait_at_least(self, seconds: float) -> None:
        """Nothing more for so long. Of two words the one that asks for more counts."""
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds until something may be asked again; 0 for now."""
        return max(0.0, self._until - time.monotonic())
