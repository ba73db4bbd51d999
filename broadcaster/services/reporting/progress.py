"""The progress of a broadcast, and its remaining time once that has been measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from cachetools import LRUCache

from broadcaster.domain.states import OPEN_STATES, BroadcastState, DeliveryState
from broadcaster.ledger.broadcasting import delivery_counters
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.services.project.project import ProjectView, now
from broadcaster.services.reporting.broadcast_status import BroadcastStatus

_MEASURING_WINDOW = timedelta(seconds=30)
_SHORTEST_MEASUREMENT = timedelta(seconds=2)
_MAX_BROADCASTS = 200

HANDED_OVER = (
    DeliveryState.ACCEPTED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)
"""States of deliveries that a provider took, whatever became of them later."""

_NOT_HANDED_OVER_STATES = (DeliveryState.REFUSED, DeliveryState.SKIPPED, DeliveryState.UNSURE, DeliveryState.HELD)


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """Counts of a broadcast's deliveries: `handed_over` of `whole` were taken by a provider.

    `others` counts the rest by state; those that are being handed over count as `queued`.
    """

    whole: int
    handed_over: int
    others: Mapping[str, int]

    @property
    def settled(self) -> int:
        """Deliveries whose state no longer changes by itself."""
        return self.whole - self.others.get(DeliveryState.QUEUED.value, 0)


def count_undelivered(deliveries: Mapping[str, int]) -> int:
    """How many messages were turned down, or came back. Those that were left out on purpose are none of them."""
    return sum(deliveries.get(one.value, 0) for one in (DeliveryState.REFUSED, DeliveryState.BOUNCED))


def summarise_states(deliveries: Mapping[str, int]) -> DeliveryCounts:
    """Counts made of the number in each state."""
    waiting = sum(deliveries.get(state.value, 0) for state in OPEN_STATES)
    others = {DeliveryState.QUEUED.value: waiting} | {
        one.value: deliveries.get(one.value, 0) for one in _NOT_HANDED_OVER_STATES
    }
    return DeliveryCounts(
        sum(deliveries.values()),
        sum(deliveries.get(one.value, 0) for one in HANDED_OVER),
        {state: n for state, n in others.items() if n},
    )


def count_deliveries(view: ProjectView, broadcast: Broadcast) -> DeliveryCounts:
    """The counts of a broadcast now, from the ledger's counters."""
    with view.ledger.reading() as conn:
        return summarise_states(
            {state.value: n for state, n in delivery_counters.count_by_state(conn, broadcast.id).items()}
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress; `left` is the estimated time for the queued messages, None while unknown."""

    count: DeliveryCounts
    left: timedelta | None


class ProgressEstimator:
    """Estimates how long broadcasts still take, from samples of the last half minute. Safe to share between threads."""

    def __init__(self) -> None:
        self._samples: LRUCache[str, list[tuple[float, int]]] = LRUCache(_MAX_BROADCASTS)
        self._guard = Lock()

    def progress(self, at: BroadcastStatus) -> Progress:
        """How far a broadcast has come; each call takes a sample."""
        found = summarise_states(at.deliveries)
        waiting = found.whole - found.settled
        moment = now().timestamp()
        with self._guard:
            earlier = self._samples.get(at.broadcast.id, [])
            samples = [sample for sample in earlier if moment - sample[0] <= _MEASURING_WINDOW.total_seconds()]
            samples.append((moment, found.settled))
            self._samples[at.broadcast.id] = samples
        since, before = samples[0]
        gone = moment - since
        moving = at.broadcast.state is BroadcastState.SENDING and waiting and found.settled > before
        if not moving or gone < _SHORTEST_MEASUREMENT.total_seconds():
            return Progress(found, None)
        free = waiting - sum(n for n, _ in at.waits)  # people in quiet hours do not count
        return Progress(found, timedelta(seconds=max(1.0, free * gone / (found.settled - before))))
