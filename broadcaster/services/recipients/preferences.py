"""Preferences that people choose on the page that every message links to: no letters, only email, only texts.

A preference is stored by the blind index of the message's address, and wins over every roster. Claims read it in their
transaction, so it holds from the next batch on.
"""

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.preferences import Preference
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.ledger import WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.delivery import deliveries
from broadcaster.ledger.delivery.deliveries import Delivery
from broadcaster.ledger.recipients import preferences, suppressions
from broadcaster.services.composing.links import delivery_id_of_token
from broadcaster.services.project.project import Project

DOOR = "door"
"""The source of what is chosen there, and who did it in the audit log: nobody had to say who they are."""


def choose(project: Project, token: str, preference: Preference) -> bool:
    """Remember what whoever holds this unsubscribe token wants; False, and nothing done, for a token of nobody.

    Who was erased has no choice left to make: their address is barred for good. Choosing the same again makes it their
    last word again, and is no news for the audit log. Raises `LedgerError` when it cannot be written: then it is not
    chosen.
    """
    delivery_id = delivery_id_of_token(project.keyring, "unsubscribe", token)
    if delivery_id is None:
        return False
    with project.ledger.reading() as conn:
        delivery = deliveries.get(conn, delivery_id)
    if delivery is None or not delivery.payload(project.keyring).address:
        return False
    with project.ledger.writing() as conn:
        # Suppressions, choices, audit log: in the order in which an erasure and a text hold them.
        again = preference is Preference.EMAIL and delivery.channel is Channel.EMAIL
        lifted = again and _lift_unsubscribed(conn, delivery.blind)
        changed = preferences.save(conn, delivery.blind, preference.value, DOOR, delivery.sibling)
        if lifted:
            _write_audit_entry(
                conn, delivery, "unsuppress", "suppressions", reason=SuppressionReason.UNSUBSCRIBED.value
            )
        if changed:
            _write_audit_entry(conn, delivery, "choose", "consent", preference=preference.value)
    return True


def _lift_unsubscribed(conn: WriteConnection, email: bytes) -> bool:
    """Take back that somebody unsubscribed at the provider: only with the link in an email to the same address, and
    nothing else with it. What was said by text is taken back by text (`replies`): that works whoever keeps it, and
    nobody can do it who was only passed a link.
    """
    known = suppressions.get(conn, email)
    return (
        known is not None
        and bool(known.address)
        and suppressions.remove_reason(conn, email, SuppressionReason.UNSUBSCRIBED)
    )


def _write_audit_entry(conn: WriteConnection, delivery: Delivery, action: str, subject: str, **what: str) -> None:
    # As in `suppress`: enough to see that two entries are about one address, and no more.
    detail = {"channel": delivery.channel.value, "address": delivery.blind.hex()[:12]} | what
    audit.record_automatic(conn, DOOR, action, subject, **detail)
