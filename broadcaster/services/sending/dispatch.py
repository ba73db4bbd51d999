"""Running the engine over what was released, once until nothing more can go, or for as long as the process lives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from broadcaster.engine import LocalEngine, RateLimiter, WakeSignal, WorkerCallbacks
from broadcaster.ledger.broadcasting import delivery_counters
from broadcaster.providers.base import Provider
from broadcaster.services.project.project import Project
from broadcaster.services.sending.delivery import Batch, Deliverer
from broadcaster.services.sending.missing_provider import halt_for_missing_providers

WORKERS_PER_PROVIDER = 1
"""Lanes of each provider. More hide a slow provider's round trips, and divide the hundred in doubt further."""


def _ignore_progress(_: int) -> None:
    """What is done where nobody watches."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Who watches a run: `bell` stops and wakes it, `delivered` is told the size of each batch that is done.

    `workers` is the number of lanes that each provider has.
    """

    bell: WakeSignal = field(default_factory=WakeSignal)
    delivered: Callable[[int], object] = _ignore_progress
    workers: int = WORKERS_PER_PROVIDER


def send_broadcast(project: Project, runner: str, broadcast_id: str, watch: RunOptions) -> Deliverer:
    """Deliver one broadcast until nothing more of it can go now, or the bell says stop.

    The deliverer that comes back knows which provider could not be reached.
    """
    deliverer, engine = _make_engine(project, runner, watch, broadcast_id)
    engine.run_until_idle()
    return deliverer


def send_continuously(project: Project, runner: str, watch: RunOptions) -> None:
    """Deliver whatever is released, until the bell says stop."""
    _, engine = _make_engine(project, runner, watch, None)
    engine.run_forever()


def _make_engine(
    project: Project, runner: str, watch: RunOptions, only: str | None
) -> tuple[Deliverer, LocalEngine[Batch]]:
    halt_for_missing_providers(project, only)
    paces = {name: (pace.count, float(pace.seconds)) for name, pace in project.settings.pace.items()}
    needed = _needed_providers(project, only)
    for provider in needed:
        provider.open().close()  # what it lacks is said before anything is claimed
    deliverer = Deliverer(project, runner, RateLimiter(project.root / "var" / "pace", paces), only)
    lanes = [
        WorkerCallbacks(
            partial(deliverer.claim, provider),
            deliverer.deliver,
            partial(deliverer.idle, provider),
            deliverer.leave,
            watch.delivered,
            provider.batch_size,
        )
        for provider in needed
        for _ in range(watch.workers)
    ]
    return deliverer, LocalEngine(lanes, watch.bell)


def _needed_providers(project: Project, only: str | None) -> list[Provider]:
    """The providers that a run has to do with: those of one broadcast, or all."""
    everybody = list(project.providers.values())
    if only is None:
        return everybody
    with project.ledger.reading() as conn:
        theirs = {(name, channel) for name, channel, _ in delivery_counters.count_by_provider_and_state(conn, only)}
    return [one for one in everybody if (one.name, one.channel) in theirs] or everybody
