"""Approvals compared with the audit log.

A row keeps its signature when it is called off, so whoever can write to the database could make it valid again. They
cannot rewrite the log without the key.
"""

from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger import Connection
from broadcaster.ledger.audit_log import audit, audit_search
from broadcaster.ledger.audit_log.audit import RecordedEntry
from broadcaster.ledger.audit_log.audit_search import AuditFilter
from broadcaster.ledger.planning.approvals import Approval

_APPROVED_ACTIONS = ("approve", "approved")
_REVOKED_ACTIONS = ("reject", "rejected", "void", "call-off")
"""Actions that end an approval, with the words of older logs."""

_PAGE_SIZE = 50


class AuditAlteredError(BroadcasterError):
    """Entries of the audit log since the approval were altered or are missing."""

    code = "audit-altered"
    default_remedy = "See on the page Audit log where. If it should go out all the same, have it submitted again."


def is_approved_in_log(conn: Connection, approval: Approval) -> bool:
    """Whether its newest entry in the log is its approval."""
    decided = _newest_decision(conn, approval)
    return decided is not None and decided.entry.action in _APPROVED_ACTIONS


def refuse_altered_log(conn: Connection, approval: Approval) -> None:
    """Raise AuditAlteredError if the log was altered between the approval and its end."""
    decided = _newest_decision(conn, approval)
    if decided is None or not audit.is_unbroken_from(conn, decided.seq):
        raise AuditAlteredError(f"The audit log was altered since {approval.campaign} was approved.")


def _newest_decision(conn: Connection, approval: Approval) -> RecordedEntry | None:
    """The newest entry that decides on this approval."""
    wanted = AuditFilter(actions=(*_APPROVED_ACTIONS, *_REVOKED_ACTIONS), subject=approval.campaign)
    before: int | None = None
    while found := audit_search.list_entries(conn, wanted, before, _PAGE_SIZE):
        for one in found:
            if one.entry.detail.get("approval") == approval.id:
                return one
        before = found[-1].seq
    return None
