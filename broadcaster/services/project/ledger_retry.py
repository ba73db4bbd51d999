"""Going on with the ledger, however long it is out of reach.

What a provider answered is nowhere else. Losing it would leave people in doubt who are in none, so a lane rather waits;
and a lane that wants more work has nothing better to do meanwhile.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from broadcaster.ledger.errors import LedgerError, LedgerFullError, LedgerLockedError, LedgerUnreachableError

PATIENCE = 600.0
"""Seconds after which even this gives up: a process that cannot be ended is no help to whoever mends the disk."""

PAUSE = 2.0
"""Seconds between two tries; the ledger itself has waited before it says that it is locked."""

NOT_DONE = (LedgerFullError, LedgerLockedError)
"""What may pass by itself, or once somebody has made room; nothing of the transaction stands."""

OUT_OF_REACH = (*NOT_DONE, LedgerUnreachableError)
"""The same, and a server that went away: it may have committed before. Only what may be done twice is tried again."""

_log = logging.getLogger(__name__)


Answer = TypeVar("Answer")


def insist(work: Callable[[], Answer], passing: tuple[type[LedgerError], ...] = OUT_OF_REACH) -> Answer:
    """Call `work`, whole transactions, until the ledger can do it. Raises its last error at the end of patience, and
    what is not `passing` at once.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except passing as error:
            if time.monotonic() > end:
                raise
            _log.warning("%s [%s] %s Trying again.", error.message, error.code, error.remedy)
            time.sleep(PAUSE)
