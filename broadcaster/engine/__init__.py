"""Handing out batches: several lanes at once, at each provider's pace.

The engine knows nothing of letters, ledgers or providers: it is given plain callables and calls them at the right time.
"""

from broadcaster.engine.rate_limits import RateLimiter, RateLimitError
from broadcaster.engine.signal import WakeSignal
from broadcaster.engine.workers import IN_DOUBT_LIMIT, LocalEngine, WorkerCallbacks, WorkersError

__all__ = [
    "IN_DOUBT_LIMIT",
    "LocalEngine",
    "RateLimitError",
    "RateLimiter",
    "WakeSignal",
    "WorkerCallbacks",
    "WorkersError",
]
