"""Reports that this process can do nothing with, so that they do not stop the others.

They stay in the ledger as they are: another version may be able to read them, and what failed may have been this one.
"""

import time

RETRY_AFTER_SECONDS = 3600.0
"""Seconds after which one that failed is tried again."""


class QuarantinedReports:
    """The numbers of reports that are passed over, each until a moment. Safe to share between threads."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}

    def __contains__(self, seq: int) -> bool:
        return self._until.get(seq, 0.0) > time.monotonic()

    def failed(self, seq: int) -> None:
        """Pass over one that could not be applied, for a while."""
        self._until[seq] = time.monotonic() + RETRY_AFTER_SECONDS

    def unreadable(self, seq: int) -> None:
        """Pass over one that this version cannot read, for as long as this process lives."""
        self._until[seq] = float("inf")
