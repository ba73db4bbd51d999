"""Erasing a person: what is personal in the ledger's rows is emptied, and what was still to be sent is not.

The rows themselves stay, for they are what counts and what was approved; they keep the address as a blind index only.
That is what bars the address from being written to again, and it says nothing to whoever lacks the key.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from broadcaster.domain.channels import Channel
from broadcaster.domain.states import DeliveryState
from broadcaster.domain.suppression import SuppressionReason
from broadcaster.ledger import broadcasts, counters, payloads, preferences, replies, soft_bounces, suppressions
from broadcaster.ledger.connections import WriteConnection
from broadcaster.ledger.dialect import Found
from broadcaster.ledger.engines import keyring_of
from broadcaster.ledger.payloads import Payload
from broadcaster.ledger.suppressions import NewSuppression
from broadcaster.ledger.tables import attempts, deliveries
from broadcaster.ledger.tables import broadcasts as broadcasts_table

_IN_DOUBT = frozenset({DeliveryState.UNSURE.value, DeliveryState.HELD.value})


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What was done in one broadcast: the deliveries that were emptied (their ids), and how many will not be sent."""

    ids: tuple[str, ...]
    skipped: int


def bar(conn: WriteConnection, channel: Channel, blind: bytes, by: str) -> None:
    """Suppress an address of which nothing is kept but its blind index.

    One that was suppressed before keeps its reasons and loses its words. What its owner chose is forgotten, for it can
    only have been about letters, and so is how often they could not be reached; what they wrote to us is emptied.
    """
    soft_bounces.clear(conn, blind)  # first, as everybody does who touches both, so that nobody waits in a circle
    if not suppressions.add(conn, NewSuppression(channel, blind, "", SuppressionReason.ERASED, by)):
        suppressions.forget_words(conn, blind)
    preferences.forget(conn, blind)
    replies.empty(conn, blind)


def broadcasts_to(conn: Connection, channel: Channel, blind: bytes) -> list[str]:
    """The broadcasts (their ids) that have a delivery to an address, in the order in which broadcasts are held."""
    theirs = (
        select(deliveries.c.seq)
        .where(
            deliveries.c.broadcast == broadcasts_table.c.seq,
            deliveries.c.channel == channel.value,
            deliveries.c.blind == blind,
        )
        .exists()
    )
    return list(conn.execute(select(broadcasts_table.c.id).where(theirs).order_by(broadcasts_table.c.id)).scalars())


def scrub(conn: WriteConnection, broadcast_id: str, channel: Channel, blind: bytes) -> Scrubbed:
    """Empty what is personal in a broadcast's delivery to an address; skip it if it is queued.

    What is with the provider at this moment comes to its end, with what was read of it before. What is in doubt stays
    so, and is never sent again. Doing it twice changes nothing more.
    """
    broadcast, _ = broadcasts.lock(conn, broadcast_id)
    query = select(deliveries).where(
        deliveries.c.broadcast == broadcast, deliveries.c.channel == channel.value, deliveries.c.blind == blind
    )
    rows = conn.execute(query.with_for_update()).all()
    for row in rows:
        _empty(conn, row)
    queued = [row for row in rows if row.state == DeliveryState.QUEUED]
    counters.change(conn, broadcast, counters.moved(queued, [DeliveryState.SKIPPED.value] * len(queued)))
    broadcasts.finish_if_done(conn, broadcast)
    return Scrubbed(tuple(row.id for row in rows), len(queued))


def _empty(conn: WriteConnection, row: Found) -> None:
    keyring = keyring_of(conn)
    held = payloads.unseal(keyring, row.id, row.payload_sealed)
    # As many values as before, so that whoever opens it still finds one for each gap.
    emptied = payloads.seal(keyring, row.id, Payload("", "", ("",) * len(held.values)))
    values: dict[str, object] = {"payload_sealed": emptied, "kin": None}
    if row.state == DeliveryState.QUEUED:
        values |= {"state": DeliveryState.SKIPPED, "reason": SuppressionReason.ERASED, "due_at": 0}
    elif row.state in _IN_DOUBT:
        values |= {"resent": 1}  # so that nobody sends it once more
    conn.execute(update(deliveries).where(deliveries.c.seq == row.seq).values(values))
    # A provider's answer may repeat the address.
    conn.execute(update(attempts).where(attempts.c.delivery == row.seq).values(detail=""))
