"""Retry of refused deliveries whose reason is temporary, or can be corrected at the provider or in config.yaml.

The provider certainly did not take a refused message, so nobody gets it twice. Bounces, complaints and permanent
refusals stay as they are. Each delivery is checked against the suppressions again, as every claimed one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery import unsure_deliveries
from broadcaster.providers.reasons import Explanation, Reason
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.reporting.delivery_record import GAVE_UP_PREFIX, explain_delivery_reason
from broadcaster.services.sending.control import WrongStateError

CHUNK = 5_000
"""Deliveries queued in one transaction, so that a large broadcast does not lock the ledger for long."""

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
        # Can be corrected at the provider or in config.yaml.
        Reason.SENDER_REFUSED,
        Reason.RELAY_REFUSED,
        Reason.ALLOWANCE_USED_UP,
        Reason.ACCOUNT_LIMITED,
        Reason.SENDER_NOT_ALLOWED,
        Reason.SENDER_NOT_REGISTERED,
        Reason.REGION_NOT_ALLOWED,
    }
)
"""Reasons of refusal after which a retry may succeed. Any other may be the recipient's own refusal, an invalid address,
or the letter itself.
"""


@dataclass(frozen=True, slots=True)
class RefusedDeliveries:
    """`count` messages that were refused for one reason; `passing` if a retry may succeed."""

    reason: str
    count: int
    passing: bool

    @property
    def explanation(self) -> Explanation:
        """The reason in plain words, and what to do about it."""
        return explain_delivery_reason(self.reason)


def count_refused(project: ProjectView, broadcast: Broadcast) -> list[RefusedDeliveries]:
    """Refused deliveries that were not retried yet, by reason."""
    with project.ledger.reading() as conn:
        found: Mapping[str, int] = unsure_deliveries.count_refusals_by_reason(conn, broadcast.id)
    return [
        RefusedDeliveries(reason, n, _is_temporary(reason))
        for reason, n in found.items()
        if reason != DeliveryReason.PERSON_NOT_ARRIVED
    ]


def requeue_refused_deliveries(project: Project, broadcast: Broadcast, by: Actor) -> int:
    """Requeue refused deliveries whose reason is temporary, at most once each; returns their number."""
    if broadcast.state in _STATES_WITHOUT_RETRY:
        raise WrongStateError(f"This broadcast is {broadcast.state}, and nothing of it is sent again.")
    reasons = [refused.reason for refused in count_refused(project, broadcast) if refused.passing]
    queued = 0
    while reasons:
        with project.ledger.writing() as conn:
            some = unsure_deliveries.requeue_refused(conn, broadcast.id, reasons, CHUNK)
            if not some:
                break
            audit.record(conn, by, "send-again", broadcast.campaign, broadcast=broadcast.id, deliveries=some)
        queued += some
    return queued


_STATES_WITHOUT_RETRY = frozenset({BroadcastState.RELEASING, BroadcastState.CANCELLED})


def _is_temporary(reason: str) -> bool:
    return reason.removeprefix(GAVE_UP_PREFIX) in TEMPORARY_REASONS
