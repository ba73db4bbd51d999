"""Halt of a broadcast: it is paused until a person resumes it, and the audit log says why.

For one that has ended, the reason that would have halted it is noted.
"""

from broadcaster.ledger import WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.broadcasting.broadcasts import Broadcast

HALT_ACTION = "halt"
CAME_BACK_ACTION = "came-back"


def halt_broadcast(conn: WriteConnection, broadcast_id: str, code: str, reason: str) -> bool:
    """Pause a broadcast that is being sent; `reason` is in plain words. Returns False if it was not being sent.

    Must be the last step of a transaction, as every entry of the audit log.
    """
    if not broadcasts.halt(conn, broadcast_id, code, reason):
        return False
    found = broadcasts.get(conn, broadcast_id)
    if found is not None:
        audit.record_automatic(
            conn, audit.CLOCK, HALT_ACTION, found.campaign, broadcast=broadcast_id, code=code, reason=reason
        )
    return True


def note_returned_mail(conn: WriteConnection, broadcast: Broadcast, code: str, reason: str) -> None:
    """Note at an ended broadcast why much of it came back. Later calls update the reason and add no audit entry."""
    broadcasts.note_late_halt(conn, broadcast.id, code, reason)
    if broadcast.halt_code != code:
        detail = {"broadcast": broadcast.id, "code": code, "reason": reason}
        audit.record_automatic(conn, audit.CLOCK, CAME_BACK_ACTION, broadcast.campaign, **detail)
