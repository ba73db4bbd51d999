"""What people choose on the page that every message links to: no letters, only email, only texts.

It is kept by the blind index of the address that the message went to, and wins over every roster. Claims ask for it in
the transaction that hands a message out, so it holds for a send under way, from the next batch on.
"""

from broadcaster.domain.wishes import Preference
from broadcaster.ledger import Connection, audit, consent, deliveries
from broadcaster.ledger.audit import Entry
from broadcaster.ledger.deliveries import Delivery
from broadcaster.services.links import delivery_behind
from broadcaster.services.project import Project

DOOR = "door"
"""The source of what is chosen there, and who did it in the audit log: nobody had to say who they are."""


def choose(project: Project, token: str, preference: Preference) -> bool:
    """Remember what whoever holds this unsubscribe token wants; False, and nothing done, for a token of nobody.

    Who was erased has no choice left to make: their address is barred for good. Choosing the same again makes it their
    last word again, and is no news for the audit log. Raises `LedgerError` when it cannot be written: then it is not
    chosen.
    """
    delivery_id = delivery_behind(project.keyring, "unsubscribe", token)
    if delivery_id is None:
        return False
    with project.ledger.reading() as conn:
        delivery = deliveries.get(conn, delivery_id)
    if delivery is None or not delivery.payload(project.keyring).address:
        return False
    with project.ledger.writing() as conn:
        if consent.put(conn, delivery.blind, preference.value, DOOR, delivery.kin):
            _log(conn, delivery, preference)
    return True


def _log(conn: Connection, delivery: Delivery, preference: Preference) -> None:
    # As in `suppress`: enough to see that two entries are about one address, and no more.
    detail = {
        "channel": delivery.channel.value,
        "address": delivery.blind.hex()[:12],
        "preference": preference.value,
    }
    audit.write(conn, Entry(DOOR, "choose", "consent", detail))
