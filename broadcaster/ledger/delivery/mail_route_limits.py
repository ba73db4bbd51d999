"""What a mail server on our way turned out not to support, by route (`providers.smtp`)."""

from datetime import datetime

from sqlalchemy import Connection

from broadcaster.domain.delivery.mail_routes import EnvelopePipelining, PipeliningLimit
from broadcaster.ledger.database import meta_values
from broadcaster.ledger.database.connections import WriteConnection


def get(conn: Connection, route: str) -> PipeliningLimit | None:
    """The fastest pipelining that the route's server accepts; None while no limit is known."""
    value = meta_values.get(conn, _key(route))
    if value is None:
        return None
    way, _, since = value.partition(" ")
    return PipeliningLimit(EnvelopePipelining[way], datetime.fromisoformat(since))


def save(conn: WriteConnection, route: str, limit: PipeliningLimit) -> None:
    """Store the limit of a route, in the place of any earlier one."""
    meta_values.save(conn, _key(route), f"{limit.way.name} {limit.since.isoformat()}")


def _key(route: str) -> str:
    return f"mail-route-{route}"
