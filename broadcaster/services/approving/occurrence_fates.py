"""What becomes of each occurrence: every one that lies ahead, and every one that somebody submitted or approved.

Status, Home, the campaign's page and the self-check of `serve` all ask here. Nothing is written, and neither letters
nor rosters are loaded. What cannot be told is an alarm (`Fate.UNKNOWN`): an approved letter must never just be gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time import walltime
from broadcaster.domain.occurrence_fates import ALARMING_REASONS, FateKind, SkipReason, WaitingReason
from broadcaster.domain.states import ApprovalState, BroadcastState, OccurrenceState
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger import Connection, runners
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.planning import approvals, occurrences
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.services.approving.signatures import is_valid_approval
from broadcaster.services.planning.schedule import is_superseded, upcoming_in_transaction
from broadcaster.services.planning.submitted_files import changes_since_submission
from broadcaster.services.planning.terms import is_approved_by_rule, terms_of_approval
from broadcaster.services.project.project import ProjectView, now

OVERDUE_AFTER = timedelta(minutes=10)
"""How long after its time an approved occurrence may still be planned before something is wrong."""


OccurrenceKey = tuple[str, datetime | None]
"""A campaign and the wall time of an occurrence; None for all that a rule covers."""


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
    """`list_fates` are those that are not settled, earliest first; `faults` campaigns that cannot be looked through."""

    accounts: tuple[OccurrenceFate, ...]
    faults: tuple[CampaignFault, ...]

    @property
    def alarms(self) -> tuple[OccurrenceFate, ...]:
        return tuple(one for one in self.accounts if one.is_alarm)


def list_fates(view: ProjectView, moment: datetime | None = None) -> FateOverview:
    """What becomes of everything that is not settled yet, at a moment (UTC, now by default)."""
    with view.ledger.reading() as conn:
        return _FateFinder(conn, view, moment or now()).all(approvals.list_current(conn))


def list_campaign_fates(view: ProjectView, campaign: str, moment: datetime | None = None) -> FateOverview:
    """The same of one campaign, whether or not it still stands in config.yaml."""
    with view.ledger.reading() as conn:
        return _FateFinder(conn, view, moment or now(), only=campaign).all(approvals.list_current(conn, campaign))


def find_occurrence_fate(
    view: ProjectView, campaign: str, wall: datetime | None, moment: datetime | None = None
) -> OccurrenceFate:
    """What becomes of one occurrence that was submitted once, settled or not; of what never was, `unknown`."""
    with view.ledger.reading() as conn:
        approval = approvals.latest_for_occurrence(conn, campaign, wall)
        if approval is None:
            return OccurrenceFate(campaign, wall, FateKind.UNKNOWN)
        return _FateFinder(conn, view, moment or now()).account(approval)


def called_off_by(approval: Approval) -> str:
    """Who called it off; "" where nobody did."""
    before, _, by = approval.note.partition("called off by ")
    return by if approval.state is ApprovalState.VOID and not before else ""


class _FateFinder:
    """One moment of the ledger and of config.yaml, from which every account is made."""

    def __init__(self, conn: Connection, view: ProjectView, moment: datetime, only: str | None = None) -> None:
        self._conn = conn
        self._view = view
        self._moment = moment
        self._only = only
        self._faults: dict[str, CampaignFault] = {}
        self._upcoming: dict[str, list[Occurrence]] = {}

    def all(self, last_submitted: Sequence[Approval]) -> FateOverview:
        submitted = {(one.campaign, one.wall): one for one in last_submitted}
        found: dict[OccurrenceKey, OccurrenceFate] = {}
        for campaign in self._view.settings.campaigns.values():
            if self._only not in (None, campaign.name):
                continue
            for occurrence in self._ahead(campaign):
                key: OccurrenceKey = (campaign.name, occurrence.wall)
                own = submitted.get(key) or self._rule_for(campaign, occurrence, submitted)
                found[key] = self._of(campaign, occurrence, own)
        for key, approval in submitted.items():
            if key not in found:
                found[key] = self.account(approval)
        open_ones = (one for one in found.values() if not one.is_settled)
        return FateOverview(tuple(sorted(open_ones, key=self._when)), tuple(self._faults.values()))

    def account(self, approval: Approval) -> OccurrenceFate:  # noqa: PLR0911 (one way out for each fate)
        """Of what was submitted, wherever its occurrence stands."""
        campaign = self._view.settings.campaigns.get(approval.campaign)
        occurrence = occurrences.get(self._conn, approval.campaign, approval.wall) if approval.wall else None
        if campaign is not None and occurrence is not None and self._is_ahead(campaign, occurrence):
            return self._of(campaign, occurrence, approval)
        found = self._begun(approval, occurrence)
        if found.broadcast is not None:
            return found
        if approval.state in (ApprovalState.VOID, ApprovalState.REJECTED):
            return self._turned_down(found, campaign)
        if campaign is None:
            return replace(found, fate=FateKind.WAITS, reason=WaitingReason.CAMPAIGN_MISSING)
        if approval.wall is None:
            return self._rule(campaign, found)
        if occurrence is None or occurrence.state is OccurrenceState.RELEASED:
            return found
        return self._left_out(campaign, found, occurrence)

    def _ahead(self, campaign: CampaignSettings) -> list[Occurrence]:
        """What lies ahead of a campaign or waits; where its rule cannot be walked, what is recorded, and a fault."""
        if campaign.name not in self._upcoming:
            try:
                found = upcoming_in_transaction(self._conn, self._view, campaign, self._moment)
            except Exception as error:
                known = error if isinstance(error, BroadcasterError) else unforeseen_error(error)
                self._faults[campaign.name] = CampaignFault(campaign.name, known.code, known.message, known.remedy)
                found = occurrences.list_unsettled(self._conn, campaign.name)
            self._upcoming[campaign.name] = [one for one in found if not is_superseded(self._conn, campaign, one)]
        return self._upcoming[campaign.name]

    def _is_ahead(self, campaign: CampaignSettings, occurrence: Occurrence) -> bool:
        return any(one.wall == occurrence.wall for one in self._ahead(campaign))

    def _rule_for(
        self, campaign: CampaignSettings, occurrence: Occurrence, submitted: Mapping[OccurrenceKey, Approval]
    ) -> Approval | None:
        rule = submitted.get((campaign.name, None)) if is_approved_by_rule(campaign) else None
        covers = rule is not None and (rule.until is None or occurrence.wall.date() <= rule.until)
        return rule if covers else None

    def _begun(self, approval: Approval | None, occurrence: Occurrence | None) -> OccurrenceFate:
        """An account with what there is; its fate is that of the broadcast, and unknown where there is none."""
        broadcast = (
            broadcasts.get_of_occurrence(self._conn, occurrence.id)
            if occurrence is not None and occurrence.id
            else None
        )
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
        """Whether the process lives that makes it."""
        return broadcast.id in runners.list_releasing(self._conn)

    def _of(self, campaign: CampaignSettings, occurrence: Occurrence, approval: Approval | None) -> OccurrenceFate:
        """Of an occurrence that lies ahead or waits."""
        found = self._begun(approval, occurrence)
        if found.broadcast is not None:
            return found
        if approval is not None and approval.state in (ApprovalState.VOID, ApprovalState.REJECTED):
            turned_down = self._turned_down(found, campaign)
            if turned_down.is_settled:
                return self._unsubmitted(replace(found, approval=None, by=turned_down.by))
            return turned_down
        if approval is None:
            return self._unsubmitted(found)
        if approval.state is ApprovalState.SUBMITTED:
            return self._to_decide(campaign, found)
        return self._approved(campaign, replace(found, at=self._start(occurrence, approval)))

    def _start(self, occurrence: Occurrence, approval: Approval) -> datetime:
        return max(occurrence.due_at, approval.not_before or occurrence.due_at)

    def _unsubmitted(self, found: OccurrenceFate) -> OccurrenceFate:
        due = found.occurrence is not None and found.occurrence.due_at <= self._moment
        return replace(
            found, fate=FateKind.WAITS, reason=WaitingReason.NOT_SUBMITTED if due else WaitingReason.TO_SUBMIT
        )

    def _to_decide(self, campaign: CampaignSettings, found: OccurrenceFate) -> OccurrenceFate:
        if found.approval is not None and (changed := changes_since_submission(self._view, campaign, found.approval)):
            return replace(found, fate=FateKind.WAITS, reason=WaitingReason.CHANGED, changed=changed)
        due = found.occurrence is not None and found.occurrence.due_at <= self._moment and not found.at_once
        return replace(
            found, fate=FateKind.WAITS, reason=WaitingReason.NOT_APPROVED if due else WaitingReason.TO_DECIDE
        )

    def _approved(self, campaign: CampaignSettings, found: OccurrenceFate) -> OccurrenceFate:
        approval, occurrence, at = found.approval, found.occurrence, found.at
        if approval is None or occurrence is None or at is None:
            return found
        if not is_valid_approval(self._view, approval):
            return replace(found, fate=FateKind.WAITS, reason=WaitingReason.SIGNATURE)
        if changed := changes_since_submission(self._view, campaign, approval):
            return replace(found, fate=FateKind.WAITS, reason=WaitingReason.CHANGED_SINCE_APPROVAL, changed=changed)
        if reason := self._held_up(campaign, occurrence, at):
            return replace(found, fate=FateKind.WAITS, reason=reason)
        return replace(found, fate=FateKind.GOES_OUT)

    def _held_up(self, campaign: CampaignSettings, occurrence: Occurrence, at: datetime) -> str:
        """What keeps an occurrence whose approval stands from going out at its time; "" where nothing does."""
        if campaign.name in self._faults:
            return WaitingReason.UNFORESEEN
        if occurrence.state is OccurrenceState.WAITING and occurrence.reason != WaitingReason.NOT_APPROVED:
            return occurrence.reason
        return WaitingReason.NO_SENDER if at + OVERDUE_AFTER < self._moment else ""

    def _turned_down(self, found: OccurrenceFate, campaign: CampaignSettings | None) -> OccurrenceFate:
        """Rejected, or void: called off by a person, or no longer what was signed. It stays with its author until the
        campaign is submitted again, sent, or taken out.
        """
        approval = found.approval
        if approval is None:
            return found
        if by := called_off_by(approval):
            return replace(found, fate=FateKind.CALLED_OFF, by=by)
        if campaign is None or self._is_replaced(approval) or self._is_sent(campaign):
            return replace(found, fate=FateKind.REPLACED)
        if approval.state is ApprovalState.REJECTED:
            return replace(found, fate=FateKind.WAITS, reason=WaitingReason.REJECTED, by=approval.decided_by or "")
        reason = approval.note if approval.note in set(WaitingReason) else WaitingReason.CHANGED
        return replace(found, fate=FateKind.WAITS, reason=reason)

    def _rule(self, campaign: CampaignSettings, found: OccurrenceFate) -> OccurrenceFate:
        """Of what was submitted as a rule. Each occurrence that it covers has an account of its own."""
        approval = found.approval
        if approval is None or not is_approved_by_rule(campaign):
            return replace(found, fate=FateKind.WAITS, reason=WaitingReason.CHANGED_SINCE_APPROVAL)
        over = approval.until is not None and approval.until < walltime.local(self._moment, self._view.zone).date()
        approved = approval.state is ApprovalState.APPROVED
        if approved and not over and campaign.name in self._faults:
            return replace(found, fate=FateKind.WAITS, reason=WaitingReason.UNFORESEEN)
        if over or approved:
            return replace(found, fate=FateKind.OUT)
        return self._to_decide(campaign, found)

    def _left_out(self, campaign: CampaignSettings, found: OccurrenceFate, occurrence: Occurrence) -> OccurrenceFate:
        """Of an occurrence that does not lie ahead any more and never became a broadcast."""
        approval = found.approval
        if approval is not None and self._was_sent_before(campaign, approval):
            # It was approved though its campaign had gone out before: what was meant by that, only a person can say.
            return replace(found, fate=FateKind.WAITS, reason=WaitingReason.CHANGED_SINCE_APPROVAL)
        if occurrence.state is OccurrenceState.SKIPPED and occurrence.reason in _INTENDED_SKIP_REASONS:
            return replace(found, fate=FateKind.SKIPPED, reason=occurrence.reason)
        if self._is_sent(campaign):
            return replace(found, fate=FateKind.SKIPPED, reason=SkipReason.SENT_BEFORE)
        if approval is not None and approvals.is_replaced(self._conn, approval):
            return replace(found, fate=FateKind.REPLACED)
        if occurrence.state is OccurrenceState.SKIPPED and occurrence.reason != SkipReason.TIME_MOVED:
            return found
        return replace(found, fate=FateKind.WAITS, reason=WaitingReason.TIME_MOVED)

    def _is_replaced(self, approval: Approval) -> bool:
        newest = approvals.latest_for_campaign(self._conn, approval.campaign)
        return newest is not None and newest.id != approval.id

    def _is_sent(self, campaign: CampaignSettings) -> bool:
        return campaign.goes_out_once and broadcasts.has_campaign_sent(self._conn, campaign.name)

    def _was_sent_before(self, campaign: CampaignSettings, approval: Approval) -> bool:
        """Whether a campaign that goes out once had gone out already when this was submitted: it came again then."""
        if not self._is_sent(campaign) or approval.state is not ApprovalState.APPROVED:
            return False
        return all(
            one.released_at < approval.submitted_at for one in broadcasts.list_of_campaign(self._conn, campaign.name)
        )

    def _when(self, account: OccurrenceFate) -> datetime:
        if account.occurrence is not None:
            return account.occurrence.due_at
        return account.approval.submitted_at if account.approval is not None else self._moment
