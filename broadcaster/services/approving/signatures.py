"""The signature of a decision, and whether an approval is one. Neither letters nor rosters are read."""

from broadcaster.domain.states import ApprovalState
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.services.project import approval_log
from broadcaster.services.project.project import ProjectView


def decision_text(approval: Approval, by: str, state: ApprovalState) -> bytes:
    """What the signature of a decision covers."""
    bounds = (approval.wall, approval.until, approval.at_most)
    said = (approval.id, approval.campaign, approval.digest, approval.submitted_by, by, state.value, *map(str, bounds))
    crisis = ("crisis", approval.crisis_reason) if approval.crisis_reason else ()
    return "\0".join((*said, *crisis)).encode()


def is_valid_approval(project: ProjectView, approval: Approval) -> bool:
    """Whether an approval is one: approved, by somebody else than its author, signed with our key, and not taken back
    by what the audit log says.
    """
    signed = (
        approval.state is ApprovalState.APPROVED
        and approval.decided_by is not None
        and approval.decided_by != approval.submitted_by
        and project.keyring.verify(
            decision_text(approval, approval.decided_by, ApprovalState.APPROVED), approval.signature
        )
    )
    if not signed:
        return False
    with project.ledger.reading() as conn:
        return approval_log.is_approved_in_log(conn, approval)
