"""Single values in the table `meta`, each under a key of its own."""

from sqlalchemy import Connection, select, update

from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import insert_if_new
from broadcaster.ledger.database.tables import meta


def get(conn: Connection, key: str) -> str | None:
    """The value under a key; None where there is none."""
    return conn.execute(select(meta.c.value).where(meta.c.key == key)).scalar()


def save(conn: WriteConnection, key: str, value: str) -> None:
    """Store a value under a key, in the place of any earlier one."""
    if not insert_if_new(conn, meta, {"key": key, "value": value}):
        conn.execute(update(meta).where(meta.c.key == key).values(value=value))
