"""What was found out of the mail servers on our way, by route."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from broadcaster.domain.mailroutes import Limit, Way
from broadcaster.ledger.connections import WriteConnection
from broadcaster.ledger.dialect import put_new
from broadcaster.ledger.tables import meta


def limit(conn: Connection, route: str) -> Limit | None:
    """The quickest way to talk to the route's server; None where it can do what it says, as far as is known."""
    value = conn.execute(select(meta.c.value).where(meta.c.key == _key(route))).scalar()
    if value is None:
        return None
    way, _, since = value.partition(" ")
    return Limit(Way[way], datetime.fromisoformat(since))


def put_limit(conn: WriteConnection, route: str, found: Limit) -> None:
    """Remember it."""
    value = f"{found.way.name} {found.since.isoformat()}"
    if not put_new(conn, meta, {"key": _key(route), "value": value}):
        conn.execute(update(meta).where(meta.c.key == _key(route)).values(value=value))


def _key(route: str) -> str:
    return f"mail-route-{route}"
