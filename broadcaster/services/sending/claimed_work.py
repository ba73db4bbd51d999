"""What this process has claimed and not settled yet, so that a claim whose answer was lost is found and put back.

A database that goes away just as a claim is committed may have committed it: then deliveries are claimed for a process
that does not know, and nobody else may touch them while it lives. None of them was handed over, for a batch leaves only
once its claim has been answered.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from broadcaster.domain.delivery.retry import AttemptDecision
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.database.errors import LedgerUnreachableError
from broadcaster.ledger.delivery import claims
from broadcaster.ledger.delivery.claims import Claimed, ClaimRequest, SettledAttempt
from broadcaster.providers.base import untried_receipt
from broadcaster.services.project.project import Project, now

ALIVE_CHECK_INTERVAL = 5.0
"""Seconds between two looks at whether the ledger still knows that this process lives."""


class ClaimedWork:
    """Shared by the lanes of a process, which is known to the ledger as `runner`."""

    def __init__(self, project: Project, runner: str) -> None:
        self._project = project
        self._runner = runner
        self._lock = threading.Lock()
        self._seqs: set[int] = set()
        self._answer_lost = False
        self._held_at = float("-inf")

    def before_claim(self) -> None:
        """See that the ledger knows that we live, and that no earlier claim is left lying. Raises `LedgerError`s."""
        if self._answer_lost or time.monotonic() - self._held_at > ALIVE_CHECK_INTERVAL:
            self._project.ledger.renew_process_locks()
            self._held_at = time.monotonic()
        if self._answer_lost:
            self._put_back()
            self._answer_lost = False

    def claim(self, wanted: ClaimRequest, moment: datetime) -> list[Claimed]:
        """Claim, and have in hand what was claimed. Raises `LedgerError`s."""
        claimed: list[Claimed] = []
        try:
            with self._project.ledger.writing() as conn:
                claimed = claims.claim_deliveries(conn, self._runner, wanted, moment)
                with self._lock:  # before the commit, so that no other lane takes them for left lying
                    self._seqs.update(one.seq for one in claimed)
        except BaseException as fault:
            self.settled(one.seq for one in claimed)
            self._answer_lost = self._answer_lost or isinstance(fault, LedgerUnreachableError)
            raise
        return claimed

    def settled(self, seqs: Iterable[int]) -> None:
        """What became of these is written down."""
        with self._lock:
            self._seqs.difference_update(seqs)

    def _put_back(self) -> None:
        """Queue again what was claimed without our knowing."""
        moment = now()
        back = AttemptDecision(DeliveryState.QUEUED, "", moment)
        with self._project.ledger.writing() as conn:
            lying: dict[str, list[SettledAttempt]] = defaultdict(list)
            found = claims.list_unsettled_claims(conn, self._runner)
            with self._lock:
                found = [one for one in found if one.seq not in self._seqs]
            for one in found:
                lying[one.broadcast].append(SettledAttempt(one.seq, one.attempt, untried_receipt(one.id), back))
            for broadcast, settled in sorted(lying.items()):
                claims.record_results(conn, broadcast, settled, moment)
