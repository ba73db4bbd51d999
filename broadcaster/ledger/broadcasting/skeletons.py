"""Skeletons: the compiled letters of a broadcast, made at release; delivery only fills them."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from broadcaster.domain.contact.channels import Channel
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import insert_if_new
from broadcaster.ledger.database.tables import skeletons


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A compiled letter. Deliveries refer to `number`; equal skeletons have one `key`; `letters` reads `blob`."""

    number: int
    channel: Channel
    language: str
    key: bytes
    blob: bytes


def add(conn: WriteConnection, broadcast_id: str, skeleton: Skeleton) -> None:
    """Store a skeleton under its number; one that is stored there already stays."""
    row = {
        "broadcast": broadcasts.seq_of(conn, broadcast_id),
        "number": skeleton.number,
        "channel": skeleton.channel,
        "language": skeleton.language,
        "key": skeleton.key,
        "blob": skeleton.blob,
    }
    insert_if_new(conn, skeletons, row)


def get(conn: Connection, broadcast_id: str, number: int) -> bytes:
    """The blob of a broadcast's skeleton. It exists: a delivery refers to its number."""
    of_broadcast = skeletons.c.broadcast == broadcasts.seq_of(conn, broadcast_id)
    query = select(skeletons.c.blob).where(of_broadcast, skeletons.c.number == number)
    return bytes(conn.execute(query).scalar_one())


def list_all(conn: Connection, broadcast_id: str) -> list[Skeleton]:
    """All skeletons of a broadcast, by number."""
    broadcast = broadcasts.seq_of(conn, broadcast_id)
    query = select(skeletons).where(skeletons.c.broadcast == broadcast).order_by(skeletons.c.number)
    return [Skeleton(row.number, Channel(row.channel), row.language, row.key, row.blob) for row in conn.execute(query)]
