"""Handing out batches: several lanes at once, at each provider's pace.

The engine knows nothing of letters, ledgers or providers: it is given plain callables and calls them at the right time.
"""

from broadcaster.engine.bell import Bell
from broadcaster.engine.local import IN_DOUBT_LIMIT, LanesError, LocalEngine, Work
from broadcaster.engine.pace import PaceError, Pacing

__all__ = ["IN_DOUBT_LIMIT", "Bell", "LanesError", "LocalEngine", "PaceError", "Pacing", "Work"]
