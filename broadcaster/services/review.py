"""Where a campaign stands: its next occurrence, its latest approval, its broadcast; and what it will do from there."""

from dataclasses import dataclass
from datetime import datetime

from broadcaster.config import Campaign
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import ApprovalState
from broadcaster.ledger import approvals, broadcasts
from broadcaster.ledger.approvals import Approval
from broadcaster.ledger.broadcasts import Broadcast
from broadcaster.ledger.occurrences import Occurrence
from broadcaster.services import digest
from broadcaster.services.call_off import ALIVE
from broadcaster.services.consent import COUNTDOWN
from broadcaster.services.plan import Plan, plan, plan_ahead
from broadcaster.services.project import ProjectView, now
from broadcaster.services.schedule import upcoming_or_recorded


@dataclass(frozen=True, slots=True)
class Standing:
    """`over` says that nothing is left to decide: a campaign with one time was released."""

    occurrence: Occurrence | None
    approval: Approval | None
    broadcast: Broadcast | None
    over: bool

    @property
    def due(self) -> datetime | None:
        """When the next occurrence is due."""
        return self.occurrence.due_at if self.occurrence else None

    @property
    def approved(self) -> bool:
        return self.approval is not None and self.approval.state is ApprovalState.APPROVED


def standing(project: ProjectView, campaign: Campaign) -> Standing:
    """Where a campaign stands right now."""
    rule = digest.is_rule(campaign)
    ahead = upcoming_or_recorded(project, campaign)
    with project.ledger.reading() as conn:
        sent = broadcasts.of_campaign(conn, campaign.name, limit=1)
        latest = [approvals.latest(conn, campaign.name, one.wall) for one in ahead]
        general = approvals.latest(conn, campaign.name, None) if rule else None
        newest = approvals.newest(conn, campaign.name) if sent or not ahead else None
    submitted = max((one for one in latest if one), key=lambda one: one.submitted_at, default=general)
    over = bool(sent) and campaign.when is not None
    occurrence = next((one for one in ahead if submitted and one.wall == submitted.wall), ahead[0] if ahead else None)
    return Standing(None if over else occurrence, newest if over else submitted, sent[0] if sent else None, over)


@dataclass(frozen=True, slots=True)
class Review:
    """What a campaign will do. `plan` is None where there can be none just now: `stopped` says why.

    `at_once` says that it goes out as soon as it is approved, `seconds` how long it can still be called off where that
    is being counted down, `changed` what is no longer as it was when it was submitted last, `quiet` that its time is in
    quiet hours, so that it waits for their end.
    """

    campaign: Campaign
    at: Standing
    plan: Plan | None
    stopped: BroadcasterError | None
    at_once: bool
    seconds: int
    changed: tuple[str, ...]
    quiet: bool

    @property
    def waits(self) -> bool:
        """Whether it waits for somebody to decide."""
        return self.at.approval is not None and self.at.approval.state is ApprovalState.SUBMITTED

    @property
    def alive(self) -> bool:
        """Whether it was submitted or approved, and has not begun."""
        return self.at.approval is not None and self.at.approval.state in ALIVE and not self.at.over

    def is_by(self, who: str) -> bool:
        """Whether this person submitted what waits, so that somebody else must decide."""
        return self.waits and self.at.approval is not None and self.at.approval.submitted_by == who


def review(project: ProjectView, campaign: Campaign) -> Review:
    """What a campaign will do as it stands right now."""
    at = standing(project, campaign)
    made: Plan | None = None
    stopped: BroadcasterError | None = None
    try:
        made = _plan(project, campaign, at)
    except BroadcasterError as error:
        stopped = error
    at_once = at.approval is not None and digest.terms(at.approval).at_once
    quiet = made is not None and _is_quiet(project, at, project.wall_now() if at_once else made.wall)
    return Review(campaign, at, made, stopped, at_once, _seconds_left(at), _changed(made, at), quiet)


def _plan(project: ProjectView, campaign: Campaign, at: Standing) -> Plan:
    if at.approval is None and at.occurrence is None and not at.over:
        return plan(project, campaign, project.wall_now().replace(second=0, microsecond=0))
    if at.approval is not None and at.approved and not at.over:
        # On the terms that were approved, or it would look as if it had been changed.
        return plan(project, campaign, at.approval.wall, digest.terms(at.approval), at.approval.submitted_at)
    return plan_ahead(project, campaign)


def _is_quiet(project: ProjectView, at: Standing, wall: datetime) -> bool:
    """Whether it is quiet at that time, where the organisation is, and no crisis."""
    hours = project.settings.quiet_hours
    crisis = at.approval is not None and at.approval.crisis_reason
    return hours is not None and hours.cover(wall.time()) and not crisis


def _seconds_left(at: Standing) -> int:
    """The seconds until an approved one starts, while they are few; 0 when they are not, or none are left."""
    if at.approval is None or at.due is None or not at.approved or at.over:
        return 0
    left = (max(at.approval.not_before or at.due, at.due) - now()).total_seconds()
    return int(left) + 1 if 0 < left <= COUNTDOWN.total_seconds() else 0


def _changed(made: Plan | None, at: Standing) -> tuple[str, ...]:
    if made is None or at.approval is None or at.approval.digest == made.digest or at.over:
        return ()
    return tuple(digest.differences(at.approval.inputs, made.inputs))
