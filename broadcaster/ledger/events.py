"""What providers reported, each report once however often it is repeated."""

from sqlalchemy import Connection

from broadcaster.ledger.engines import keyring_of
from broadcaster.ledger.statements import put_new
from broadcaster.ledger.tables import events
from broadcaster.ledger.types import now


def store(conn: Connection, provider: str, key: str, raw: bytes) -> bool:
    """Keep a report, sealed; False when the provider has sent it before. `key` is the provider's own id for it."""
    row = {
        "provider": provider,
        "key": key,
        "raw_sealed": keyring_of(conn).seal(raw, f"event:{provider}:{key}".encode()),
        "received_at": now(),
    }
    return put_new(conn, events, row)
