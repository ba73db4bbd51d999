"""What was found out of the mail servers on our way, by route."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from broadcaster.domain.delivery.mail_routes import EnvelopePipelining, PipeliningLimit
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import insert_if_new
from broadcaster.ledger.database.tables import meta


def get(conn: Connection, route: str) -> PipeliningLimit | None:
    """The quickest way to talk to the route's server; None where it can do what it says, as far as is known."""
    value = conn.execute(select(meta.c.value).where(meta.c.key == _key(route))).scalar()
    if value is None:
        return None
    way, _, since = value.partition(" ")
    return PipeliningLimit(EnvelopePipelining[way], datetime.fromisoformat(since))


def save(conn: WriteConnection, route: str, found: PipeliningLimit) -> None:
    """Remember it."""
    value = f"{found.way.name} {found.since.isoformat()}"
    if not insert_if_new(conn, meta, {"key": _key(route), "value": value}):
        conn.execute(update(meta).where(meta.c.key == _key(route)).values(value=value))


def _key(route: str) -> str:
    return f"mail-route-{route}"
