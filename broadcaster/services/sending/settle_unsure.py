"""Settlement of one unsure delivery by a person; the audit log keeps how they know."""

from dataclasses import dataclass
from enum import StrEnum

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery import deliveries, unsure_deliveries
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project
from broadcaster.services.sending.unsure import IN_DOUBT


class NotUnsureError(BroadcasterError):
    """The delivery is not unsure or held, or does not belong to this broadcast."""

    code = "not-in-doubt"
    default_remedy = "Look at it again: what became of it stands there."


class NotResentError(BroadcasterError):
    """An unsure message is resent once only, and not in a cancelled broadcast."""

    code = "not-resent"
    default_remedy = "Say that it shall not be sent again, and reach the person another way."


class UnsureVerdict(StrEnum):
    """What a person decides about an unsure message."""

    ARRIVED = "arrived"
    SEND = "send"
    LEAVE = "leave"


class UnsureEvidence(StrEnum):
    """How the person knows what became of it."""

    PROVIDER = "provider"
    PERSON = "person"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class UnsureFinding:
    """A person's verdict on one unsure message, and its evidence."""

    verdict: UnsureVerdict
    evidence: UnsureEvidence


def settle_unsure_delivery(
    project: Project, broadcast: Broadcast, delivery_id: str, found_out: UnsureFinding, by: Actor
) -> None:
    """Settle an unsure or held delivery as a person found out. Raises NotUnsureError, NotResentError."""
    state, reason = _RESULTS[found_out.verdict]
    with project.ledger.writing() as conn:
        found = deliveries.get(conn, delivery_id)
        if found is None or found.broadcast != broadcast.id or found.state not in IN_DOUBT:
            raise NotUnsureError("This message is not unsure: something has been found out about it meanwhile.")
        if not unsure_deliveries.settle(conn, broadcast.id, [delivery_id], state, reason):
            raise NotResentError("It was sent once more before, or its broadcast was cancelled, so nothing was sent.")
        detail = {
            "broadcast": broadcast.id,
            "delivery": delivery_id,
            "verdict": found_out.verdict.value,
            "evidence": found_out.evidence.value,
        }
        audit.record(conn, by, "unsure-settle", broadcast.campaign, **detail)


_RESULTS = {
    UnsureVerdict.ARRIVED: (DeliveryState.DELIVERED, DeliveryReason.PERSON_ARRIVED),
    UnsureVerdict.SEND: (DeliveryState.QUEUED, DeliveryReason.PERSON_RESEND),
    UnsureVerdict.LEAVE: (DeliveryState.REFUSED, DeliveryReason.PERSON_NOT_ARRIVED),
}
