"""Erasing a person: what is personal in the ledger's rows is emptied, and what was still to be sent is not.

The rows themselves stay, for they are what counts and what was approved; they keep the address as a blind index only.
That is what bars the address from being written to again, and it says nothing to whoever lacks the key.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.database.connections import WriteConnection
from broadcaster.ledger.database.dialect import ResultRow
from broadcaster.ledger.database.engines import keyring_of
from broadcaster.ledger.database.tables import attempts, deliveries
from broadcaster.ledger.database.tables import broadcasts as broadcasts_table
from broadcaster.ledger.delivery import payloads
from broadcaster.ledger.delivery.payloads import Payload
from broadcaster.ledger.feedback import soft_bounces
from broadcaster.ledger.recipients import preferences, replies, suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression

_IN_DOUBT = frozenset({DeliveryState.UNSURE.value, DeliveryState.HELD.value})


@dataclass(frozen=True, slots=True)
class ErasedDeliveries:
    """What was done in one broadcast: the deliveries that were emptied (their ids), and how many will not be sent."""

    ids: tuple[str, ...]
    skipped: int


def suppress_erased(conn: WriteConnection, channel: Channel, blind: bytes, by: str) -> None:
    """Suppress an address of which nothing is kept but its blind index.

    One that was suppressed before keeps its reasons and loses its words. What its owner chose is forgotten, for it can
    only have been about letters, and so is how often they could not be reached; what they wrote to us is emptied.
    """
    soft_bounces.clear_strikes(
        conn, blind
    )  # first, as everybody does who touches both, so that nobody waits in a circle
    if not suppressions.add(conn, NewSuppression(channel, blind, "", SuppressionReason.ERASED, by)):
        suppressions.erase_address_and_notes(conn, blind)
    preferences.forget(conn, blind)
    replies.erase_content(conn, blind)


def list_broadcasts_to(conn: Connection, channel: Channel, blind: bytes) -> list[str]:
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


def erase_deliveries(conn: WriteConnection, broadcast_id: str, channel: Channel, blind: bytes) -> ErasedDeliveries:
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
        _erase_delivery(conn, row)
    queued = [row for row in rows if row.state == DeliveryState.QUEUED]
    delivery_counters.apply_changes(
        conn, broadcast, delivery_counters.changes_by_moves(queued, [DeliveryState.SKIPPED.value] * len(queued))
    )
    broadcasts.finish_if_done(conn, broadcast)
    return ErasedDeliveries(tuple(row.id for row in rows), len(queued))


def _erase_delivery(conn: WriteConnection, row: ResultRow) -> None:
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
