"""The agenda on Home: what waits for one person, what runs, what comes next, and what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from broadcaster.domain.occurrence_fates import FateKind, WaitingReason
from broadcaster.domain.states import BroadcastState
from broadcaster.services.access.permissions import Permission, can_see, has_permission
from broadcaster.services.approving.desk_approval import DESK_COUNTDOWN
from broadcaster.services.approving.occurrence_fates import CampaignFault, OccurrenceFate, list_fates
from broadcaster.services.project.project import ProjectView, now
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.reporting.broadcast_status import BroadcastStatus

MAX_RECENT_BROADCASTS = 20
"""Broadcasts that Home reads; another page lists all of them."""

SHOWN_AS_SENT = 5

RUNNING_STATES = frozenset({BroadcastState.RELEASING, BroadcastState.SENDING})
ENDED_STATES = frozenset({BroadcastState.FINISHED, BroadcastState.CANCELLED})
UNSURE_STATES = ("unsure", "held")


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """What is planned for one day in the organisation's timezone, in the order of time."""

    date: date
    coming: tuple[OccurrenceFate, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    """What one person should know first.

    `to_decide` waits for this person, `with_others` for another's decision. `starting` begins soon and can still be
    called off. `stuck` waits for anybody, alarms first. `faults` are campaigns that cannot be planned. `troubled` are
    broadcasts that need attention. `fresh` says that nothing was ever submitted or sent.
    """

    to_decide: tuple[OccurrenceFate, ...]
    with_others: tuple[OccurrenceFate, ...]
    starting: tuple[OccurrenceFate, ...]
    stuck: tuple[OccurrenceFate, ...]
    faults: tuple[CampaignFault, ...]
    troubled: tuple[BroadcastStatus, ...]
    running: tuple[BroadcastStatus, ...]
    days: tuple[PlannedDay, ...]
    sent: tuple[BroadcastStatus, ...]
    fresh: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits for anybody."""
        return not (self.to_decide or self.with_others or self.starting or self.stuck or self.faults or self.troubled)


def agenda_for(project: ProjectView, who: str) -> Agenda:
    """The agenda of a person, with only the audiences that they work with."""
    moment = now()
    books = list_fates(project, moment)
    seen = [one for one in books.accounts if can_see(project.settings, who, audiences_of_occurrence(project, one))]
    found = [
        one
        for one in broadcast_status.list_broadcast_statuses(project, MAX_RECENT_BROADCASTS)
        if can_see(project.settings, who, broadcast_status.audiences_of_broadcast(project, one.broadcast))
    ]
    submitted = _one_per_approval([one for one in seen if _waits_for_decision(one)])
    deciding = has_permission(project.settings, who, Permission.APPROVE)
    return Agenda(
        to_decide=tuple(one for one in submitted if deciding and one.submitted_by != who),
        with_others=tuple(one for one in submitted if not deciding or one.submitted_by == who),
        starting=tuple(one for one in seen if _is_starting(one, moment)),
        stuck=tuple(sorted((one for one in seen if _is_stuck(one)), key=lambda one: not one.is_alarm)),
        faults=tuple(
            one for one in books.faults if can_see(project.settings, who, project.campaign(one.campaign).audiences)
        ),
        troubled=tuple(one for one in found if _needs_attention(one)),
        running=tuple(one for one in found if one.broadcast.state in RUNNING_STATES),
        days=_group_by_day([one for one in seen if _is_scheduled(one, moment)]),
        sent=tuple(one for one in found if one.broadcast.state in ENDED_STATES)[:SHOWN_AS_SENT],
        fresh=not found and all(one.approval is None for one in seen),
    )


def audiences_of_occurrence(project: ProjectView, account: OccurrenceFate) -> tuple[str, ...]:
    """The audiences of an occurrence: those submitted, if config.yaml no longer has its campaign."""
    campaign = project.settings.campaigns.get(account.campaign)
    if campaign is not None:
        return campaign.audiences
    return broadcast_status.signed_audiences(account.approval) if account.approval is not None else ()


def _is_starting(one: OccurrenceFate, moment: datetime) -> bool:
    """Whether it starts within the countdown, or is due and has not begun."""
    return one.fate is FateKind.GOES_OUT and one.at is not None and one.at - moment <= DESK_COUNTDOWN


def _waits_for_decision(one: OccurrenceFate) -> bool:
    return one.fate is FateKind.WAITS and one.reason in (WaitingReason.TO_DECIDE, WaitingReason.NOT_APPROVED)


def _one_per_approval(found: Sequence[OccurrenceFate]) -> tuple[OccurrenceFate, ...]:
    """One occurrence for each approval, for a rule is decided on once."""
    first: dict[str, OccurrenceFate] = {}
    for one in found:
        first.setdefault(one.approval.id if one.approval else "", one)
    return tuple(first.values())


def _is_stuck(one: OccurrenceFate) -> bool:
    """Whether it will not go out until somebody acts, other than by deciding on it."""
    if one.fate is FateKind.UNKNOWN:
        return True
    return one.fate is FateKind.WAITS and not _waits_for_decision(one) and one.reason != WaitingReason.TO_SUBMIT


def _is_scheduled(one: OccurrenceFate, moment: datetime) -> bool:
    """Whether it comes next: its time is in the future, and nothing keeps it from going out."""
    if one.occurrence is None or one.broadcast is not None or one.is_alarm:
        return False
    return one.occurrence.due_at > moment


def _needs_attention(one: BroadcastStatus) -> bool:
    halted = one.broadcast.state is BroadcastState.PAUSED
    return halted or bool(one.came_back) or any(one.deliveries.get(state, 0) for state in UNSURE_STATES)


def _group_by_day(coming: Sequence[OccurrenceFate]) -> tuple[PlannedDay, ...]:
    found: dict[date, list[OccurrenceFate]] = {}
    for one in coming:
        if one.wall is not None:
            found.setdefault(one.wall.date(), []).append(one)
    return tuple(PlannedDay(day, tuple(ones)) for day, ones in found.items())
