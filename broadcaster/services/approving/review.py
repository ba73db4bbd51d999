"""Where a campaign stands: its next occurrence, its latest approval, its broadcast; and what it will do from there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.occurrence_fates import FateKind, WaitingReason
from broadcaster.domain.states import OPEN_APPROVALS, ApprovalState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.audit_log.audit import RecordedEntry
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.planning import approvals
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.services.approving.desk_approval import DESK_COUNTDOWN
from broadcaster.services.approving.occurrence_fates import OccurrenceFate, called_off_by, list_campaign_fates
from broadcaster.services.planning import digest
from broadcaster.services.planning.plan import Plan, plan_campaign, plan_submitted_or_next
from broadcaster.services.planning.quiet_start import starts_in_quiet_hours
from broadcaster.services.planning.schedule import next_upcoming
from broadcaster.services.planning.submission_terms import terms_of_approval
from broadcaster.services.project.project import ProjectView, now


@dataclass(frozen=True, slots=True)
class CampaignState:
    """`account` is what becomes of the occurrence that matters now, None where nothing lies ahead or waits; `planned`
    the next time that config.yaml has; `newest` what was submitted last, whatever became of it, and `called_off` the
    log's entry where somebody called that off; `over` says that nothing is left to decide: a campaign with one time
    went out.
    """

    account: OccurrenceFate | None
    planned: Occurrence | None
    newest: Approval | None
    broadcast: Broadcast | None
    over: bool
    called_off: RecordedEntry | None = None

    @property
    def approval(self) -> Approval | None:
        """What was submitted or decided for the occurrence that matters now; the last one where all is over."""
        if self.over:
            return self.newest
        return self.account.approval if self.account else None

    @property
    def due(self) -> datetime | None:
        """When it starts."""
        return self.account.at if self.account else None

    @property
    def approved(self) -> bool:
        return self.approval is not None and self.approval.state is ApprovalState.APPROVED

    @property
    def asked_at_once(self) -> bool:
        """Whether somebody asked last that it goes out as soon as it is approved, or nothing else can be asked."""
        if self.newest is None or self.planned is None:
            return self.planned is None
        return terms_of_approval(self.newest).at_once

    @property
    def asked_in_crisis(self) -> str:
        """The reason for a crisis that was given with what was submitted last, and did not go out."""
        return self.newest.crisis_reason if self.newest is not None and not self.over else ""


def campaign_state(view: ProjectView, campaign: CampaignSettings) -> CampaignState:
    """Where a campaign stands right now."""
    found = list_campaign_fates(view, campaign.name).accounts
    try:
        planned = next_upcoming(view, campaign)
    except BroadcasterError:  # `found` has the fault
        planned = None
    with view.ledger.reading() as conn:
        newest = approvals.latest_for_campaign(conn, campaign.name)
        sent = broadcasts.list_of_campaign(conn, campaign.name, limit=1)
        over = campaign.goes_out_once and broadcasts.has_campaign_sent(conn, campaign.name)
        is_off = newest is not None and not over and called_off_by(newest)
        called_off = audit.latest_entry(conn, campaign.name, "call-off") if is_off else None
    account = None if over else _newest_or_first_fate(found, newest)
    return CampaignState(account, planned, newest, sent[0] if sent else None, over, called_off)


def _newest_or_first_fate(found: Sequence[OccurrenceFate], newest: Approval | None) -> OccurrenceFate | None:
    """The account of what was submitted last; else the first one."""
    of_newest = (
        one for one in found if newest is not None and one.approval is not None and one.approval.id == newest.id
    )
    return next(of_newest, found[0] if found else None)


@dataclass(frozen=True, slots=True)
class CampaignReview:
    """What a campaign will do. `plan` is None where there can be none just now: `stopped` says why.

    `at_once` says that it goes out as soon as it is approved, `seconds` how long it can still be called off where that
    is being counted down, `changed` what is no longer as it was when it was submitted last, `quiet` that its time is in
    quiet hours, so that it waits for their end.
    """

    campaign: CampaignSettings
    at: CampaignState
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
        return self.at.approval is not None and self.at.approval.state in OPEN_APPROVALS and not self.at.over

    def is_by(self, who: str) -> bool:
        """Whether this person submitted what waits, so that somebody else must decide."""
        return self.waits and self.at.approval is not None and self.at.approval.submitted_by == who


def review_campaign(project: ProjectView, campaign: CampaignSettings) -> CampaignReview:
    """What a campaign will do as it stands right now."""
    at = campaign_state(project, campaign)
    made: Plan | None = None
    stopped: BroadcasterError | None = None
    try:
        made = _present_plan(project, campaign, at)
    except BroadcasterError as error:
        stopped = error
    at_once = at.account.at_once if at.account is not None and at.approval is not None else campaign.as_soon_as_approved
    quiet = made is not None and starts_in_quiet_hours(
        project, campaign.audiences, at.approval, None if at_once else made.wall
    )
    changed = _changed_inputs(made, at)
    if made is not None and not changed:
        at = _without_changes(at)
    return CampaignReview(campaign, at, made, stopped, at_once, _seconds_left(at), changed, quiet)


def _without_changes(at: CampaignState) -> CampaignState:
    """The same where files have other bytes and the digest says that they mean what they meant."""
    account = at.account
    if account is None or not account.changed:
        return at
    fate, reason = (FateKind.GOES_OUT, "") if at.approved else (FateKind.WAITS, WaitingReason.TO_DECIDE)
    return replace(at, account=replace(account, fate=fate, reason=reason, changed=()))


def _present_plan(project: ProjectView, campaign: CampaignSettings, at: CampaignState) -> Plan:
    if at.approval is not None and at.approved and not at.over:
        # On the terms that were approved, or it would look as if it had been changed.
        return plan_campaign(project, campaign, at.approval.wall, terms_of_approval(at.approval), at.approval)
    return plan_submitted_or_next(project, campaign)


def _seconds_left(at: CampaignState) -> int:
    """The seconds until an approved one starts, while they are few; 0 when they are not, or none are left."""
    if at.approval is None or at.due is None or not at.approved or at.over:
        return 0
    left = (at.due - now()).total_seconds()
    return int(left) + 1 if 0 < left <= DESK_COUNTDOWN.total_seconds() else 0


def _changed_inputs(made: Plan | None, at: CampaignState) -> tuple[str, ...]:
    if made is None or at.approval is None or at.approval.digest == made.digest or at.over:
        return ()
    return tuple(digest.describe_differences(at.approval.inputs, made.inputs))
