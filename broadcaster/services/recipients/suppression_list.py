"""Suppressions by hand, and lifting them.

They are rechecked in the transaction that hands a delivery out, so they hold from the next batch on.
"""

import re
from collections import Counter
from dataclasses import dataclass

from broadcaster.audiences.addresses.typed_address import read_address
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.preferences import Preference
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.errors import BroadcasterError
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger import Connection, WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.feedback import soft_bounces
from broadcaster.ledger.recipients import erasures, preferences, suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression, Suppression
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project, ProjectView

LONGEST_REASON = 200

# Six digits or more, however they are spaced, are a telephone number or another one that belongs to somebody.
_PERSONAL_DATA = re.compile(r"@|(?:\d[\s().\-]*){6,}")


class NotSuppressedError(BroadcasterError):
    """There is no suppression to lift."""

    code = "not-suppressed"
    default_remedy = "See what there is: broadcaster suppress list"
    default_field = "address"


class ReasonError(BroadcasterError):
    """The reason is empty, too long, or holds an address: it stays in the audit log for good."""

    code = "reason-unusable"
    default_remedy = "Say in a few words why, without names, addresses or numbers: --reason 'asked at the meeting'"
    default_field = "reason"


@dataclass(frozen=True, slots=True)
class IndexedAddress:
    """An address as it was read, with its blind index."""

    channel: Channel
    address: str
    blind: bytes


@dataclass(frozen=True, slots=True)
class LiftedSuppression:
    """A suppression as it was; which of its reasons were taken back, and which still stand."""

    was: Suppression
    reasons: tuple[SuppressionReason, ...]
    standing: tuple[SuppressionReason, ...]


def suppress(project: Project, typed: str, reason: str, by: Actor) -> bool:
    """See that an address is not written to any more; False when it was suppressed by hand before: that stays.

    Raises `AddressError`, `ReasonError`.
    """
    found, why = identify_address(project, typed), validated_reason(reason)
    with project.ledger.writing() as conn:
        new = NewSuppression(found.channel, found.blind, found.address, SuppressionReason.BY_HAND, by.name, why)
        is_new = suppressions.add(conn, new)
        if is_new:
            _write_audit_entry(conn, by, "suppress", found, why)
    return is_new


def lift(project: Project, typed: str, reason: str, by: Actor) -> LiftedSuppression:
    """Take a suppression back, for whatever reasons it was there.

    Where its owner said no themselves (STOP, a complaint, unsubscribed) and there are other reasons too, only those go:
    whoever lifts a number that works again may not know of the STOP. Done once more it takes that back as well.

    Raises `NotSuppressedError`, `AddressError`, `ReasonError`.
    """
    found, why = identify_address(project, typed), validated_reason(reason)
    with project.ledger.writing() as conn:
        known = suppressions.get(conn, found.blind)
        if known is None:
            raise _nothing_to_lift(conn, found)
        others = tuple(one for one in known.reasons if one not in suppressions.SAID_BY_OWNER)
        lifted = others or known.reasons
        standing = tuple(one for one in known.reasons if one not in lifted)
        if not known.address:
            # Its owner was erased, whatever the reason was before. What came back into a queue since then is empty, and
            # was only kept from going by the suppression.
            for broadcast_id in erasures.list_broadcasts_to(conn, found.channel, found.blind):
                erasures.erase_deliveries(conn, broadcast_id, found.channel, found.blind)
        # Who is written to again begins anew: no old bounce counts against them.
        soft_bounces.clear_strikes(conn, found.blind)
        for one in lifted:  # and not what was said since it was looked at
            suppressions.remove_reason(conn, found.blind, one)
        _write_audit_entry(conn, by, "unsuppress", found, why, lifted=" ".join(lifted), standing=" ".join(standing))
    return LiftedSuppression(known, lifted, standing)


def list_suppressions(project: ProjectView) -> list[Suppression]:
    """Every suppression, oldest first."""
    with project.ledger.reading() as conn:
        return suppressions.list_all(conn)


def count_by_reason(project: ProjectView) -> dict[SuppressionReason, int]:
    """How many addresses are suppressed for each reason, the most frequent first; one may have several."""
    return dict(Counter(reason for one in list_suppressions(project) for reason in one.reasons).most_common())


def count_preferences(project: ProjectView) -> dict[Preference, int]:
    """By how many addresses people chose what they get, by the link in a message; these are no suppressions."""
    with project.ledger.reading() as conn:
        return preferences.count_by_preference(conn)


def identify_address(project: ProjectView, typed: str) -> IndexedAddress:
    """What somebody typed, as rosters and deliveries know it. Raises `AddressError`."""
    channel, address = read_address(typed, project.settings.organisation.region)
    return IndexedAddress(channel, address, blind_address_index(project.keyring, channel, address))


def mask_address(address: str) -> str:
    """Enough of an address to recognise it by, and too little to write to it."""
    if not address:
        return "(erased)"
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"{address[:3]}…{address[-3:]}"


def validated_reason(text: str) -> str:
    """The reason as the audit log keeps it: one short line that names nobody. Raises `ReasonError`."""
    line = " ".join(text.split())
    if not line:
        raise ReasonError("There is no reason.")
    if len(line) > LONGEST_REASON or not line.isprintable():
        raise ReasonError(f"The reason must be one plain line of at most {LONGEST_REASON} characters.")
    if _PERSONAL_DATA.search(line):
        raise ReasonError("There is an address or a number in the reason, and the audit log keeps it for good.")
    return line


def _nothing_to_lift(conn: Connection, found: IndexedAddress) -> NotSuppressedError:
    if not preferences.find_chosen(conn, [found.blind]):
        return NotSuppressedError("This address is not suppressed.")
    return NotSuppressedError(
        "This address is not suppressed: its owner chose by the link in a message what they want to get.",
        remedy="Only they can change that, by the link in any message they got at this address.",
    )


def _write_audit_entry(
    conn: WriteConnection, by: Actor, action: str, found: IndexedAddress, why: str, **more: str
) -> None:
    # The beginning of the keyed hash is enough to see that two entries are about one address.
    detail = {"channel": found.channel.value, "address": found.blind.hex()[:12], "reason": why} | more
    audit.record(conn, by, action, "suppressions", **detail)
