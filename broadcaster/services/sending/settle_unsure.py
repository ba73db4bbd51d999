"""Settling one message in doubt by what somebody found out about it; the log keeps how they know."""

from dataclasses import dataclass
from enum import StrEnum

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.audit_log.audit import AuditEntry
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery import deliveries, unsure_deliveries
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project
from broadcaster.services.sending.unsure import IN_DOUBT


class NotInDoubtError(BroadcasterError):
    """The delivery is not in doubt, or none of this broadcast."""

    code = "not-in-doubt"
    default_remedy = "Look at it again: what became of it stands there."


class NotResentError(BroadcasterError):
    """A message in doubt is not sent a third time, nor in a broadcast that was cancelled."""

    code = "not-resent"
    default_remedy = "Say that it shall not be sent again, and reach the person another way."


class UnsureVerdict(StrEnum):
    """What somebody says of a message in doubt."""

    ARRIVED = "arrived"
    SEND = "send"
    LEAVE = "leave"


class UnsureEvidence(StrEnum):
    """How they know."""

    PROVIDER = "provider"
    PERSON = "person"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class UnsureFinding:
    """What somebody found out about one message in doubt, and how."""

    verdict: UnsureVerdict
    evidence: UnsureEvidence


def settle_unsure_delivery(
    project: Project, broadcast: Broadcast, delivery_id: str, found_out: UnsureFinding, by: Actor
) -> None:
    """Settle one that is unsure or held by what somebody found out about it. Raises NotInDoubtError, NotResentError.

    Sent once more it is once only, and not in a cancelled broadcast: who did not get it then is reached another way.
    """
    state, reason = _RESULTS[found_out.verdict]
    with project.ledger.writing() as conn:
        found = deliveries.get(conn, delivery_id)
        if found is None or found.broadcast != broadcast.id or found.state not in IN_DOUBT:
            raise NotInDoubtError("This message is not unsure: something has been found out about it meanwhile.")
        if not unsure_deliveries.settle(conn, broadcast.id, [delivery_id], state, reason):
            raise NotResentError("It was sent once more before, or its broadcast was cancelled, so nothing was sent.")
        detail = {
            "broadcast": broadcast.id,
            "delivery": delivery_id,
            "verdict": found_out.verdict.value,
            "evidence": found_out.evidence.value,
        }
        audit.write(conn, AuditEntry(by.name, "unsure-settle", broadcast.campaign, detail, by.system_user, by.host))


_RESULTS = {
    UnsureVerdict.ARRIVED: (DeliveryState.DELIVERED, DeliveryReason.PERSON_ARRIVED),
    UnsureVerdict.SEND: (DeliveryState.QUEUED, DeliveryReason.PERSON_RESEND),
    UnsureVerdict.LEAVE: (DeliveryState.REFUSED, DeliveryReason.PERSON_NOT_ARRIVED),
}
