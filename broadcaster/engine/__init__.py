"""Handing out batches: several lanes at once, at each provider's pace.

The engine knows nothing of letters, ledgers or providers: it is given plain callables and calls them at the right time.
"""

from broadcaster.engine.rate_limits import PaceError, Pacing
from broadcaster.engine.signal import Bell
from broadcaster.engine.workers import IN_DOUBT_LIMIT, LanesError, LocalEngine, Work

__all__ = ["IN_DOUBT_LIMIT", "Bell", "LanesError", "LocalEngine", "PaceError", "Pacing", "Work"]
