"""What becomes of an occurrence whose time has come: released, kept waiting for a person, or skipped."""

from datetime import datetime

from broadcaster.config import Campaign, IfLate
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import OccurrenceState
from broadcaster.ledger import approvals, occurrences
from broadcaster.ledger.approvals import Approval
from broadcaster.ledger.occurrences import Occurrence
from broadcaster.services import digest
from broadcaster.services.approve import holds
from broadcaster.services.insist import OUT_OF_REACH
from broadcaster.services.project import Project, ProjectView, now
from broadcaster.services.release import AlreadyReleasedError, release
from broadcaster.services.schedule import UNSETTLED, record_occurrences

NOT_APPROVED = "not-approved"
LATE = "late"
OVERTAKEN = "overtaken"


def tick(project: Project, runner: str) -> list[str]:
    """Write down what the rules bring, and release what is due and approved; the ids of the new broadcasts.

    Of several missed occurrences of a campaign the newest follows its `if_late`; the older ones are skipped.
    """
    moment = now()
    released: list[str] = []
    for campaign in project.settings.campaigns.values():
        record_occurrences(project, campaign, moment)
        due = _due(project, campaign, moment)
        if not due:
            continue
        # An approved one counts before a newer one that nobody has approved: what was submitted with --now is not
        # overtaken by the campaign's own time, which comes a minute later.
        newest = next((one for one in reversed(due) if approval_of(project, campaign, one)), due[-1])
        for older in due:
            if older.wall < newest.wall:
                _mark(project, older, OccurrenceState.SKIPPED, OVERTAKEN)
        broadcast_id = _fire(project, campaign, newest, runner, moment)
        released += [broadcast_id] if broadcast_id else []
    return released


def approval_of(project: ProjectView, campaign: Campaign, occurrence: Occurrence) -> Approval | None:
    """The approval under which an occurrence may go out, if there is one that holds."""
    rule = digest.is_rule(campaign)
    with project.ledger.reading() as conn:
        own = approvals.latest(conn, campaign.name, occurrence.wall)
        general = approvals.latest(conn, campaign.name, None) if rule else None
    for approval in (own, general):
        if approval is None or not holds(project, approval):
            continue
        if approval.until is None or occurrence.wall.date() <= approval.until:
            return approval
    return None


def counts_down(approval: Approval, moment: datetime) -> bool:
    """Whether nothing may start yet, so that what was approved can still be called off."""
    return approval.not_before is not None and moment < approval.not_before


def _due(project: ProjectView, campaign: Campaign, moment: datetime) -> list[Occurrence]:
    with project.ledger.reading() as conn:
        due = [one for one in occurrences.unsettled(conn, campaign.name) if one.due_at <= moment]
    # What waits for anything but an approval waits for a person's `send` or a new submission, not for the next tick.
    return [one for one in due if one.reason in ("", NOT_APPROVED)]


def _fire(project: Project, campaign: Campaign, occurrence: Occurrence, runner: str, moment: datetime) -> str | None:
    late = moment - occurrence.due_at > campaign.grace
    if late and campaign.if_late is IfLate.SKIP:
        _mark(project, occurrence, OccurrenceState.SKIPPED, LATE)
        return None
    approval = approval_of(project, campaign, occurrence)
    if approval is None:
        _wait(project, occurrence, NOT_APPROVED)
    elif counts_down(approval, moment):
        pass  # a start that can still be called off; the next look finds it again
    elif late and campaign.if_late is IfLate.ASK:
        _wait(project, occurrence, LATE)
    else:
        try:
            return release(project, occurrence, approval, runner, approval.crisis_reason)
        except AlreadyReleasedError:
            pass  # another process was quicker, and sends it
        except OUT_OF_REACH:
            raise  # it says nothing about the letter: the next look tries again, and nobody need be asked
        except BroadcasterError as error:
            _wait(project, occurrence, error.code)
    return None


def _wait(project: Project, occurrence: Occurrence, reason: str) -> None:
    if (occurrence.state, occurrence.reason) != (OccurrenceState.WAITING, reason):
        _mark(project, occurrence, OccurrenceState.WAITING, reason)


def _mark(project: Project, occurrence: Occurrence, state: OccurrenceState, reason: str) -> None:
    with project.ledger.writing() as conn:
        occurrences.mark(conn, occurrence.id, UNSETTLED, state, reason)
