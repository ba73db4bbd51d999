"""The send command: releases the campaign's due occurrence, or finds the broadcast that is already under way."""

from dataclasses import dataclass, replace

from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import ApprovalState, BroadcastState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.planning import approvals
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.services.access.permissions import Actor
from broadcaster.services.approving.validity import is_counting_down, valid_approval
from broadcaster.services.planning.schedule import NothingAheadError, nothing_ahead_error, record_occurrences
from broadcaster.services.planning.submission_terms import is_approved_by_rule
from broadcaster.services.project.project import Project, ProjectView, now
from broadcaster.services.sending.release import AlreadyReleasedError, Releaser, release_occurrence

UNDER_WAY = frozenset({BroadcastState.RELEASING, BroadcastState.SENDING, BroadcastState.PAUSED})


class NotApprovedError(BroadcasterError):
    """What would be sent is not approved."""

    code = "not-approved"


class NotDueYetError(BroadcasterError):
    """The approved time has not come."""

    code = "not-yet"
    default_remedy = "`broadcaster serve` sends it at its time. To send it now, submit it anew with --now."


@dataclass(frozen=True, slots=True)
class SendCommand:
    """Who sends now, by which runner; `crisis` is the reason to override quiet hours, if any."""

    by: Actor
    runner: str
    crisis: str = ""


def release_campaign(project: Project, campaign: CampaignSettings, command: SendCommand) -> Broadcast:
    """Return the campaign's broadcast under way, or else release its due occurrence.

    A second call returns the same broadcast, also once it was sent. A late occurrence that waits for a person is
    released, too. Raises NotApprovedError, NotDueYetError, and what `release_occurrence` raises.
    """
    if under_way := _under_way(project, campaign):
        return _apply_crisis(project, under_way[-1], command)
    try:
        occurrence, approval = _find_approved(project, campaign)
        return _release_approved(project, occurrence, approval, command)
    except (NotApprovedError, NotDueYetError, NothingAheadError, AlreadyReleasedError):
        # Another process may have released it meanwhile.
        if under_way := _under_way(project, campaign):
            return _apply_crisis(project, under_way[-1], command)
        if campaign.goes_out_once and (sent := _broadcasts_of(project, campaign)):
            return sent[0]
        raise


def _broadcasts_of(project: ProjectView, campaign: CampaignSettings) -> list[Broadcast]:
    with project.ledger.reading() as conn:
        return broadcasts.list_of_campaign(conn, campaign.name)


def _under_way(project: ProjectView, campaign: CampaignSettings) -> list[Broadcast]:
    return [broadcast for broadcast in _broadcasts_of(project, campaign) if broadcast.state in UNDER_WAY]


def _apply_crisis(project: Project, broadcast: Broadcast, word: SendCommand) -> Broadcast:
    """The broadcast, which overrides quiet hours from now on if the command names a crisis."""
    if not word.crisis or broadcast.crisis_reason:
        return broadcast
    by = word.by
    with project.ledger.writing() as conn:
        broadcasts.set_crisis(conn, broadcast.id, word.crisis)
        audit.record(conn, by, "crisis", broadcast.campaign, broadcast=broadcast.id, crisis=word.crisis)
    return replace(broadcast, crisis_reason=word.crisis)


def _find_approved(project: Project, campaign: CampaignSettings) -> tuple[Occurrence, Approval]:
    """The newest due occurrence that is approved, and its approval."""
    ahead = record_occurrences(project, campaign)
    if not ahead:
        raise nothing_ahead_error(project, campaign)
    moment = now()
    due = [occurrence for occurrence in ahead if occurrence.due_at <= moment]
    for occurrence in reversed(due):
        if approval := valid_approval(project, campaign, occurrence):
            if is_counting_down(approval, moment):
                raise NotDueYetError(f"{campaign.name} can still be called off; it starts within a minute or so.")
            return occurrence, approval
    if due:
        raise not_approved_error(project, campaign, due[-1])
    if valid_approval(project, campaign, ahead[0]) is None:
        raise not_approved_error(project, campaign, ahead[0])
    when = f"{ahead[0].wall:%A %d %B %Y, %H:%M} ({project.zone})"
    raise NotDueYetError(f"{campaign.name} is approved for {when}, not before.")


def _release_approved(project: Project, occurrence: Occurrence, approval: Approval, command: SendCommand) -> Broadcast:
    releaser = Releaser(command.runner, command.by, command.crisis or approval.crisis_reason)
    broadcast_id = release_occurrence(project, occurrence, approval, releaser)
    with project.ledger.reading() as conn:
        broadcast = broadcasts.get(conn, broadcast_id)
    if broadcast is None:
        raise LookupError("a broadcast that was just released is not in the ledger")
    return broadcast


def not_approved_error(project: ProjectView, campaign: CampaignSettings, occurrence: Occurrence) -> NotApprovedError:
    """The error for an occurrence that is not approved: why not, and who can change that."""
    with project.ledger.reading() as conn:
        latest = approvals.latest_for_occurrence(
            conn, campaign.name, None if is_approved_by_rule(campaign) else occurrence.wall
        )
        newest = approvals.latest_for_campaign(conn, campaign.name)
    when = f"{campaign.name} of {occurrence.wall:%Y-%m-%d %H:%M}"
    submit = f"broadcaster submit {campaign.name} --by PERSON"
    if latest is None and campaign.goes_out_once and newest and newest.wall and newest.state is ApprovalState.APPROVED:
        return NotApprovedError(
            f"{when} has not been submitted: what {newest.decided_by} approved was for {newest.wall:%Y-%m-%d %H:%M}, "
            "and the time was moved since.",
            remedy=f"An author submits it for its new time: {submit}",
        )
    if latest is None:
        return NotApprovedError(f"{when} has not been submitted.", remedy=f"An author submits it: {submit}")
    if latest.state is ApprovalState.SUBMITTED:
        return NotApprovedError(
            f"{when} was submitted by {latest.submitted_by} and waits for a second person.",
            remedy=f"broadcaster approve {campaign.name} --by PERSON --digest {latest.digest[:12]}",
        )
    if latest.state is ApprovalState.REJECTED:
        return NotApprovedError(
            f"{when} was rejected by {latest.decided_by}: {latest.note or 'no reason given'}.",
            remedy=f"Mend it, then submit it again: {submit}",
        )
    return NotApprovedError(
        f"{when} was changed after it was submitted, so its approval no longer holds.",
        remedy=f"Look at it again with `broadcaster plan {campaign.name}`, then submit it again: {submit}",
    )
