"""Claimed work: what this process has claimed and not yet recorded, so that a lost claim is found and put back.

A database that goes away during the commit of a claim may have committed it all the same. Then the ledger counts
deliveries as claimed by this process, which does not know of them; while it lives nobody else may claim them. None of
them was handed over, for a batch leaves only after its claim has been answered.
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

LOCK_RENEWAL_INTERVAL = 5.0
"""Seconds after which the locks are renewed by which other processes see that this one lives."""


class ClaimedWork:
    """The claims of a process, which the ledger knows as `runner`. Its workers share it."""

    def __init__(self, project: Project, runner: str) -> None:
        self._project = project
        self._runner = runner
        self._lock = threading.Lock()
        self._seqs: set[int] = set()
        self._claim_unanswered = False
        self._renewed_at = float("-inf")

    def before_claim(self) -> None:
        """Renew this process's locks, and put back an earlier claim whose commit was not answered.

        Raises LedgerError.
        """
        if self._claim_unanswered or time.monotonic() - self._renewed_at > LOCK_RENEWAL_INTERVAL:
            self._project.ledger.renew_process_locks()
            self._renewed_at = time.monotonic()
        if self._claim_unanswered:
            self._put_back_unknown_claims()
            self._claim_unanswered = False

    def claim(self, request: ClaimRequest, moment: datetime) -> list[Claimed]:
        """Claim deliveries, and note them until `settled`. Raises LedgerError."""
        claimed: list[Claimed] = []
        try:
            with self._project.ledger.writing() as conn:
                claimed = claims.claim_deliveries(conn, self._runner, request, moment)
                with self._lock:  # before the commit, so that no other worker takes them for a lost claim
                    self._seqs.update(delivery.seq for delivery in claimed)
        except BaseException as error:
            self.settled(delivery.seq for delivery in claimed)
            self._claim_unanswered = self._claim_unanswered or isinstance(error, LedgerUnreachableError)
            raise
        return claimed

    def settled(self, seqs: Iterable[int]) -> None:
        """Forget deliveries whose results are recorded."""
        with self._lock:
            self._seqs.difference_update(seqs)

    def _put_back_unknown_claims(self) -> None:
        """Queue again what the ledger counts as claimed by this process and no worker has."""
        moment = now()
        decision = AttemptDecision(DeliveryState.QUEUED, "", moment)
        with self._project.ledger.writing() as conn:
            unsettled = claims.list_unsettled_claims(conn, self._runner)
            with self._lock:
                unknown = [claim for claim in unsettled if claim.seq not in self._seqs]
            by_broadcast: dict[str, list[SettledAttempt]] = defaultdict(list)
            for claim in unknown:
                attempt = SettledAttempt(claim.seq, claim.attempt, untried_receipt(claim.id), decision)
                by_broadcast[claim.broadcast].append(attempt)
            for broadcast_id, settled in sorted(by_broadcast.items()):
                claims.record_results(conn, broadcast_id, settled, moment)
