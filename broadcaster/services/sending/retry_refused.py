"""Sending once more to those whom the provider turned down for a reason that has passed, or that somebody has mended.

Only what was refused goes back: a refused message was certainly not taken, so nobody gets it twice. What came back from
the person's own side, was marked as unwanted, or was turned down for good stays as it is. Before it is handed over,
each one is checked against the suppressions anew, as any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.audit_log.audit import AuditEntry
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery import unsure_deliveries
from broadcaster.providers.reasons import Explanation, Reason
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.reporting.delivery_record import GAVE_UP_PREFIX, explain_delivery_reason
from broadcaster.services.sending.control import WrongStateError

CHUNK = 5_000
"""Deliveries queued in one transaction, so that a large broadcast does not keep the ledger from others."""

TEMPORARY_REASONS = frozenset(
    {
        Reason.NAME_NOT_FOUND,
        Reason.CANNOT_CONNECT,
        Reason.TIMED_OUT,
        Reason.DROPPED,
        Reason.BUSY,
        Reason.TRY_LATER,
        Reason.MAILBOX_FULL,
        Reason.NOT_REACHED,
        Reason.PHONE_UNREACHABLE,
        Reason.QUEUE_FULL,
        Reason.EXPIRED,
        Reason.QUIET_SOON,
        Reason.DISK_FULL,
        Reason.WRITE_FAILED,
        # What somebody can mend at the provider or in config.yaml.
        Reason.SENDER_REFUSED,
        Reason.RELAY_REFUSED,
        Reason.ALLOWANCE_USED_UP,
        Reason.ACCOUNT_LIMITED,
        Reason.SENDER_NOT_ALLOWED,
        Reason.SENDER_NOT_REGISTERED,
        Reason.REGION_NOT_ALLOWED,
    }
)
"""Why a message was turned down that a second try may bring through. Whatever is not here may be the person's own no,
an address that is none, or the letter itself.
"""


@dataclass(frozen=True, slots=True)
class RefusedDeliveries:
    """`count` messages that were turned down for one reason; `passing` when a second try may bring them through."""

    reason: str
    count: int
    passing: bool

    @property
    def why(self) -> Explanation:
        """The reason in plain words, and what to do about it."""
        return explain_delivery_reason(self.reason)


def count_refused(project: ProjectView, broadcast: Broadcast) -> list[RefusedDeliveries]:
    """What was turned down and not sent once more yet, by reason."""
    with project.ledger.reading() as conn:
        found: Mapping[str, int] = unsure_deliveries.count_refusals_by_reason(conn, broadcast.id)
    return [
        RefusedDeliveries(reason, n, _is_temporary(reason))
        for reason, n in found.items()
        if reason != DeliveryReason.PERSON_NOT_ARRIVED
    ]


def requeue_refused_deliveries(project: Project, broadcast: Broadcast, by: Actor) -> int:
    """Queue those once more that a second try may bring through, each of them once; how many."""
    if broadcast.state in _STATES_WITHOUT_RETRY:
        raise WrongStateError(f"This broadcast is {broadcast.state}, and nothing of it is sent again.")
    reasons = [one.reason for one in count_refused(project, broadcast) if one.passing]
    queued = 0
    while reasons:
        with project.ledger.writing() as conn:
            some = unsure_deliveries.requeue_refused(conn, broadcast.id, reasons, CHUNK)
            if not some:
                break
            detail = {"broadcast": broadcast.id, "deliveries": some}
            audit.write(conn, AuditEntry(by.name, "send-again", broadcast.campaign, detail, by.system_user, by.host))
        queued += some
    return queued


_STATES_WITHOUT_RETRY = frozenset({BroadcastState.RELEASING, BroadcastState.CANCELLED})


def _is_temporary(reason: str) -> bool:
    return reason.removeprefix(GAVE_UP_PREFIX) in TEMPORARY_REASONS
