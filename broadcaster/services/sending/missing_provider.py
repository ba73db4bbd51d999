"""Messages of a broadcast that were to go by a provider which config.yaml no longer names: nothing would send them.

What was approved for one provider is not sent by another. So the broadcast is halted, which everybody is told of.
"""

from collections import Counter

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger import Connection
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.services.feedback.halt import halt_broadcast
from broadcaster.services.project.project import Project


class ProviderGoneError(BroadcasterError):
    """Messages wait for a provider that config.yaml no longer names."""

    code = "provider-gone"
    default_remedy = "Name it under `providers` in config.yaml again and resume the broadcast, or cancel it."


def missing_provider_error(conn: Connection, project: Project, broadcast_id: str) -> ProviderGoneError | None:
    """The error for a broadcast that has such messages, with their number; None where it has none."""
    chosen = project.settings.providers
    carried = {(provider.name, provider.channel) for provider in project.providers.values()}
    carried |= {(chosen.email, Channel.EMAIL), (chosen.sms, Channel.SMS)}
    waiting: Counter[str] = Counter()
    for (name, channel, state), count in delivery_counters.count_by_provider_and_state(conn, broadcast_id).items():
        if state is DeliveryState.QUEUED and (name, channel) not in carried:
            waiting[name] += count
    if not waiting:
        return None
    named = " and ".join(f"{count:,} messages by {name}" for name, count in sorted(waiting.items()))
    return ProviderGoneError(f"It was to send {named}, which config.yaml no longer names.")


def halt_for_missing_providers(project: Project, only: str | None = None) -> None:
    """Halt each broadcast that is being sent, or `only` that one, if it has such messages."""
    with project.ledger.reading() as conn:
        sending = [one for one in broadcasts.list_sending_ids(conn) if only in (None, one)]
        found = {one: error for one in sending if (error := missing_provider_error(conn, project, one))}
    for broadcast_id, error in found.items():
        with project.ledger.writing() as conn:
            halt_broadcast(conn, broadcast_id, error.code, f"{error.message} {error.remedy}")
