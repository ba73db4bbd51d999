"""Handing batches over: recheck, attempt, fill, provider, receipt.

The engine calls these from several threads. `claim` commits the attempts before anything touches a socket; no
transaction is open while a provider is talked to.
"""

import logging
import random
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from broadcaster.domain.delivery import retry
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import DeliveryState
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.engine import RateLimiter
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.delivery import claims, mail_route_limits
from broadcaster.ledger.delivery.claims import Claimed, ClaimRequest, SettledAttempt
from broadcaster.ledger.delivery.queued_deliveries import QueuedInZone, list_queued_by_zone
from broadcaster.providers.base import LimitLearningProvider, Provider, ProviderSession
from broadcaster.services.composing.links import LinkMaker
from broadcaster.services.feedback import auto_halt, auto_suppress
from broadcaster.services.feedback import halt as halting
from broadcaster.services.project.ledger_retry import LEDGER_UNAVAILABLE_ERRORS, retry_ledger
from broadcaster.services.project.project import Project, now
from broadcaster.services.sending.broadcast_context import BroadcastContext, load_broadcast_context
from broadcaster.services.sending.claimed_work import ClaimedWork
from broadcaster.services.sending.provider_health import (
    PHASES_USING_NO_TRY,
    ProviderHealth,
    uses_up_no_try,
    wait_before_retry,
)

_log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(seconds=5)
"""A send waits this long for what is due soon; what is due later is named, and goes when it is run again."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries of one broadcast and one provider, their attempts written down."""

    broadcast_id: str
    provider: Provider
    claimed: Sequence[Claimed]

    def __len__(self) -> int:
        return len(self.claimed)


class Deliverer:
    """Claims and delivers for one project on behalf of one runner (a living process)."""

    def __init__(
        self,
        project: Project,
        runner: str,
        pacing: RateLimiter,
        only: str | None = None,
        patience: timedelta = LONGEST_WAIT,
    ) -> None:
        """`only` limits it to one broadcast; what is due later than `patience` from now is not waited for."""
        self._project = project
        self._claimed_work = ClaimedWork(project, runner)
        self._pacing = pacing
        self._only = only
        self._patience = patience
        self._links = LinkMaker(project.settings.public_url, project.keyring)
        self._running: dict[str, BroadcastContext] = {}
        self._lock = threading.Lock()
        self._mine = threading.local()
        self.reach = ProviderHealth()

    def claim(self, provider: Provider, limit: int) -> Batch | None:
        """The next batch for this provider that may go now, at most `limit` deliveries; None when nothing may."""
        return retry_ledger(partial(self._claim, provider, limit))

    def _claim(self, provider: Provider, limit: int) -> Batch | None:
        self._claimed_work.before_claim()
        moment = now()
        tried: set[str] = set()
        while (wanted := self._next(provider, limit, moment, tried)) is not None:
            tried.add(wanted.broadcast)
            claimed = self._claimed_work.claim(wanted, moment)
            if claimed:
                return Batch(wanted.broadcast, provider, claimed)
        return None

    def _next(self, provider: Provider, limit: int, moment: datetime, tried: Collection[str]) -> ClaimRequest | None:
        """What to claim next for this provider, from a broadcast that was not tried yet, if the provider has room.

        One transaction for all that is read: beginning and ending one costs as much as the reading.
        """
        with self._project.ledger.reading() as conn:
            for running in self._load_broadcasts(broadcasts.list_sending_ids(conn)):
                open_zones = running.open_zones(moment)
                wanted = ClaimRequest(running.broadcast.id, provider.channel, provider.name, open_zones, limit)
                if not open_zones or wanted.broadcast in tried or not claims.any_due(conn, wanted, moment):
                    continue
                # Only then ask for room: what the pace grants and nobody uses is lost.
                room = self._messages_allowed(provider.name, limit, moment)
                return replace(wanted, limit=room) if room else None
        return None

    def deliver(self, batch: Batch) -> None:
        """Fill a batch, hand it over, and write down what became of it."""
        filled = retry_ledger(partial(self._fill, batch))
        messages = [message for message in filled if not isinstance(message, BroadcasterError)]
        receipts = self._session(batch.provider).send(messages) if messages else []
        answers, moment = iter(receipts), now()
        tried = retry_ledger(partial(self._tried, batch, receipts))
        settled = [
            _held_unmade(one, message)
            if isinstance(message, BroadcasterError)
            else _settled_delivery(one, next(answers), tried.get(one.seq), moment)
            for one, message in zip(batch.claimed, filled, strict=True)
        ]
        self._record(batch, settled, moment)

    def _fill(self, batch: Batch) -> list[Outgoing | BroadcasterError]:
        running = self._load(batch.broadcast_id)
        return running.filler.fill(batch.claimed, running.handover(now(), merges=batch.provider.merges))

    def _tried(self, batch: Batch, receipts: Sequence[Receipt]) -> Mapping[int, retry.AttemptHistory]:
        """How often the deliveries that are put off were put off before; most batches have none and ask nothing."""
        later = {one.delivery_id for one in receipts if one.outcome is Outcome.LATER and not uses_up_no_try(one)}
        if not later:
            return {}
        seqs = [one.seq for one in batch.claimed if one.id in later]
        with self._project.ledger.reading() as conn:
            before = claims.list_deferred(conn, seqs, PHASES_USING_NO_TRY)
        return {seq: retry.AttemptHistory(times + 1, since) for seq, (times, since) in before.items()}

    def idle(self, provider: Provider) -> float | None:
        """Seconds until something may be due for this provider, None when nothing more can go."""
        return retry_ledger(partial(self._idle, provider))

    def _idle(self, provider: Provider) -> float | None:
        moment = now()
        with self._project.ledger.reading() as conn:
            waiting = [
                (running, list_queued_by_zone(conn, running.broadcast.id))
                for running in self._load_broadcasts(broadcasts.list_sending_ids(conn))
            ]
        dues = [
            at
            for running, pending in waiting
            for at in self._due_times(running, [due for due in pending if _is_for(due, provider)], moment)
        ]
        return max(0.0, (min(dues) - moment).total_seconds()) if dues else None

    def leave(self) -> None:
        """Close the sessions that the calling thread kept."""
        for session in vars(self._mine).values():
            session.close()
        vars(self._mine).clear()

    def _load_broadcasts(self, ids: Sequence[str]) -> list[BroadcastContext]:
        found = (self._load_or_halt(id_) for id_ in ids if self._only in (None, id_))
        return [one for one in found if one is not None]

    def _load_or_halt(self, broadcast_id: str) -> BroadcastContext | None:
        """A broadcast that cannot be read is halted for a person to look at, and keeps none of the others."""
        try:
            return self._load(broadcast_id)
        except LEDGER_UNAVAILABLE_ERRORS:
            raise
        except Exception as error:
            known = error if isinstance(error, BroadcasterError) else unforeseen_error(error)
            _log.error("Broadcast %s: %s [%s]", broadcast_id, known.message, known.code)
            with self._project.ledger.writing() as conn:
                halting.halt_broadcast(conn, broadcast_id, known.code, known.message)
            return None

    def _load(self, broadcast_id: str) -> BroadcastContext:
        with self._lock:
            known = self._running.get(broadcast_id)
            if known is None:
                known = self._running[broadcast_id] = load_broadcast_context(self._project, broadcast_id, self._links)
            return known

    def _messages_allowed(self, provider: str, limit: int, moment: datetime) -> int:
        """How many messages this provider may be given right now; 0 when it is left alone or its pace is used up."""
        if moment < self.reach.back_at(provider, moment):
            return 0
        size = self._pacing.largest(provider, limit)
        full_for = self._pacing.take(provider, size)
        if full_for:
            self.reach.rest(provider, moment + timedelta(seconds=full_for))
        return 0 if full_for else size

    def _session(self, provider: Provider) -> ProviderSession:
        """The calling lane's own session, for its connections belong to one thread."""
        sessions = vars(self._mine)
        key = f"{provider.name}-{provider.channel}"
        if key not in sessions:
            retry_ledger(partial(self._recall, provider))
            sessions[key] = provider.open()
        session: ProviderSession = sessions[key]
        return session

    def _recall(self, provider: Provider) -> None:
        """Tell a provider what was found out of its other side before."""
        if isinstance(provider, LimitLearningProvider):
            with self._project.ledger.reading() as conn:
                provider.recall(mail_route_limits.get(conn, provider.limit_key))

    def _record(self, batch: Batch, settled: Sequence[SettledAttempt], moment: datetime) -> None:
        halt = self.reach.heard(batch.provider.name, [one.receipt for one in settled], moment)
        learner = batch.provider if isinstance(batch.provider, LimitLearningProvider) else None
        found = learner.found_out() if learner else None

        def write() -> None:
            with self._project.ledger.writing() as conn:
                if learner and found:
                    mail_route_limits.save(conn, learner.limit_key, found)
                claims.record_results(conn, batch.broadcast_id, settled, moment)
                auto_suppress.suppress_by_receipts(conn, batch.provider.name, zip(batch.claimed, settled, strict=True))
                receipts = [one.receipt for one in settled]
                auto_halt.count_receipts_and_halt(conn, batch.broadcast_id, receipts, batch.provider.channel)
                if halt is not None:
                    halting.halt_broadcast(conn, batch.broadcast_id, *halt)

        retry_ledger(write)
        self._claimed_work.settled(one.seq for one in settled)

    def _due_times(
        self, running: BroadcastContext, pending: Sequence[QueuedInZone], moment: datetime
    ) -> Iterator[datetime]:
        """When something of a broadcast may go: for each provider and zone the first instant, if it is near."""
        open_zones = set(running.open_zones(moment))
        for due in pending:
            at = self.reach.back_at(due.provider, due.earliest)
            if due.zone in open_zones and at - moment <= self._patience:
                yield at


def _settled_delivery(
    one: Claimed, receipt: Receipt, tried: retry.AttemptHistory | None, moment: datetime
) -> SettledAttempt:
    if uses_up_no_try(receipt):
        verdict = retry.AttemptDecision(DeliveryState.QUEUED, receipt.code, moment + wait_before_retry(receipt))
    else:
        # Jitter only spreads tries over time; nobody gains by guessing it.
        verdict = retry.settle_attempt(receipt, tried or retry.AttemptHistory(1, moment), moment, random.random())  # noqa: S311
    return SettledAttempt(one.seq, one.attempt, receipt, verdict)


def _held_unmade(one: Claimed, error: BroadcasterError) -> SettledAttempt:
    """A message that could not be made was handed to nobody; a person has to look at it."""
    receipt = Receipt(one.id, Outcome.UNTRIED, error.code, "fill")
    return SettledAttempt(one.seq, one.attempt, receipt, retry.AttemptDecision(DeliveryState.HELD, error.code))


def _is_for(due: QueuedInZone, provider: Provider) -> bool:
    return (due.provider, due.channel) == (provider.name, provider.channel)
