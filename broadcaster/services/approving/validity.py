"""Whether an approval is valid, and what its times mean: countdown and grace. Neither letters nor rosters are read."""

from datetime import datetime

from broadcaster.config import CampaignSettings
from broadcaster.domain.states import ApprovalState
from broadcaster.ledger import Connection
from broadcaster.ledger.planning import approvals
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.services.planning.submission_terms import is_approved_by_rule, terms_of_approval
from broadcaster.services.planning.wall_times import is_configured_time
from broadcaster.services.project import approval_log
from broadcaster.services.project.project import ProjectView


def valid_approval(view: ProjectView, campaign: CampaignSettings, occurrence: Occurrence) -> Approval | None:
    """The approval under which an occurrence may go out: its own, or that of the rule that it is a time of."""
    with view.ledger.reading() as conn:
        return valid_approval_in_transaction(conn, view, campaign, occurrence)


def valid_approval_in_transaction(
    conn: Connection, view: ProjectView, campaign: CampaignSettings, occurrence: Occurrence
) -> Approval | None:
    """The same, in a transaction that is open."""
    own = approvals.latest_for_occurrence(conn, campaign.name, occurrence.wall)
    if own is not None and is_valid_approval(conn, view, own):
        return own
    # What was submitted to go out at once is no time of the rule, and needs an approval of its own.
    if not is_approved_by_rule(campaign) or not is_configured_time(view, campaign, occurrence.wall):
        return None
    rule = rule_submission(conn, campaign, occurrence)
    return rule if rule is not None and is_valid_approval(conn, view, rule) else None


def rule_submission(conn: Connection, campaign: CampaignSettings, occurrence: Occurrence) -> Approval | None:
    """What was submitted last for the campaign's rule, where its last day does not come before this occurrence."""
    rule = approvals.latest_for_occurrence(conn, campaign.name, None) if is_approved_by_rule(campaign) else None
    covers = rule is not None and (rule.until is None or occurrence.wall.date() <= rule.until)
    return rule if covers else None


def is_valid_approval(conn: Connection, view: ProjectView, approval: Approval) -> bool:
    """Whether a second person approved it, their signature verifies with the project's key, and the audit log does not
    say that it was taken back.
    """
    return (
        approval.state is ApprovalState.APPROVED
        and approval.decided_by is not None
        and approval.decided_by != approval.submitted_by
        and view.keyring.verify(
            decision_text(approval, approval.decided_by, ApprovalState.APPROVED), approval.signature
        )
        and approval_log.is_approved_in_log(conn, approval)
    )


def decision_text(approval: Approval, by: str, state: ApprovalState) -> bytes:
    """What the signature of a decision covers."""
    bounds = (approval.wall, approval.until, approval.at_most)
    parts = (approval.id, approval.campaign, approval.digest, approval.submitted_by, by, state.value, *map(str, bounds))
    crisis = ("crisis", approval.crisis_reason) if approval.crisis_reason else ()
    return "\0".join((*parts, *crisis)).encode()


def start_time(occurrence: Occurrence, approval: Approval) -> datetime:
    """When an approved occurrence starts: at its time, or when the countdown after its approval is over."""
    return max(occurrence.due_at, approval.not_before or occurrence.due_at)


def is_counting_down(approval: Approval, moment: datetime) -> bool:
    """Whether what was approved cannot start yet, so that it can still be called off."""
    return approval.not_before is not None and moment < approval.not_before


def is_late(campaign: CampaignSettings, due_at: datetime, approval: Approval | None, moment: datetime) -> bool:
    """Whether more than the campaign's grace has passed since it was to go out.

    Who approves within the grace, or what goes out as soon as it is approved, gets the whole grace from the end of the
    countdown on.
    """
    meant = due_at
    if approval is not None and approval.decided_at is not None:
        is_in_time = approval.decided_at <= due_at + campaign.grace
        if is_in_time or terms_of_approval(approval).at_once:
            meant = max(due_at, approval.decided_at, approval.not_before or due_at)
    return moment - meant > campaign.grace
