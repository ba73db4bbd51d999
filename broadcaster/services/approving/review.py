"""Where a campaign stands: its next occurrence, its latest approval, its broadcast; and what it will do from there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from broadcaster.config import Campaign
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.fates import Fate, Waiting
from broadcaster.domain.states import OPEN_APPROVALS, ApprovalState
from broadcaster.ledger import approvals, audit, broadcasts
from broadcaster.ledger.approvals import Approval
from broadcaster.ledger.audit import Written
from broadcaster.ledger.broadcasts import Broadcast
from broadcaster.ledger.occurrences import Occurrence
from broadcaster.services.approving.desk_approval import COUNTDOWN
from broadcaster.services.approving.occurrence_fates import Account, accounts_of, called_off_by
from broadcaster.services.planning import digest
from broadcaster.services.planning.plan import Plan, plan, plan_ahead
from broadcaster.services.planning.quiet_start import starts_in_quiet_hours
from broadcaster.services.planning.schedule import by_rule, upcoming_or_recorded
from broadcaster.services.planning.terms import terms_of
from broadcaster.services.project.project import ProjectView, now


@dataclass(frozen=True, slots=True)
class Standing:
    """`account` is what becomes of the occurrence that matters now, None where nothing lies ahead or waits; `planned`
    the next time that config.yaml has; `newest` what was submitted last, whatever became of it, and `called_off` the
    log's entry where somebody called that off; `over` says that nothing is left to decide: a campaign with one time
    went out.
    """

    account: Account | None
    planned: Occurrence | None
    newest: Approval | None
    broadcast: Broadcast | None
    over: bool
    called_off: Written | None = None

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
        return terms_of(self.newest).at_once

    @property
    def asked_in_crisis(self) -> str:
        """The reason for a crisis that was given with what was submitted last, and did not go out."""
        return self.newest.crisis_reason if self.newest is not None and not self.over else ""


def standing(view: ProjectView, campaign: Campaign) -> Standing:
    """Where a campaign stands right now."""
    found = accounts_of(view, campaign.name).accounts
    planned = next((one for one in upcoming_or_recorded(view, campaign) if by_rule(view, campaign, one.wall)), None)
    with view.ledger.reading() as conn:
        newest = approvals.newest(conn, campaign.name)
        sent = broadcasts.of_campaign(conn, campaign.name, limit=1)
        over = campaign.goes_out_once and broadcasts.is_sent(conn, campaign.name)
        is_off = newest is not None and not over and called_off_by(newest)
        called_off = audit.newest(conn, campaign.name, "call-off") if is_off else None
    account = None if over else _that_matters(found, newest)
    return Standing(account, planned, newest, sent[0] if sent else None, over, called_off)


def _that_matters(found: Sequence[Account], newest: Approval | None) -> Account | None:
    """The account of what was submitted last; else the first one."""
    of_newest = (
        one for one in found if newest is not None and one.approval is not None and one.approval.id == newest.id
    )
    return next(of_newest, found[0] if found else None)


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
        return self.at.approval is not None and self.at.approval.state in OPEN_APPROVALS and not self.at.over

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
    at_once = at.account.at_once if at.account is not None and at.approval is not None else campaign.as_soon_as_approved
    quiet = made is not None and starts_in_quiet_hours(
        project, campaign.audiences, at.approval, None if at_once else made.wall
    )
    changed = _changed(made, at)
    if made is not None and not changed:
        at = _unchanged(at)
    return Review(campaign, at, made, stopped, at_once, _seconds_left(at), changed, quiet)


def _unchanged(at: Standing) -> Standing:
    """The same where files have other bytes and the digest says that they mean what they meant."""
    account = at.account
    if account is None or not account.changed:
        return at
    fate, reason = (Fate.GOES_OUT, "") if at.approved else (Fate.WAITS, Waiting.TO_DECIDE)
    return replace(at, account=replace(account, fate=fate, reason=reason, changed=()))


def _plan(project: ProjectView, campaign: Campaign, at: Standing) -> Plan:
    if at.approval is not None and at.approved and not at.over:
        # On the terms that were approved, or it would look as if it had been changed.
        return plan(project, campaign, at.approval.wall, terms_of(at.approval), at.approval)
    return plan_ahead(project, campaign)


def _seconds_left(at: Standing) -> int:
    """The seconds until an approved one starts, while they are few; 0 when they are not, or none are left."""
    if at.approval is None or at.due is None or not at.approved or at.over:
        return 0
    left = (at.due - now()).total_seconds()
    return int(left) + 1 if 0 < left <= COUNTDOWN.total_seconds() else 0


def _changed(made: Plan | None, at: Standing) -> tuple[str, ...]:
    if made is None or at.approval is None or at.approval.digest == made.digest or at.over:
        return ()
    return tuple(digest.differences(at.approval.inputs, made.inputs))
