"""The timeline of a broadcast: its events in the order of time, for the list and the drawing on its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.planning import approvals
from broadcaster.services.feedback.halt import CAME_BACK_ACTION, HALT_ACTION
from broadcaster.services.project.project import ProjectView, now

TIMELINE_ACTIONS = frozenset(
    {
        HALT_ACTION,
        CAME_BACK_ACTION,
        "pause",
        "resume",
        "cancel",
        "send-again",
        "unsure-hold",
        "unsure-resend",
        "unsure-settle",
    }
)
"""Actions in the audit log that change a broadcast; all but the halt are by people."""


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event. `by` is the person, empty for none; `why` is the reason of a halt."""

    what: str
    at: datetime
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    """A span of the time from release to end, in thousandths of that time."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """`moments` are the events in order. `points` are the positions of those since the release, and `pauses` the spans
    without handovers, both in thousandths of the time from release to `end`.
    """

    moments: tuple[TimelineEvent, ...]
    end: datetime
    points: tuple[tuple[TimelineEvent, int], ...]
    pauses: tuple[TimelineSpan, ...]


def broadcast_timeline(project: ProjectView, broadcast: Broadcast) -> Timeline:
    """The events of a broadcast so far."""
    with project.ledger.reading() as conn:
        signed = approvals.get(conn, broadcast.approval)
        done = audit.list_about(conn, broadcast.campaign, broadcast.released_at)
    found = [TimelineEvent("released", broadcast.released_at)]
    if signed is not None:
        found.append(TimelineEvent("submitted", signed.submitted_at, signed.submitted_by))
        if signed.decided_at is not None:
            found.append(TimelineEvent("approved", signed.decided_at, signed.decided_by or ""))
    if broadcast.started_at is not None:
        found.append(TimelineEvent("started", broadcast.started_at))
    if broadcast.finished_at is not None and broadcast.state is BroadcastState.FINISHED:
        found.append(TimelineEvent("finished", broadcast.finished_at))
    found += [
        TimelineEvent(one.entry.action, one.at, one.entry.by, str(one.entry.detail.get("reason", "")))
        for one in reversed(done)
        if one.entry.action in TIMELINE_ACTIONS and one.entry.detail.get("broadcast") == broadcast.id
    ]
    moments = tuple(sorted(found, key=lambda moment: moment.at))
    end = max(broadcast.finished_at or now(), moments[-1].at)
    scale = _TimeScale(broadcast.released_at, end)
    points = tuple((one, scale.place(one.at)) for one in moments if one.at >= broadcast.released_at)
    return Timeline(moments, end, points, _pauses(moments, scale))


@dataclass(frozen=True, slots=True)
class _TimeScale:
    start: datetime
    end: datetime

    def place(self, at: datetime) -> int:
        whole = (self.end - self.start).total_seconds()
        return round(1000 * (at - self.start).total_seconds() / whole) if whole > 0 else 0


def _pauses(moments: Sequence[TimelineEvent], scale: _TimeScale) -> tuple[TimelineSpan, ...]:
    found: list[TimelineSpan] = []
    since: datetime | None = None
    for one in (*moments, TimelineEvent("finished", scale.end)):
        if one.what in {"pause", HALT_ACTION}:
            since = since or one.at
        elif since is not None and one.what in {"resume", "cancel", "finished"}:
            start = scale.place(since)
            found.append(TimelineSpan(start, scale.place(one.at) - start))
            since = None
    return tuple(found)
