"""Retries of ledger transactions while the ledger is unavailable.

A provider's receipts exist nowhere else: if they were lost, deliveries would become unsure. So a worker waits until the
ledger takes them.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from broadcaster.ledger.database.errors import LedgerError, LedgerFullError, LedgerLockedError, LedgerUnreachableError

GIVE_UP_SECONDS = 600.0
"""Seconds of retrying at most, so that the process can still be ended while the disk is repaired."""

PAUSE_SECONDS = 2.0
"""Seconds between two tries. The ledger itself waits for its lock before it raises."""

UNCOMMITTED_ERRORS = (LedgerFullError, LedgerLockedError)
"""Errors that may pass; the transaction was certainly not committed."""

LEDGER_UNAVAILABLE_ERRORS = (*UNCOMMITTED_ERRORS, LedgerUnreachableError)
"""These, and a server that went away and may have committed. Retry after it only what may be done twice."""

_log = logging.getLogger(__name__)


WorkResult = TypeVar("WorkResult")


def retry_ledger(
    work: Callable[[], WorkResult], passing: tuple[type[LedgerError], ...] = LEDGER_UNAVAILABLE_ERRORS
) -> WorkResult:
    """Call `work`, which makes whole transactions, until it succeeds.

    Raises the last `passing` error after GIVE_UP_SECONDS, and any other error at once.
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
