"""Calling off: what was submitted or approved does not go out, as long as it has not begun."""

from broadcaster.domain.occurrence_fates import SkipReason
from broadcaster.domain.states import OPEN_APPROVALS, OccurrenceState
from broadcaster.ledger import Connection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.planning import approvals, campaigns, occurrences
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.services.access.permissions import Actor
from broadcaster.services.approving.errors import NothingToCallOffError
from broadcaster.services.project.project import Project


def call_off_approval(project: Project, campaign: str, by: Actor) -> Approval:
    """Make what was submitted or approved last of a campaign void, and return it; config.yaml need not have the
    campaign any more. Raises NothingToCallOffError.

    Whoever releases looks at the approval once more before the first message may leave, holding it as this does: one of
    the two comes first, and the other sees it.
    """
    with project.ledger.writing() as conn:
        campaigns.lock(conn, campaign)
        found = _open_approval(conn, campaign)
        if found is None or not approvals.void(conn, found.id, f"called off by {by.name}"):
            raise NothingToCallOffError(f"Nothing of {campaign} is submitted or approved that has not begun.")
        audit.record(conn, by, "call-off", campaign, approval=found.id, digest=found.digest)
    return found


def _open_approval(conn: Connection, campaign: str) -> Approval | None:
    """The newest approval of a campaign that something may still come of: also of a time that was moved away in
    config.yaml, for it may be moved back.
    """
    submitted = (one for one in reversed(approvals.list_current(conn, campaign)) if one.state in OPEN_APPROVALS)
    return next((one for one in submitted if _may_go_out(conn, one)), None)


def _may_go_out(conn: Connection, approval: Approval) -> bool:
    if approval.wall is None:
        return True
    occurrence = occurrences.get(conn, approval.campaign, approval.wall)
    if occurrence is None or occurrence.state is OccurrenceState.RELEASED:
        return False
    return occurrence.state is not OccurrenceState.SKIPPED or occurrence.reason == SkipReason.TIME_MOVED
