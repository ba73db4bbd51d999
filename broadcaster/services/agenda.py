"""What one person at the desk should know first: what waits for them, what runs, what comes next, what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broadcaster.config import Campaign
from broadcaster.domain.states import ApprovalState, BroadcastState, OccurrenceState
from broadcaster.services import status
from broadcaster.services.people import Deed, may, sees
from broadcaster.services.project import ProjectView, now
from broadcaster.services.status import Approval, Occurrence, Standing

LOOKED_BACK = 20
"""Broadcasts that the first page looks at; all of them stand on a page of their own."""

SHOWN_AS_SENT = 5

RUNNING = frozenset({BroadcastState.RELEASING, BroadcastState.SENDING})
ENDED = frozenset({BroadcastState.FINISHED, BroadcastState.CANCELLED})
UNSURE = ("unsure", "held")


@dataclass(frozen=True, slots=True)
class Coming:
    """An occurrence ahead, with what was submitted or decided about it."""

    campaign: Campaign
    occurrence: Occurrence
    approval: Approval | None

    @property
    def submitted(self) -> bool:
        return self.approval is not None and self.approval.state is ApprovalState.SUBMITTED

    @property
    def submitted_by(self) -> str:
        return self.approval.submitted_by if self.approval else ""

    @property
    def approved(self) -> bool:
        return self.approval is not None and self.approval.state is ApprovalState.APPROVED


@dataclass(frozen=True, slots=True)
class Day:
    """What is planned for one day of the organisation's calendar, in the order of its clock."""

    date: date
    coming: tuple[Coming, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    """`to_decide` waits for this very person, `with_others` for somebody else's decision, `stuck` for anybody;
    `troubled` are broadcasts that somebody should look at; `fresh` says that nothing was ever submitted or sent.
    """

    to_decide: tuple[Coming, ...]
    with_others: tuple[Coming, ...]
    stuck: tuple[Coming, ...]
    troubled: tuple[Standing, ...]
    running: tuple[Standing, ...]
    days: tuple[Day, ...]
    sent: tuple[Standing, ...]
    fresh: bool

    @property
    def calm(self) -> bool:
        """Whether nothing waits for anybody."""
        return not (self.to_decide or self.with_others or self.stuck or self.troubled)


def agenda(project: ProjectView, who: str) -> Agenda:
    """The agenda of a person, with nothing in it of audiences that they do not work with."""
    seen = [
        Coming(campaign, occurrence, approval)
        for occurrence, approval in status.coming(project)
        if sees(project.settings, who, (campaign := project.campaign(occurrence.campaign)).audiences)
    ]
    found = [
        one
        for one in status.standings(project, LOOKED_BACK)
        if sees(project.settings, who, status.audiences_of(project, one.broadcast))
    ]
    submitted = _first_of_each([one for one in seen if one.submitted])
    deciding = may(project.settings, who, Deed.APPROVE)
    return Agenda(
        to_decide=tuple(one for one in submitted if deciding and one.submitted_by != who),
        with_others=tuple(one for one in submitted if not deciding or one.submitted_by == who),
        stuck=tuple(one for one in seen if _is_stuck(one, now())),
        troubled=tuple(one for one in found if _is_troubled(one)),
        running=tuple(one for one in found if one.broadcast.state in RUNNING),
        days=_days([one for one in seen if not _is_stuck(one, now())]),
        sent=tuple(one for one in found if one.broadcast.state in ENDED)[:SHOWN_AS_SENT],
        fresh=not found and all(one.approval is None for one in seen),
    )


def _first_of_each(found: Sequence[Coming]) -> tuple[Coming, ...]:
    """A rule is decided on once, however many occurrences it has ahead."""
    first: dict[str, Coming] = {}
    for one in found:
        first.setdefault(one.approval.id if one.approval else "", one)
    return tuple(first.values())


def _is_stuck(one: Coming, moment: datetime) -> bool:
    """Whether it does not go out unless somebody does something: it waits, was turned down, or its time is past."""
    if one.submitted:
        return False
    if one.occurrence.state is OccurrenceState.WAITING:
        return True
    if one.approval is not None and not one.approved:
        return True
    return one.occurrence.due_at + timedelta(minutes=1) < moment and not one.approved


def _is_troubled(one: Standing) -> bool:
    halted = one.broadcast.state is BroadcastState.PAUSED
    return halted or any(one.deliveries.get(state, 0) for state in UNSURE)


def _days(coming: Sequence[Coming]) -> tuple[Day, ...]:
    found: dict[date, list[Coming]] = {}
    for one in sorted(coming, key=lambda one: one.occurrence.wall):
        found.setdefault(one.occurrence.wall.date(), []).append(one)
    return tuple(Day(day, tuple(ones)) for day, ones in found.items())
