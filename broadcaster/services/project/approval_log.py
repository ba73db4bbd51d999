"""What the audit log says of an approval. Whoever can write to the database could make one hold again that was called
off, for its row keeps its signature; the log they cannot rewrite without the key.
"""

from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger import Connection, audit, audit_pages
from broadcaster.ledger.approvals import Approval
from broadcaster.ledger.audit import Written
from broadcaster.ledger.audit_pages import Wanted

_GIVEN = ("approve", "approved")
_TAKEN_BACK = ("reject", "rejected", "void", "call-off")
"""Also by the words that older logs have."""

_PAGE = 50


class AuditAlteredError(BroadcasterError):
    """Entries of the audit log since the approval were altered or are missing, so that nobody can rely on it."""

    code = "audit-altered"
    default_remedy = "See on the page Audit log where. If it should go out all the same, have it submitted again."


def is_standing(conn: Connection, approval: Approval) -> bool:
    """Whether the newest that the log says of it is that it was approved."""
    decided = _decided(conn, approval)
    return decided is not None and decided.entry.action in _GIVEN


def refuse_altered(conn: Connection, approval: Approval) -> None:
    """Raise AuditAlteredError unless the log is as it was written, from the approval to its end."""
    decided = _decided(conn, approval)
    if decided is None or not audit.is_whole(conn, decided.seq):
        raise AuditAlteredError(f"The audit log was altered since {approval.campaign} was approved.")


def _decided(conn: Connection, approval: Approval) -> Written | None:
    """The newest entry that decides on this approval."""
    wanted = Wanted(actions=(*_GIVEN, *_TAKEN_BACK), subject=approval.campaign)
    before: int | None = None
    while found := audit_pages.page(conn, wanted, before, _PAGE):
        for one in found:
            if one.entry.detail.get("approval") == approval.id:
                return one
        before = found[-1].seq
    return None
