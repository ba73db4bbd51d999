"""Halting a broadcast because nothing would come of going on: it waits for a person, and the log keeps why. Where it is
over, what would have halted it is noted.
"""

from broadcaster.ledger import WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.broadcasting.broadcasts import Broadcast

HALT_ACTION = "halt"
CAME_BACK_ACTION = "came-back"


def halt_broadcast(conn: WriteConnection, broadcast_id: str, code: str, reason: str) -> bool:
    """Pause what is being sent; `reason` says why in plain words. False where it was not being sent. The last step of a
    transaction, as whatever writes into the log.
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
    """Keep of a broadcast that is over why much of it came back. The log has it once; the number grows with it."""
    broadcasts.note_late_halt(conn, broadcast.id, code, reason)
    if broadcast.halt_code != code:
        detail = {"broadcast": broadcast.id, "code": code, "reason": reason}
        audit.record_automatic(conn, audit.CLOCK, CAME_BACK_ACTION, broadcast.campaign, **detail)
