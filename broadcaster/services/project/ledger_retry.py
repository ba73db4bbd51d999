"""Going on with the ledger, however long it is out of reach.

What a provider answered is nowhere else. Losing it would leave people in doubt who are in none, so a lane rather waits;
and a lane that wants more work has nothing better to do meanwhile.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from broadcaster.ledger.database.errors import LedgerError, LedgerFullError, LedgerLockedError, LedgerUnreachableError

GIVE_UP_SECONDS = 600.0
"""Seconds after which even this gives up: a process that cannot be ended is no help to whoever mends the disk."""

PAUSE_SECONDS = 2.0
"""Seconds between two tries; the ledger itself has waited before it says that it is locked."""

UNCOMMITTED_ERRORS = (LedgerFullError, LedgerLockedError)
"""What may pass by itself, or once somebody has made room; nothing of the transaction stands."""

LEDGER_UNAVAILABLE_ERRORS = (*UNCOMMITTED_ERRORS, LedgerUnreachableError)
"""The same, and a server that went away: it may have committed before. Only what may be done twice is tried again."""

_log = logging.getLogger(__name__)


WorkResult = TypeVar("WorkResult")


def retry_ledger(
    work: Callable[[], WorkResult], passing: tuple[type[LedgerError], ...] = LEDGER_UNAVAILABLE_ERRORS
) -> WorkResult:
    """Call `work`, whole transactions, until the ledger can do it. Raises its last error at the end of patience, and
    what is not `passing` at once.
    """
    end = time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            return work()
        except passing as error:
            if time.monotonic() > end:
                raise
            _log.warning("%s [%s] %s Trying again.", error.message, error.code, error.remedy)
            time.sleep(PAUSE_SECONDS)
