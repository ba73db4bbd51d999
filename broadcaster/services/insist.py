"""Writing down what has happened, however long the ledger is out of reach.

What a provider answered is nowhere else. Losing it would leave people in doubt who are in none, so a lane rather waits.
"""

import logging
import time
from collections.abc import Callable

from broadcaster.ledger.errors import LedgerFullError, LedgerLockedError, LedgerUnreachableError

PATIENCE = 600.0
"""Seconds after which even this gives up: a process that cannot be ended is no help to whoever mends the disk."""

PAUSE = 2.0
"""Seconds between two tries; the ledger itself has waited before it says that it is locked."""

OUT_OF_REACH = (LedgerFullError, LedgerLockedError, LedgerUnreachableError)
"""What may pass by itself, or once somebody has made room."""

_log = logging.getLogger(__name__)


def insist(write: Callable[[], None]) -> None:
    """Call `write` until the ledger takes it. Raises its last error when the patience is at an end."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return write()
        except OUT_OF_REACH as error:
            if time.monotonic() > end:
                raise
            _log.warning("%s [%s] %s Trying again.", error.message, error.code, error.remedy)
            time.sleep(PAUSE)
