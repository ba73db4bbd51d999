"""Handover: a claimed batch is filled, handed to its provider, and its results are recorded.

No transaction is open while a provider is talked to.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from broadcaster.domain.delivery import retry
from broadcaster.domain.delivery.mail_routes import PipeliningLimit
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.delivery import claims, mail_route_limits
from broadcaster.ledger.delivery.claims import Claimed, SettledAttempt
from broadcaster.providers.base import LimitLearningProvider, Provider
from broadcaster.services.delivering.claimed_work import ClaimedWork
from broadcaster.services.delivering.due_work import Batch
from broadcaster.services.delivering.provider_health import (
    UNCOUNTED_PHASES,
    ProviderHealth,
    is_uncounted,
    wait_before_retry,
)
from broadcaster.services.delivering.provider_sessions import ProviderSessions
from broadcaster.services.feedback import auto_halt, auto_suppress
from broadcaster.services.feedback.halt import halt_broadcast
from broadcaster.services.project.ledger_retry import retry_ledger
from broadcaster.services.project.project import Project, now


class Handover:
    """Delivers batches. The workers of a process share it."""

    def __init__(self, project: Project, claimed_work: ClaimedWork, health: ProviderHealth) -> None:
        self._project = project
        self._claimed_work = claimed_work
        self._health = health
        self._sessions = ProviderSessions(project)

    def deliver(self, batch: Batch) -> None:
        """Fill a batch, hand it to its provider, and record the result of each delivery."""
        filled = _fill(batch)
        messages = [message for message in filled if not isinstance(message, BroadcasterError)]
        receipts = self._sessions.get(batch.provider).send(messages) if messages else []
        answers, moment = iter(receipts), now()
        histories = retry_ledger(partial(self._attempt_histories, batch, receipts))
        settled = [
            _settle_unfilled(delivery, message)
            if isinstance(message, BroadcasterError)
            else _settle(delivery, next(answers), histories.get(delivery.seq), moment)
            for delivery, message in zip(batch.claimed, filled, strict=True)
        ]
        self._record(batch, settled, moment)

    def close_sessions(self) -> None:
        """Close the calling thread's sessions with providers."""
        self._sessions.close()

    def _attempt_histories(self, batch: Batch, receipts: Sequence[Receipt]) -> Mapping[int, retry.AttemptHistory]:
        """Attempt histories of the deliveries that were put off before and are again, by `seq`. Most batches have none,
        and read nothing.
        """
        put_off = {receipt.delivery_id for receipt in receipts if _is_counted_delay(receipt)}
        if not put_off:
            return {}
        seqs = [delivery.seq for delivery in batch.claimed if delivery.id in put_off]
        with self._project.ledger.reading() as conn:
            earlier = claims.list_deferred(conn, seqs, UNCOUNTED_PHASES)
        return {seq: retry.AttemptHistory(times + 1, since) for seq, (times, since) in earlier.items()}

    def _record(self, batch: Batch, settled: Sequence[SettledAttempt], moment: datetime) -> None:
        """Record a batch's results, and what follows from them, in one transaction; retried until the ledger takes it.

        Nothing else has the provider's answers: to lose them would leave the batch in doubt.
        """
        provider, broadcast_id = batch.provider, batch.context.broadcast.id
        receipts = [attempt.receipt for attempt in settled]
        halt = self._health.record(provider.name, receipts, moment)
        learned = _learned_limit(provider)

        def write() -> None:
            with self._project.ledger.writing() as conn:
                if learned:
                    mail_route_limits.save(conn, *learned)
                claims.record_results(conn, broadcast_id, settled, moment)
                auto_suppress.suppress_by_receipts(conn, provider.name, zip(batch.claimed, settled, strict=True))
                auto_halt.count_receipts_and_halt(conn, broadcast_id, receipts, provider.channel)
                if halt is not None:
                    halt_broadcast(conn, broadcast_id, *halt)

        retry_ledger(write)
        self._claimed_work.settled(attempt.seq for attempt in settled)


def _fill(batch: Batch) -> list[Outgoing | BroadcasterError]:
    handover_time = batch.context.handover(now(), merges=batch.provider.merges)
    return batch.context.filler.fill(batch.claimed, handover_time)


def _learned_limit(provider: Provider) -> tuple[str, PipeliningLimit] | None:
    """The limit that the provider found since it was last asked, and the key under which it is kept."""
    if not isinstance(provider, LimitLearningProvider):
        return None
    limit = provider.found_out()
    return (provider.limit_key, limit) if limit else None


def _is_counted_delay(receipt: Receipt) -> bool:
    return receipt.outcome is Outcome.LATER and not is_uncounted(receipt)


def _settle(
    delivery: Claimed, receipt: Receipt, history: retry.AttemptHistory | None, moment: datetime
) -> SettledAttempt:
    if is_uncounted(receipt):
        decision = retry.AttemptDecision(DeliveryState.QUEUED, receipt.code, moment + wait_before_retry(receipt))
    else:
        # Jitter only spreads retries over time; nobody gains by guessing it.
        jitter = random.random()  # noqa: S311
        decision = retry.settle_attempt(receipt, history or retry.AttemptHistory(1, moment), moment, jitter)
    return SettledAttempt(delivery.seq, delivery.attempt, receipt, decision)


def _settle_unfilled(delivery: Claimed, error: BroadcasterError) -> SettledAttempt:
    """Hold a delivery whose message could not be made, for a person to look at. Nobody was given it."""
    receipt = Receipt(delivery.id, Outcome.UNTRIED, error.code, "fill")
    decision = retry.AttemptDecision(DeliveryState.HELD, error.code)
    return SettledAttempt(delivery.seq, delivery.attempt, receipt, decision)
