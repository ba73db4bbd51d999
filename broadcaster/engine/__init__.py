"""The engine: worker threads that deliver batches, at each provider's pace.

It knows nothing of letters, ledgers or providers: its workers call the plain callables that they are given.
"""

from broadcaster.engine.rate_limits import RateLimiter, RateLimitError
from broadcaster.engine.wake_signal import WakeSignal
from broadcaster.engine.workers import IN_DOUBT_LIMIT, WORKERS_PER_PROVIDER, LocalEngine, WorkerCallbacks, WorkersError

__all__ = [
    "IN_DOUBT_LIMIT",
    "WORKERS_PER_PROVIDER",
    "LocalEngine",
    "RateLimitError",
    "RateLimiter",
    "WakeSignal",
    "WorkerCallbacks",
    "WorkersError",
]
