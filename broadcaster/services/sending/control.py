"""Pause, resume and cancel: they hold from the next batch on.

On the command line nobody need say who they are to stop something; the log then has the account and the machine.
"""

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.audit_log.audit import AuditEntry
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery import unsure_deliveries
from broadcaster.services.access.permissions import Actor, host, system_user
from broadcaster.services.project.project import Project
from broadcaster.services.sending.missing_provider import missing_provider_error

CANCEL_CHUNK = 5_000
"""Deliveries cancelled in one transaction, so that a large broadcast does not keep the ledger from others."""


class WrongStateError(BroadcasterError):
    """The broadcast is not in a state in which this can be done."""

    code = "wrong-state"
    default_remedy = "See `broadcaster status` for where it stands."


def pause(project: Project, broadcast: Broadcast, by: Actor | None = None) -> None:
    """Hand out no more batches. What is in flight ends."""
    _change_state(project, broadcast, by, {BroadcastState.SENDING}, BroadcastState.PAUSED)


def resume(project: Project, broadcast: Broadcast, by: Actor | None = None) -> None:
    """Go on where it was paused, or halted. Raises ProviderGoneError where nothing would send what is left."""
    with project.ledger.reading() as conn:
        missing = missing_provider_error(conn, project, broadcast.id)
    if missing is not None:
        raise missing
    _change_state(project, broadcast, by, {BroadcastState.PAUSED}, BroadcastState.SENDING)


def cancel(project: Project, broadcast: Broadcast, by: Actor | None = None) -> int:
    """End it for good; the number of deliveries that will not go out. What was handed over cannot be taken back."""
    open_states = {BroadcastState.SENDING, BroadcastState.PAUSED, BroadcastState.CANCELLED}
    _change_state(project, broadcast, by, open_states, BroadcastState.CANCELLED)
    cancelled = 0
    while True:
        with project.ledger.writing() as conn:
            some = unsure_deliveries.skip_queued(conn, broadcast.id, DeliveryReason.CANCELLED, CANCEL_CHUNK)
        cancelled += some
        if not some:
            return cancelled


def _change_state(
    project: Project, broadcast: Broadcast, by: Actor | None, expected: set[BroadcastState], new: BroadcastState
) -> None:
    deed, done = _ACTIONS[new]
    who = by or Actor(system_user(), "", system_user(), host())
    detail = {"broadcast": broadcast.id}
    with project.ledger.writing() as conn:
        if not broadcasts.set_state(conn, broadcast.id, expected, new):
            raise WrongStateError(f"This broadcast is {broadcast.state} and cannot be {done}.")
        audit.write(conn, AuditEntry(who.name, deed, broadcast.campaign, detail, who.system_user, who.host))


_ACTIONS = {
    BroadcastState.PAUSED: ("pause", "paused"),
    BroadcastState.SENDING: ("resume", "resumed"),
    BroadcastState.CANCELLED: ("cancel", "cancelled"),
}
"""What leads to a state: the deed, and the word for it when it is done."""
