"""Unsure deliveries: the provider may or may not have taken them.

They are settled by reports and by what the provider can prove. The others are resent only if a person or the campaign's
`if_unsure: resend` says so, and once only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from broadcaster.config import IfUnsure
from broadcaster.domain.delivery.delivery_reasons import DeliveryReason
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.reports import Report
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import DeliveryState
from broadcaster.keys import SealBrokenError
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.delivery import unsure_deliveries
from broadcaster.ledger.delivery.unsure_deliveries import UnsureDeliveryRow
from broadcaster.providers.base import DeliveryProof
from broadcaster.services.access.permissions import Actor, system_account_actor
from broadcaster.services.composing.links import LinkMaker
from broadcaster.services.delivering.broadcast_context import BroadcastContext, load_broadcast_context
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import Project, ProjectView, now
from broadcaster.services.reporting.delivery_record import UNREADABLE

EVENTS_COME_WITHIN = timedelta(minutes=15)
"""How long after an attempt began a report on it may still come, where the provider has a hook. Most come within
seconds, a few after minutes, and a hook that was down is called again. `if_unsure: resend` waits so long, so that the
recipient does not get two letters."""

IN_DOUBT = (DeliveryState.UNSURE, DeliveryState.HELD)


@dataclass(frozen=True, slots=True)
class UnsureDelivery:
    """One unsure or held delivery, as a person needs to see it to decide."""

    delivery_id: str
    channel: str
    state: str
    reason: str
    name: str
    address: str


def reconcile(project: Project, broadcast: Broadcast) -> None:
    """Settle a broadcast's unsure deliveries by reports and by what the providers can prove.

    What was certainly not taken is queued again. What stays unsure is resent once no report can come any more, if the
    campaign says so; otherwise it waits for a person.
    """
    provider_reports.apply(project)
    with project.ledger.reading() as conn:
        unsure = unsure_deliveries.list_unsure(conn, broadcast.id)
    if not unsure:
        return
    evidence = _evidence(project, broadcast, unsure)
    _apply_reports(project, unsure, evidence)
    taken = [one.id for one in unsure if evidence.get(one.id) is True]
    untaken = [one.id for one in unsure if evidence.get(one.id) is False]
    unproved = [one.id for one in unsure if one.id not in evidence and not _may_be_reported(project, one)]
    with project.ledger.writing() as conn:
        unsure_deliveries.settle(conn, broadcast.id, taken, DeliveryState.ACCEPTED)
        unsure_deliveries.requeue_untaken(conn, broadcast.id, untaken)
        if broadcast.if_unsure == IfUnsure.RESEND:
            unsure_deliveries.settle(conn, broadcast.id, unproved, DeliveryState.QUEUED, DeliveryReason.UNSURE_RESENT)


def _may_be_reported(project: Project, one: UnsureDeliveryRow) -> bool:
    return one.provider in project.hooks and now() - one.started_at < EVENTS_COME_WITHIN


def list_unsure_deliveries(project: ProjectView, broadcast: Broadcast) -> list[UnsureDelivery]:
    """The unsure and held deliveries, with name and address for the person who decides."""
    with project.ledger.reading() as conn:
        found = unsure_deliveries.list_unsure(conn, broadcast.id, IN_DOUBT)
    return [_as_unsure_delivery(one) for one in found]


def hold_unsure(project: Project, broadcast: Broadcast, by: Actor | None = None) -> int:
    """Hold all unsure deliveries until a person says otherwise; returns their number."""
    return _settle(project, broadcast, by, "hold", (DeliveryState.HELD, DeliveryReason.PERSON_HOLD))


def resend(project: Project, broadcast: Broadcast, by: Actor | None = None) -> int:
    """Queue all unsure and held deliveries again; returns their number. One that was resent before is held instead."""
    return _settle(project, broadcast, by, "resend", (DeliveryState.QUEUED, DeliveryReason.PERSON_RESEND))


def _settle(
    project: Project, broadcast: Broadcast, by: Actor | None, deed: str, decided: tuple[DeliveryState, DeliveryReason]
) -> int:
    who = by or system_account_actor()
    with project.ledger.writing() as conn:
        count = unsure_deliveries.settle(conn, broadcast.id, None, *decided)
        audit.record(conn, who, f"unsure-{deed}", broadcast.campaign, broadcast=broadcast.id, deliveries=count)
    return count


def _evidence(
    project: Project, broadcast: Broadcast, unsure: Sequence[UnsureDeliveryRow]
) -> Mapping[str, DeliveryProof]:
    """What the providers can prove of these deliveries, by delivery id."""
    context = load_broadcast_context(project, broadcast.id, LinkMaker(project.settings.public_url, project.keyring))
    evidence: dict[str, DeliveryProof] = {}
    for provider in project.providers.values():
        theirs = [one for one in unsure if (one.provider, one.channel) == (provider.name, provider.channel)]
        asked = [
            UnsureAttempt(one.id, one.attempt_id, one.started_at, partial(_rebuild_message, context, one))
            for one in theirs
        ]
        evidence.update(provider.evidence(asked) if asked else {})
    return evidence


def _apply_reports(
    project: Project, unsure: Sequence[UnsureDeliveryRow], evidence: Mapping[str, DeliveryProof]
) -> None:
    """Apply the reports that the providers gave as proof."""
    by_provider: dict[str, list[Report]] = {}
    for one in unsure:
        proof = evidence.get(one.id)
        if isinstance(proof, Report):
            by_provider.setdefault(one.provider, []).append(proof)
    for provider, reports in by_provider.items():
        provider_reports.receive(project, provider, reports)
    if by_provider:
        provider_reports.apply(project)


def _rebuild_message(context: BroadcastContext, one: UnsureDeliveryRow) -> Outgoing | None:
    """The message of a delivery as it was handed over, except for its date; None if its recipient was erased."""
    [message] = context.filler.fill([one], context.handover(now()))
    return None if isinstance(message, BroadcasterError) or not message.to else message


def _as_unsure_delivery(one: UnsureDeliveryRow) -> UnsureDelivery:
    try:
        name, address = one.payload.name, one.payload.address
    except SealBrokenError:
        name = address = UNREADABLE
    return UnsureDelivery(one.id, one.channel.value, one.state.value, one.reason, name, address)
