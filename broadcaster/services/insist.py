"""Going on with the ledger, however long it is out of reach.

What a provider answered is nowhere else. Losing it would leave people in doubt who are in none, so a lane rather waits;
and a lane that wants more work has nothing better to do meanwhile.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from broadcaster.ledger.errors import LedgerFullError, LedgerLockedError, LedgerUnreachableError

PATIENCE = 600.0
"""Seconds after which even this gives up: a process that cannot be ended is no help to whoever mends the disk."""

PAUSE = 2.0
"""Seconds between two tries; the ledger itself has waited before it says that it is locked."""

OUT_OF_REACH = (LedgerFullError, LedgerLockedError, LedgerUnreachableError)
"""What may pass by itself, or once somebody has made room."""

_log = logging.getLogger(__name__)


Answer = TypeVar("Answer")


def insist(work: Callable[[], Answer]) -> Answer:
    """Call `work`, whole transactions, until the ledger can do it. Raises its last error at the end of patience."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except OUT_OF_REACH as error:
            if time.monotonic() > end:
                raise
            _log.warning("%s [%s] %s Trying again.", error.message, error.code, error.remedy)
            time.sleep(PAUSE)
