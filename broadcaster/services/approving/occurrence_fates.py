"""What becomes of each occurrence: every one that is upcoming, and every one that somebody submitted or approved.

Status, Home, the campaign's page and the self-check of `serve` all ask here. Nothing is written, and neither letters
nor rosters are loaded. A fate that cannot be found is an alarm (`FateKind.UNKNOWN`): an approved letter must never just
be gone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time import walltime
from broadcaster.domain.occurrence_fates import ALARMING_REASONS, FateKind, SkipReason, WaitingReason
from broadcaster.domain.states import ApprovalState, BroadcastState, OccurrenceState
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger import Connection, runner_processes
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.planning import approvals, occurrences
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.services.approving.validity import (
    is_valid_approval,
    rule_submission,
    start_time,
    valid_approval_in_transaction,
)
from broadcaster.services.planning.schedule import is_superseded, upcoming_in_transaction
from broadcaster.services.planning.submission_terms import is_approved_by_rule, terms_of_approval
from broadcaster.services.planning.submitted_files import changes_since_submission
from broadcaster.services.project.project import ProjectView, now

OVERDUE_AFTER = timedelta(minutes=10)
"""How long after its time an approved occurrence may still be planned before something is wrong."""


@dataclass(frozen=True, slots=True)
class OccurrenceFate:
    """What becomes of one occurrence. `wall` is None for what was submitted as a rule.

    `at` is when it goes out (`goes-out`), `reason` what it waits for or why it was skipped, `changed` what is no longer
    as it was when it was submitted. `approval` is the last one submitted for it, and `by` who rejected it or called it
    off, also where it waits to be submitted again since.
    """

    campaign: str
    wall: datetime | None
    fate: FateKind
    reason: str = ""
    at: datetime | None = None
    by: str = ""
    changed: tuple[str, ...] = ()
    approval: Approval | None = None
    occurrence: Occurrence | None = None
    broadcast: Broadcast | None = None

    @property
    def is_alarm(self) -> bool:
        """Whether it was approved and is not on a way that somebody meant."""
        approved = self.approval is not None and self.approval.state is ApprovalState.APPROVED
        return self.fate is FateKind.UNKNOWN or (
            approved and self.fate is FateKind.WAITS and self.reason in ALARMING_REASONS
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to happen and nobody need do anything."""
        return self.fate in _SETTLED_FATES

    @property
    def at_once(self) -> bool:
        """Whether it was submitted to go out as soon as it is approved."""
        return self.approval is not None and terms_of_approval(self.approval).at_once

    @property
    def submitted_by(self) -> str:
        return self.approval.submitted_by if self.approval is not None else ""

    @property
    def must_be_submitted_again(self) -> bool:
        return self.fate is FateKind.WAITS and self.reason in _SUBMIT_AGAIN_REASONS


_SETTLED_FATES = frozenset({FateKind.OUT, FateKind.CANCELLED, FateKind.CALLED_OFF, FateKind.SKIPPED, FateKind.REPLACED})
_SUBMIT_AGAIN_REASONS = frozenset(
    {
        WaitingReason.REJECTED,
        WaitingReason.CHANGED,
        WaitingReason.CHANGED_SINCE_APPROVAL,
        WaitingReason.TIME_MOVED,
        WaitingReason.LATE,
        WaitingReason.TOO_MANY,
        WaitingReason.PROBLEMS,
        WaitingReason.SIGNATURE,
        WaitingReason.AUDIT_ALTERED,
        WaitingReason.CALLED_OFF,
    }
)
_FATE_BY_BROADCAST_STATE = {
    BroadcastState.RELEASING: FateKind.ON_ITS_WAY,
    BroadcastState.SENDING: FateKind.ON_ITS_WAY,
    BroadcastState.PAUSED: FateKind.ON_ITS_WAY,
    BroadcastState.FINISHED: FateKind.OUT,
    BroadcastState.CANCELLED: FateKind.CANCELLED,
}
_TURNED_DOWN = frozenset({ApprovalState.VOID, ApprovalState.REJECTED})
_INTENDED_SKIP_REASONS = frozenset(SkipReason) - {SkipReason.TIME_MOVED}


@dataclass(frozen=True, slots=True)
class CampaignFault:
    """A campaign of which something unforeseen, or wrong, keeps us from saying what lies ahead."""

    campaign: str
    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class FateOverview:
    """`accounts` are the unsettled fates, earliest first; `faults` are campaigns that cannot be looked through."""

    accounts: tuple[OccurrenceFate, ...]
    faults: tuple[CampaignFault, ...]

    @property
    def alarms(self) -> tuple[OccurrenceFate, ...]:
        return tuple(one for one in self.accounts if one.is_alarm)


def list_fates(view: ProjectView, moment: datetime | None = None) -> FateOverview:
    """What becomes of everything that is not settled yet, at a moment (UTC, now by default)."""
    with view.ledger.reading() as conn:
        finder = _FateFinder(conn, view, moment or now())
        return finder.overview(view.settings.campaigns.values(), approvals.list_current(conn))


def list_campaign_fates(view: ProjectView, campaign: str, moment: datetime | None = None) -> FateOverview:
    """The same of one campaign, whether or not it still stands in config.yaml."""
    configured = [view.settings.campaigns[campaign]] if campaign in view.settings.campaigns else []
    with view.ledger.reading() as conn:
        finder = _FateFinder(conn, view, moment or now())
        return finder.overview(configured, approvals.list_current(conn, campaign))


def find_occurrence_fate(
    view: ProjectView, campaign: str, wall: datetime | None, moment: datetime | None = None
) -> OccurrenceFate:
    """What becomes of one occurrence that was submitted once, settled or not; of what never was, `unknown`."""
    with view.ledger.reading() as conn:
        approval = approvals.latest_for_occurrence(conn, campaign, wall)
        if approval is None:
            return OccurrenceFate(campaign, wall, FateKind.UNKNOWN)
        return _FateFinder(conn, view, moment or now()).of_submission(approval)


def called_off_by(approval: Approval) -> str:
    """Who called it off; "" where nobody did."""
    before, _, by = approval.note.partition("called off by ")
    return by if approval.state is ApprovalState.VOID and not before else ""


def _waits(fate: OccurrenceFate, reason: str) -> OccurrenceFate:
    return replace(fate, fate=FateKind.WAITS, reason=reason)


class _FateFinder:
    """The ledger and config.yaml at one moment, from which each fate is found."""

    def __init__(self, conn: Connection, view: ProjectView, moment: datetime) -> None:
        self._conn = conn
        self._view = view
        self._moment = moment
        self._faults: dict[str, CampaignFault] = {}
        self._upcoming_by_campaign: dict[str, list[Occurrence]] = {}

    def overview(self, campaigns: Iterable[CampaignSettings], submitted: Iterable[Approval]) -> FateOverview:
        """What is not settled of all that is upcoming of these campaigns, and of all that was submitted."""
        fates: dict[tuple[str, datetime | None], OccurrenceFate] = {}
        for campaign in campaigns:
            for occurrence in self._upcoming(campaign):
                fates[campaign.name, occurrence.wall] = self._of_upcoming(campaign, occurrence)
        for approval in submitted:
            if (approval.campaign, approval.wall) not in fates:
                fates[approval.campaign, approval.wall] = self.of_submission(approval)
        unsettled = (fate for fate in fates.values() if not fate.is_settled)
        return FateOverview(tuple(sorted(unsettled, key=self._sort_time)), tuple(self._faults.values()))

    def of_submission(self, approval: Approval) -> OccurrenceFate:  # noqa: PLR0911 (one way out for each fate)
        """What becomes of what was submitted, wherever its occurrence stands."""
        campaign = self._view.settings.campaigns.get(approval.campaign)
        occurrence = occurrences.get(self._conn, approval.campaign, approval.wall) if approval.wall else None
        if campaign is not None and occurrence is not None and self._is_upcoming(campaign, occurrence):
            return self._of_upcoming(campaign, occurrence)
        fate = self._of_broadcast(approval, occurrence)
        if fate.broadcast is not None:
            return fate
        if approval.state in _TURNED_DOWN:
            return self._turned_down(fate, approval, campaign)
        if campaign is None:
            return _waits(fate, WaitingReason.CAMPAIGN_MISSING)
        if approval.wall is None:
            return self._of_rule(fate, approval, campaign)
        if occurrence is None or occurrence.state is OccurrenceState.RELEASED:
            return fate
        return self._not_upcoming(fate, approval, campaign, occurrence)

    # What is upcoming

    def _upcoming(self, campaign: CampaignSettings) -> list[Occurrence]:
        """What is upcoming of a campaign; where that cannot be found, what is recorded, and a fault is noted."""
        if campaign.name not in self._upcoming_by_campaign:
            try:
                ahead = upcoming_in_transaction(self._conn, self._view, campaign, self._moment)
            except Exception as error:
                known = error if isinstance(error, BroadcasterError) else unforeseen_error(error)
                self._faults[campaign.name] = CampaignFault(campaign.name, known.code, known.message, known.remedy)
                ahead = occurrences.list_unsettled(self._conn, campaign.name)
            self._upcoming_by_campaign[campaign.name] = [
                occurrence for occurrence in ahead if not is_superseded(self._conn, campaign, occurrence)
            ]
        return self._upcoming_by_campaign[campaign.name]

    def _is_upcoming(self, campaign: CampaignSettings, occurrence: Occurrence) -> bool:
        return any(upcoming.wall == occurrence.wall for upcoming in self._upcoming(campaign))

    def _of_upcoming(self, campaign: CampaignSettings, occurrence: Occurrence) -> OccurrenceFate:
        valid = self._valid_approval(campaign, occurrence)
        if valid is not None:
            return self._approved(campaign, occurrence, valid)
        approval = self._last_submission(campaign, occurrence)
        fate = self._of_broadcast(approval, occurrence)
        if fate.broadcast is not None:
            return fate
        if approval is None:
            return self._unsubmitted(fate, occurrence)
        if approval.state is ApprovalState.SUBMITTED:
            return self._undecided(fate, approval, campaign)
        if approval.state is ApprovalState.APPROVED:
            return _waits(replace(fate, at=start_time(occurrence, approval)), WaitingReason.SIGNATURE)
        turned_down = self._turned_down(fate, approval, campaign)
        unsubmitted = self._unsubmitted(replace(fate, approval=None, by=turned_down.by), occurrence)
        return unsubmitted if turned_down.is_settled else turned_down

    def _valid_approval(self, campaign: CampaignSettings, occurrence: Occurrence) -> Approval | None:
        if campaign.name not in self._faults:
            return valid_approval_in_transaction(self._conn, self._view, campaign, occurrence)
        # Whether a rule that cannot be walked has this time, nobody knows: what was approved last counts.
        approval = self._last_submission(campaign, occurrence)
        return approval if approval and is_valid_approval(self._conn, self._view, approval) else None

    def _last_submission(self, campaign: CampaignSettings, occurrence: Occurrence) -> Approval | None:
        own = approvals.latest_for_occurrence(self._conn, campaign.name, occurrence.wall)
        return own or rule_submission(self._conn, campaign, occurrence)

    def _approved(self, campaign: CampaignSettings, occurrence: Occurrence, approval: Approval) -> OccurrenceFate:
        fate = self._of_broadcast(approval, occurrence)
        if fate.broadcast is not None:
            return fate
        at = start_time(occurrence, approval)
        fate = replace(fate, at=at)
        if changed := changes_since_submission(self._view, campaign, approval):
            return replace(_waits(fate, WaitingReason.CHANGED_SINCE_APPROVAL), changed=changed)
        if obstacle := self._obstacle(campaign, occurrence, at):
            return _waits(fate, obstacle)
        return replace(fate, fate=FateKind.GOES_OUT)

    def _unsubmitted(self, fate: OccurrenceFate, occurrence: Occurrence) -> OccurrenceFate:
        is_due = occurrence.due_at <= self._moment
        return _waits(fate, WaitingReason.NOT_SUBMITTED if is_due else WaitingReason.TO_SUBMIT)

    def _undecided(self, fate: OccurrenceFate, approval: Approval, campaign: CampaignSettings) -> OccurrenceFate:
        if changed := changes_since_submission(self._view, campaign, approval):
            return replace(_waits(fate, WaitingReason.CHANGED), changed=changed)
        is_due = fate.occurrence is not None and fate.occurrence.due_at <= self._moment and not fate.at_once
        return _waits(fate, WaitingReason.NOT_APPROVED if is_due else WaitingReason.TO_DECIDE)

    def _obstacle(self, campaign: CampaignSettings, occurrence: Occurrence, at: datetime) -> str:
        """Why an occurrence does not go out at its time though its approval is valid; "" where it does."""
        if campaign.name in self._faults:
            return WaitingReason.UNFORESEEN
        if occurrence.state is OccurrenceState.WAITING and occurrence.reason != WaitingReason.NOT_APPROVED:
            return occurrence.reason
        return WaitingReason.NO_SENDER if at + OVERDUE_AFTER < self._moment else ""

    # What is not

    def _of_broadcast(self, approval: Approval | None, occurrence: Occurrence | None) -> OccurrenceFate:
        """The fate of the occurrence's broadcast; unknown where there is none."""
        broadcast = broadcasts.get_of_occurrence(self._conn, occurrence.id) if occurrence and occurrence.id else None
        if broadcast is not None and broadcast.state is BroadcastState.RELEASING and not self._is_releasing(broadcast):
            broadcast = None  # half made by a process that is gone: nobody has anything of it, and it is made again
        return OccurrenceFate(
            campaign=occurrence.campaign if occurrence else approval.campaign if approval else "",
            wall=occurrence.wall if occurrence else None,
            fate=_FATE_BY_BROADCAST_STATE[broadcast.state] if broadcast is not None else FateKind.UNKNOWN,
            approval=approval,
            occurrence=occurrence,
            broadcast=broadcast,
        )

    def _is_releasing(self, broadcast: Broadcast) -> bool:
        """Whether the process that makes it is alive."""
        return broadcast.id in runner_processes.list_releasing(self._conn)

    def _turned_down(
        self, fate: OccurrenceFate, approval: Approval, campaign: CampaignSettings | None
    ) -> OccurrenceFate:
        """Rejected or void: called off by a person, or no longer what was signed. Its author must act until the
        campaign is submitted again, sent, or taken out.
        """
        if by := called_off_by(approval):
            return replace(fate, fate=FateKind.CALLED_OFF, by=by)
        if campaign is None or self._is_replaced(approval) or self._is_sent(campaign):
            return replace(fate, fate=FateKind.REPLACED)
        if approval.state is ApprovalState.REJECTED:
            return replace(_waits(fate, WaitingReason.REJECTED), by=approval.decided_by or "")
        return _waits(fate, approval.note if approval.note in set(WaitingReason) else WaitingReason.CHANGED)

    def _of_rule(self, fate: OccurrenceFate, approval: Approval, campaign: CampaignSettings) -> OccurrenceFate:
        """What becomes of a rule that was submitted. Each occurrence that it covers has a fate of its own."""
        if not is_approved_by_rule(campaign):
            return _waits(fate, WaitingReason.CHANGED_SINCE_APPROVAL)
        today = walltime.local(self._moment, self._view.zone).date()
        if approval.until is not None and approval.until < today:
            return replace(fate, fate=FateKind.OUT)
        if approval.state is not ApprovalState.APPROVED:
            return self._undecided(fate, approval, campaign)
        if campaign.name in self._faults:
            return _waits(fate, WaitingReason.UNFORESEEN)
        return replace(fate, fate=FateKind.OUT)

    def _not_upcoming(
        self, fate: OccurrenceFate, approval: Approval, campaign: CampaignSettings, occurrence: Occurrence
    ) -> OccurrenceFate:
        """What becomes of an occurrence that is not upcoming any more and never became a broadcast."""
        if self._was_sent_before(campaign, approval):
            # It was approved though its campaign had gone out before: only a person can say what was meant by that.
            return _waits(fate, WaitingReason.CHANGED_SINCE_APPROVAL)
        if occurrence.state is OccurrenceState.SKIPPED and occurrence.reason in _INTENDED_SKIP_REASONS:
            return replace(fate, fate=FateKind.SKIPPED, reason=occurrence.reason)
        if self._is_sent(campaign):
            return replace(fate, fate=FateKind.SKIPPED, reason=SkipReason.SENT_BEFORE)
        if approvals.is_replaced(self._conn, approval):
            return replace(fate, fate=FateKind.REPLACED)
        if occurrence.state is OccurrenceState.SKIPPED and occurrence.reason != SkipReason.TIME_MOVED:
            return fate
        return _waits(fate, WaitingReason.TIME_MOVED)

    def _is_replaced(self, approval: Approval) -> bool:
        newest = approvals.latest_for_campaign(self._conn, approval.campaign)
        return newest is not None and newest.id != approval.id

    def _is_sent(self, campaign: CampaignSettings) -> bool:
        return campaign.goes_out_once and broadcasts.has_campaign_sent(self._conn, campaign.name)

    def _was_sent_before(self, campaign: CampaignSettings, approval: Approval) -> bool:
        """Whether a campaign that goes out once had gone out when this was submitted: it was a rule then."""
        if not self._is_sent(campaign) or approval.state is not ApprovalState.APPROVED:
            return False
        sent = broadcasts.list_of_campaign(self._conn, campaign.name)
        return all(broadcast.released_at < approval.submitted_at for broadcast in sent)

    def _sort_time(self, fate: OccurrenceFate) -> datetime:
        if fate.occurrence is not None:
            return fate.occurrence.due_at
        return fate.approval.submitted_at if fate.approval is not None else self._moment
