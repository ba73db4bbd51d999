"""Halting a broadcast because nothing would come of going on: it waits for a person, and the log keeps why."""

from broadcaster.ledger import WriteConnection, audit, broadcasts
from broadcaster.ledger.audit import Entry

DEED = "halt"


def halt(conn: WriteConnection, broadcast_id: str, code: str, reason: str) -> bool:
    """Pause what is being sent; `reason` says why in plain words. False where it was not being sent. The last step of a
    transaction, as whatever writes into the log.
    """
    if not broadcasts.halt(conn, broadcast_id, code, reason):
        return False
    found = broadcasts.get(conn, broadcast_id)
    if found is not None:
        audit.write(conn, Entry("", DEED, found.campaign, {"broadcast": broadcast_id, "code": code, "reason": reason}))
    return True
