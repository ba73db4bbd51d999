"""Quarantined reports: this process cannot read or apply them, and passes over them.

They stay in the ledger unchanged, for another version may be able to apply them.
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
