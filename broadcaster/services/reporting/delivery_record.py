"""The record of a broadcast: the result of each delivery, with names and addresses for those who may see them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from broadcaster.audiences.addresses.typed_address import read_address
from broadcaster.audiences.formats.csv_injection import BYTE_ORDER_MARK
from broadcaster.audiences.formats.spreadsheet_csv import csv_rows
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import DeliveryState
from broadcaster.keys import SealBrokenError
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery import deliveries, delivery_search
from broadcaster.ledger.delivery.deliveries import Attempt, Delivery
from broadcaster.ledger.delivery.delivery_search import ALL_DELIVERIES, DeliverySelection
from broadcaster.providers.reasons import Explanation, explain_code
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project, ProjectView

PAGE_SIZE = 50

UNREADABLE = "(cannot be opened)"
"""Shown for a name or address that was altered in the ledger."""

GAVE_UP_PREFIX = "gave-up-"
"""Prefix of the reason of a delivery that was retried until its attempts were used up."""

_RESPECT_OPT_OUT = "Respect it. Only they themselves can take it back."
OWN_EXPLANATIONS: Mapping[str, Explanation] = {
    SuppressionReason.BOUNCED: Explanation(
        "What was sent to this address before came back.", "Ask the person for a working address."
    ),
    SuppressionReason.BY_HAND: Explanation(
        "Somebody here put the address on the list of those not to write to.", _RESPECT_OPT_OUT
    ),
    DeliveryReason.CANCELLED: Explanation("The broadcast was cancelled before its turn came.", "Nothing needs doing."),
    SuppressionReason.COMPLAINED: Explanation("The person marked an earlier message as unwanted.", _RESPECT_OPT_OUT),
    SuppressionReason.ERASED: Explanation("The person was erased.", "Nothing needs doing."),
    DeliveryReason.INTERRUPTED: Explanation(
        "Broadcaster was stopped while it was handed over: it may or may not have been taken.",
        "Ask the provider on the page of the broadcast; then hold it or send it once more.",
    ),
    DeliveryReason.OPTED_OUT: Explanation("The person said that they do not want this.", _RESPECT_OPT_OUT),
    DeliveryReason.PERSON_ARRIVED: Explanation("Somebody found out that it arrived.", "Nothing needs doing."),
    DeliveryReason.PERSON_NOT_ARRIVED: Explanation(
        "Somebody found out that it did not arrive.", "Reach the person another way."
    ),
    DeliveryReason.PERSON_HOLD: Explanation(
        "Somebody said to hold it.", "Nothing goes out until somebody sends it once more."
    ),
    DeliveryReason.PERSON_RESEND: Explanation("Somebody said to send it once more.", "Nothing needs doing."),
    SuppressionReason.REFUSED: Explanation("The provider turns this address down.", "Reach the person another way."),
    DeliveryReason.RESENT_ALREADY: Explanation(
        "It was sent once more before, and that was unsure too.", "Reach the person another way."
    ),
    DeliveryReason.SEAL_BROKEN: Explanation(
        "What was kept of it cannot be opened: it was altered.", "Tell whoever looks after this system."
    ),
    SuppressionReason.STOP: Explanation("The person texted STOP.", _RESPECT_OPT_OUT),
    SuppressionReason.UNSUBSCRIBED: Explanation("The person unsubscribed.", _RESPECT_OPT_OUT),
    DeliveryReason.UNSURE_RESENT: Explanation(
        "Its answer was lost, and it was sent once more.", "Nothing needs doing."
    ),
}
"""Explanations of every reason that broadcaster itself gives."""
_EXPORT_CHUNK = 1_000


class NotInBroadcastError(BroadcasterError):
    """The broadcast has no delivery to this address."""

    code = "not-in-broadcast"
    default_remedy = "Type the whole address or number, as it stands on the roster. Its owner may have been left out."


@dataclass(frozen=True, slots=True)
class RecordedDelivery:
    """One delivery with its recipient's name and address; both are empty if they were erased."""

    delivery: Delivery
    name: str
    address: str

    @property
    def explanation(self) -> Explanation | None:
        """The explanation of its reason; None without a reason."""
        return explain_delivery_reason(self.delivery.reason) if self.delivery.reason else None


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """A filter of deliveries: after a number (0 to begin) or before one, in one state or all, for one reason or all.

    A reason that no delivery has is ignored.
    """

    state: DeliveryState | None = None
    reason: str = ""
    after: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """A page of deliveries. `reasons` are those of the filtered state; `earlier` and `later` say if there are more."""

    lines: Sequence[RecordedDelivery]
    reason: str
    reasons: Sequence[str]
    earlier: bool
    later: bool


def list_deliveries(project: ProjectView, broadcast: Broadcast, asked: DeliveryFilter) -> DeliveryPage:
    """The page of deliveries that the filter selects."""
    with project.ledger.reading() as conn:
        why = delivery_search.list_reasons(conn, broadcast.id, asked.state) if asked.state else []
        reason = asked.reason if asked.reason in why else ""
        view = delivery_search.select_deliveries(conn, broadcast.id, DeliverySelection(asked.state, reason or None))
        if asked.before:
            found = view.before(asked.before, PAGE_SIZE + 1)
            earlier, found = len(found) > PAGE_SIZE, found[-PAGE_SIZE:]
            later = bool(found) and bool(view.after(found[-1].seq, 1))
        else:
            found = view.after(asked.after, PAGE_SIZE + 1)
            later, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
            earlier = bool(found) and asked.after > 0 and bool(view.before(found[0].seq, 1))
    return DeliveryPage([open_delivery(project, one) for one in found], reason, why, earlier, later)


def find_delivery_by_address(project: ProjectView, broadcast: Broadcast, typed: str) -> RecordedDelivery:
    """The delivery to exactly this address. Raises AddressError, NotInBroadcastError."""
    channel, address = read_address(typed, project.settings.organisation.region)
    with project.ledger.reading() as conn:
        found = deliveries.list_to_address(conn, broadcast.id, blind_address_index(project.keyring, channel, address))
    if not found:
        raise NotInBroadcastError("This broadcast has no message to that address.")
    return open_delivery(project, found[0])


def get_delivery(
    project: ProjectView, broadcast: Broadcast, delivery_id: str
) -> tuple[RecordedDelivery, list[Attempt]] | None:
    """One delivery with its attempts; None if the broadcast has no such delivery."""
    with project.ledger.reading() as conn:
        found = deliveries.get(conn, delivery_id)
        if found is None or found.broadcast != broadcast.id:
            return None
        tries = deliveries.list_attempts(conn, found.seq)
    return open_delivery(project, found), tries


def export_record(project: Project, broadcast: Broadcast, by: Actor) -> Iterator[bytes]:
    """The whole record as CSV in chunks; the audit log names who exported it. No cell can be read as a formula."""
    with project.ledger.writing() as conn:
        audit.record(conn, by, "export-record", broadcast.campaign, broadcast=broadcast.id)
    yield BYTE_ORDER_MARK.encode()
    yield csv_rows([("name", "address", "channel", "language", "state", "reason", "attempts", "delivery")])
    after = 0
    while True:
        with project.ledger.reading() as conn:
            found = delivery_search.list_page(conn, broadcast.id, ALL_DELIVERIES, after, _EXPORT_CHUNK)
        if not found:
            return
        after = found[-1].seq
        yield csv_rows([_csv_cells(open_delivery(project, delivery)) for delivery in found])


def explain_delivery_reason(reason: str) -> Explanation:
    """The explanation of a delivery's reason, with a remedy."""
    if reason in OWN_EXPLANATIONS:
        return OWN_EXPLANATIONS[reason]
    said = explain_code(reason.removeprefix(GAVE_UP_PREFIX))
    if not reason.startswith(GAVE_UP_PREFIX):
        return said
    return Explanation(f"It was tried until the tries were used up. {said.why}", "Reach the person another way.")


def open_delivery(project: ProjectView, delivery: Delivery) -> RecordedDelivery:
    """A delivery with its name and address, as far as these can be opened."""
    try:
        payload = delivery.payload(project.keyring)
    except SealBrokenError:
        return RecordedDelivery(delivery, UNREADABLE, UNREADABLE)
    return RecordedDelivery(delivery, payload.name, payload.address)


def _csv_cells(line: RecordedDelivery) -> tuple[str, ...]:
    of = line.delivery
    return (line.name, line.address, of.channel, of.language, of.state, of.reason, str(of.attempts), of.id)
