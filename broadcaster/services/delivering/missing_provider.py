"""A missing provider: config.yaml no longer names the one that is to send a broadcast's messages.

What was approved for one provider is not sent by another, so the broadcast is halted and staff are told.
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
    """The error with the number of queued messages that nothing would send; None where there are none."""
    configured = project.settings.providers
    available = {(provider.name, provider.channel) for provider in project.providers.values()}
    available |= {(configured.email, Channel.EMAIL), (configured.sms, Channel.SMS)}
    stranded: Counter[str] = Counter()
    for (name, channel, state), count in delivery_counters.count_by_provider_and_state(conn, broadcast_id).items():
        if state is DeliveryState.QUEUED and (name, channel) not in available:
            stranded[name] += count
    if not stranded:
        return None
    named = " and ".join(f"{count:,} messages by {name}" for name, count in sorted(stranded.items()))
    return ProviderGoneError(f"It was to send {named}, which config.yaml no longer names.")


def halt_for_missing_providers(project: Project, only: str | None = None) -> None:
    """Halt each broadcast that is being sent and has messages for a missing provider; or look at `only` that one."""
    with project.ledger.reading() as conn:
        sending = [id_ for id_ in broadcasts.list_sending_ids(conn) if only in (None, id_)]
        errors = {id_: error for id_ in sending if (error := missing_provider_error(conn, project, id_))}
    for broadcast_id, error in errors.items():
        with project.ledger.writing() as conn:
            halt_broadcast(conn, broadcast_id, error.code, f"{error.message} {error.remedy}")
