"""Control of a broadcast: pause, resume, cancel. Each holds from the next batch on.

The command line does so without `--by`, so that anybody can stop a broadcast at once. The audit log then names the
system account and the machine.
"""

from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery import unsure_deliveries
from broadcaster.services.access.permissions import Actor, system_account_actor
from broadcaster.services.delivering.missing_provider import missing_provider_error
from broadcaster.services.project.project import Project

CANCEL_CHUNK = 5_000
"""Deliveries cancelled in one transaction, so that a large broadcast does not lock the ledger for long."""


class WrongStateError(BroadcasterError):
    """The broadcast is not in a state in which this can be done."""

    code = "wrong-state"
    default_remedy = "See `broadcaster status` for where it stands."


def pause(project: Project, broadcast: Broadcast, by: Actor | None = None) -> None:
    """Claim no more batches. Those that are claimed are still delivered."""
    _change_state(project, broadcast, by, {BroadcastState.SENDING}, BroadcastState.PAUSED)


def resume(project: Project, broadcast: Broadcast, by: Actor | None = None) -> None:
    """Go on after a pause or halt. Raises ProviderGoneError when config.yaml names no provider for what is left."""
    with project.ledger.reading() as conn:
        missing = missing_provider_error(conn, project, broadcast.id)
    if missing is not None:
        raise missing
    _change_state(project, broadcast, by, {BroadcastState.PAUSED}, BroadcastState.SENDING)


def cancel(project: Project, broadcast: Broadcast, by: Actor | None = None) -> int:
    """End it for good; returns how many deliveries are cancelled. What was handed over cannot be taken back."""
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
    who = by or system_account_actor()
    with project.ledger.writing() as conn:
        if not broadcasts.set_state(conn, broadcast.id, expected, new):
            raise WrongStateError(f"This broadcast is {broadcast.state} and cannot be {done}.")
        audit.record(conn, who, deed, broadcast.campaign, broadcast=broadcast.id)


_ACTIONS = {
    BroadcastState.PAUSED: ("pause", "paused"),
    BroadcastState.SENDING: ("resume", "resumed"),
    BroadcastState.CANCELLED: ("cancel", "cancelled"),
}
"""By the new state: the action in the audit log, and its past participle for the error."""
