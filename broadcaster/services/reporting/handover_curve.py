"""How the messages of a broadcast went out over time: the curve of its page and report, and its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from broadcaster.ledger.broadcasting import delivery_counters
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery.acceptance_times import sample_acceptance_times
from broadcaster.services.project.project import ProjectView, now
from broadcaster.services.reporting.progress import summarise_states

SAMPLE_SIZE = 200
"""Messages whose times are read. The curve is then right within about one message in fifty."""

MILESTONES = (10, 50, 90, 100)
"""Per cent of the messages handed over, for the rows of the table."""

_FEWEST_TIMES = 2


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """By `at`, `count` messages had been handed over. `x` and `y` are thousandths of the time and of all messages."""

    at: datetime
    count: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class HandoverCurve:
    """Messages handed over between `start` and `end`, of `whole`.

    `points` are for the drawing, `milestones` for the table. `sampled` says that times are those of a sample.
    """

    start: datetime
    end: datetime
    whole: int
    points: tuple[CurvePoint, ...]
    milestones: tuple[CurvePoint, ...]
    sampled: bool


def handover_curve(view: ProjectView, broadcast: Broadcast) -> HandoverCurve | None:
    """The curve of a broadcast so far; None until two messages were handed over at different times."""
    if broadcast.started_at is None:
        return None
    with view.ledger.reading() as conn:
        counted = delivery_counters.count_by_state(conn, broadcast.id)
        times = sample_acceptance_times(conn, broadcast.id, SAMPLE_SIZE)
    if len(times) < _FEWEST_TIMES or times[0] == times[-1]:
        return None
    counts = summarise_states({state.value: n for state, n in counted.items()})
    end = max(broadcast.finished_at or now(), times[-1])
    scale = _Scale(min(broadcast.started_at, times[0]), end, counts.whole, counts.handed_over, times)
    steps = range(1, len(times) + 1)
    milestones = {len(times) * share // 100 or 1: None for share in MILESTONES}
    return HandoverCurve(
        scale.start,
        end,
        counts.whole,
        tuple(scale.point(step) for step in steps),
        tuple(scale.point(step) for step in milestones),
        sampled=counts.whole > SAMPLE_SIZE,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    start: datetime
    end: datetime
    whole: int
    handed_over: int
    times: Sequence[datetime]

    def point(self, step: int) -> CurvePoint:
        """Where the curve is once `step` of the sampled messages were handed over."""
        at = self.times[step - 1]
        count = round(self.handed_over * step / len(self.times))
        x = round(1000 * ((at - self.start) / (self.end - self.start)))
        return CurvePoint(at, count, x, round(1000 * count / self.whole))
