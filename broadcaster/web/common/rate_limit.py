"""How often one link may be used to change something.

Counted by link and not by who comes: mail providers send the one-click requests of thousands of people from a few
addresses, and behind a proxy everybody has the same one. Nobody's no can be kept out by somebody else's.
"""

import time

from cachetools import LRUCache

MAX_USES = 10
"""Changes by one link within `WINDOW_SECONDS`."""

WINDOW_SECONDS = 60.0

_REMEMBERED = 10_000


class LinkRateLimiter:
    """Counts the latest uses of each link, or of whatever is named; made for one thread."""

    def __init__(self, turns: int = MAX_USES, seconds: float = WINDOW_SECONDS) -> None:
        self._turns = turns
        self._seconds = seconds
        self._used: LRUCache[str, list[float]] = LRUCache(_REMEMBERED)

    def take(self, link: str) -> bool:
        """Whether it may be used once more now; if so, it has been."""
        now = time.monotonic()
        recent = [at for at in self._used.get(link, []) if now - at < self._seconds]
        allowed = len(recent) < self._turns
        self._used[link] = [*recent, now] if allowed else recent
        return allowed
