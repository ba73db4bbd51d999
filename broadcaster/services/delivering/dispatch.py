"""Dispatch: the engine runs over what was released, until nothing more can go, or for as long as the process lives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from broadcaster.engine import WORKERS_PER_PROVIDER, LocalEngine, RateLimiter, WakeSignal, WorkerCallbacks
from broadcaster.ledger.broadcasting import delivery_counters
from broadcaster.providers.base import Provider
from broadcaster.services.delivering.broadcast_cache import BroadcastCache
from broadcaster.services.delivering.claimed_work import ClaimedWork
from broadcaster.services.delivering.due_work import Batch, DueWork
from broadcaster.services.delivering.handover import Handover
from broadcaster.services.delivering.missing_provider import halt_for_missing_providers
from broadcaster.services.delivering.provider_health import ProviderHealth
from broadcaster.services.project.project import Project


def _ignore_progress(_: int) -> None:
    """Stand in for `delivered` where nobody watches."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run: `signal` wakes and stops the workers, `delivered` is told the size of each batch that is done.

    `workers` is the number of workers that each provider has.
    """

    signal: WakeSignal = field(default_factory=WakeSignal)
    delivered: Callable[[int], object] = _ignore_progress
    workers: int = WORKERS_PER_PROVIDER


def send_broadcast(project: Project, runner: str, broadcast_id: str, options: RunOptions) -> ProviderHealth:
    """Deliver one broadcast until nothing more of it can go now, or the signal says stop; returns the providers' health
    at the end.
    """
    health = ProviderHealth()
    _make_engine(project, runner, options, health, broadcast_id).run_until_idle()
    return health


def send_continuously(project: Project, runner: str, options: RunOptions) -> None:
    """Deliver whatever is released, until the signal says stop."""
    _make_engine(project, runner, options, ProviderHealth()).run_forever()


def _make_engine(
    project: Project, runner: str, options: RunOptions, health: ProviderHealth, only: str | None = None
) -> LocalEngine[Batch]:
    halt_for_missing_providers(project, only)
    providers = _needed_providers(project, only)
    for provider in providers:
        provider.open().close()  # raises for what it lacks, before anything is claimed
    paces = {name: (pace.count, float(pace.seconds)) for name, pace in project.settings.pace.items()}
    claimed_work = ClaimedWork(project, runner)
    rate_limiter = RateLimiter(project.root / "var" / "pace", paces)
    due_work = DueWork(project, claimed_work, BroadcastCache(project, only), health, rate_limiter)
    handover = Handover(project, claimed_work, health)
    workers = [
        WorkerCallbacks(
            claim=partial(due_work.claim_next_batch, provider),
            deliver=handover.deliver,
            seconds_until_due=partial(due_work.seconds_until_due, provider),
            close=handover.close_sessions,
            delivered=options.delivered,
            limit=provider.batch_size,
        )
        for provider in providers
        for _ in range(options.workers)
    ]
    return LocalEngine(workers, options.signal)


def _needed_providers(project: Project, only: str | None) -> list[Provider]:
    """The providers of one broadcast's deliveries, or all of the project's."""
    providers = list(project.providers.values())
    if only is None:
        return providers
    with project.ledger.reading() as conn:
        used = {(name, channel) for name, channel, _ in delivery_counters.count_by_provider_and_state(conn, only)}
    return [provider for provider in providers if (provider.name, provider.channel) in used] or providers
