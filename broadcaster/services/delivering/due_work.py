"""Due work: the next batch that a provider may be given, and when more is due.

Several threads ask. A claim commits its attempts before anything touches the network.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from broadcaster.engine import RateLimiter
from broadcaster.ledger.delivery import claims
from broadcaster.ledger.delivery.claims import Claimed, ClaimRequest
from broadcaster.ledger.delivery.queued_deliveries import QueuedInZone, list_queued_by_zone
from broadcaster.providers.base import Provider
from broadcaster.services.delivering.broadcast_cache import BroadcastCache
from broadcaster.services.delivering.broadcast_context import BroadcastContext
from broadcaster.services.delivering.claimed_work import ClaimedWork
from broadcaster.services.delivering.provider_health import ProviderHealth
from broadcaster.services.project.ledger_retry import retry_ledger
from broadcaster.services.project.project import Project, now

LONGEST_WAIT = timedelta(seconds=5)
"""How long before its time a delivery is waited for. Later ones wait for the next run, or the next wake-up."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Claimed deliveries of one broadcast for one provider: the ledger has an attempt for each."""

    context: BroadcastContext
    provider: Provider
    claimed: Sequence[Claimed]

    def __len__(self) -> int:
        return len(self.claimed)


class DueWork:
    """What the workers of a process may do now, and when they may do more."""

    def __init__(
        self,
        project: Project,
        claimed_work: ClaimedWork,
        broadcasts: BroadcastCache,
        health: ProviderHealth,
        rate_limiter: RateLimiter,
    ) -> None:
        self._project = project
        self._claimed_work = claimed_work
        self._broadcasts = broadcasts
        self._health = health
        self._rate_limiter = rate_limiter

    def claim_next_batch(self, provider: Provider, limit: int) -> Batch | None:
        """Claim the next batch for this provider, at most `limit` deliveries; None when nothing may go now."""
        return retry_ledger(partial(self._claim_next_batch, provider, limit))

    def seconds_until_due(self, provider: Provider) -> float | None:
        """Seconds until something may be due for this provider; None when nothing is due within LONGEST_WAIT."""
        return retry_ledger(partial(self._seconds_until_due, provider))

    def _claim_next_batch(self, provider: Provider, limit: int) -> Batch | None:
        self._claimed_work.before_claim()
        moment = now()
        tried: set[str] = set()
        while (found := self._find_next(provider, limit, moment, tried)) is not None:
            context, request = found
            tried.add(request.broadcast)
            claimed = self._claimed_work.claim(request, moment)
            if claimed:  # else another process was quicker
                return Batch(context, provider, claimed)
        return None

    def _find_next(
        self, provider: Provider, limit: int, moment: datetime, tried: Collection[str]
    ) -> tuple[BroadcastContext, ClaimRequest] | None:
        """A broadcast not in `tried` that has due deliveries for this provider, and how many of them may be claimed.

        All reads share one transaction: its begin and end cost as much as the reads.
        """
        with self._project.ledger.reading() as conn:
            for context in self._broadcasts.list_sending(conn):
                open_zones = context.open_zones(moment)
                request = ClaimRequest(context.broadcast.id, provider.channel, provider.name, open_zones, limit)
                if not open_zones or request.broadcast in tried or not claims.any_due(conn, request, moment):
                    continue
                # Asked last: what the rate limiter grants counts, even if nobody uses it.
                allowed = self._messages_allowed(provider.name, limit, moment)
                return (context, replace(request, limit=allowed)) if allowed else None
        return None

    def _messages_allowed(self, provider: str, limit: int, moment: datetime) -> int:
        """How many messages this provider may be given now; 0 while it is paused or its pace is used up."""
        if moment < self._health.ready_at(provider, moment):
            return 0
        size = self._rate_limiter.largest(provider, limit)
        wait = self._rate_limiter.take(provider, size)
        if not wait:
            return size
        self._health.pause_until(provider, moment + timedelta(seconds=wait))
        return 0

    def _seconds_until_due(self, provider: Provider) -> float | None:
        moment = now()
        with self._project.ledger.reading() as conn:
            queued = [
                (context, list_queued_by_zone(conn, context.broadcast.id))
                for context in self._broadcasts.list_sending(conn)
            ]
        due_times = [at for context, zones in queued for at in self._due_times(context, zones, provider, moment)]
        return max(0.0, (min(due_times) - moment).total_seconds()) if due_times else None

    def _due_times(
        self, context: BroadcastContext, queued: Sequence[QueuedInZone], provider: Provider, moment: datetime
    ) -> Iterator[datetime]:
        """The first due time in each open zone of a broadcast, if it is near."""
        open_zones = set(context.open_zones(moment))
        for zone in queued:
            if (zone.provider, zone.channel) != (provider.name, provider.channel) or zone.zone not in open_zones:
                continue
            at = self._health.ready_at(provider.name, zone.earliest)
            if at - moment <= LONGEST_WAIT:
                yield at
