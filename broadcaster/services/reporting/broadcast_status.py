"""The status of broadcasts, read from counters in the ledger; no rows are counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.config import CampaignSettings
from broadcaster.domain.delivery.halt_codes import is_about_returned_mail
from broadcaster.domain.delivery.mail_routes import PipeliningLimit, route_name
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time import quiet_hours, walltime
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger import Connection
from broadcaster.ledger.broadcasting import billing, broadcasts, delivery_counters, zones
from broadcaster.ledger.broadcasting.broadcasts import Broadcast, UnknownBroadcastError
from broadcaster.ledger.delivery import mail_route_limits
from broadcaster.ledger.delivery.queued_deliveries import list_queued_by_zone
from broadcaster.ledger.planning import approvals, occurrences
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.ledger.recipients.unseen_replies import UnseenReplies, unseen_reply_counts
from broadcaster.services.project.project import ProjectView, now

__all__ = [
    "Approval",
    "Broadcast",
    "BroadcastStatus",
    "Occurrence",
    "UnseenReplies",
    "approval_of_broadcast",
    "audiences_of_broadcast",
    "count_approved_messages",
    "count_unseen_replies",
    "find_broadcast",
    "get_broadcast",
    "get_broadcast_status",
    "list_broadcast_statuses",
    "signed_audiences",
    "slow_route",
]

SHORTEST_ID_PREFIX = 4

CAME_BACK_SHOWN_FOR = timedelta(days=7)
"""How long after its end a broadcast is shown as returned, for bounces come for five days."""


class AmbiguousBroadcastError(BroadcasterError):
    """Several broadcasts have an id with this beginning."""

    code = "broadcast-ambiguous"
    default_remedy = "Give more characters of its id; `broadcaster status` shows them all."


@dataclass(frozen=True, slots=True)
class BroadcastStatus:
    """The status of one broadcast. `waits` has (number, until) of messages in quiet hours or before a retry."""

    broadcast: Broadcast
    deliveries: Mapping[str, int]
    providers: Mapping[str, int]
    waits: tuple[tuple[int, datetime], ...]

    @property
    def came_back(self) -> str:
        """Why many messages of a recently finished broadcast came back; "" otherwise."""
        one = self.broadcast
        over = one.state in (BroadcastState.FINISHED, BroadcastState.CANCELLED) and is_about_returned_mail(
            one.halt_code
        )
        return one.halt_reason if over and one.finished_at and now() - one.finished_at <= CAME_BACK_SHOWN_FOR else ""

    def as_json(self) -> dict[str, object]:
        """The row of `status --json`."""
        return {
            "id": self.broadcast.id,
            "campaign": self.broadcast.campaign,
            "occurrence": walltime.key(self.broadcast.wall),
            "state": self.broadcast.state.value,
            "deliveries": dict(self.deliveries),
            "providers": dict(self.providers),
        }


def find_broadcast(project: ProjectView, wanted: str) -> Broadcast:
    """The broadcast whose id is, or begins with, `wanted`. Raises UnknownBroadcastError, AmbiguousBroadcastError."""
    with project.ledger.reading() as conn:
        whole = broadcasts.get(conn, wanted)
        matching = (
            [] if whole else broadcasts.list_by_id_prefix(conn, wanted) if len(wanted) >= SHORTEST_ID_PREFIX else []
        )
    if whole is not None:
        return whole
    if len(matching) > 1:
        raise AmbiguousBroadcastError(f"{len(matching)} broadcasts have an id that begins with {wanted}.")
    if not matching:
        raise UnknownBroadcastError("There is no broadcast of that id.")
    return matching[0]


def get_broadcast(project: ProjectView, broadcast_id: str) -> Broadcast | None:
    """The broadcast of exactly this id."""
    with project.ledger.reading() as conn:
        return broadcasts.get(conn, broadcast_id)


def audiences_of_broadcast(project: ProjectView, broadcast: Broadcast) -> tuple[str, ...]:
    """The audiences of a broadcast: those of its signed approval, whatever config.yaml says now."""
    with project.ledger.reading() as conn:
        signed = approvals.get(conn, broadcast.approval)
    return signed_audiences(signed) if signed is not None else ()


def approval_of_broadcast(project: ProjectView, broadcast: Broadcast) -> Approval | None:
    """The approval that it was released by."""
    with project.ledger.reading() as conn:
        return approvals.get(conn, broadcast.approval)


def signed_audiences(approval: Approval) -> tuple[str, ...]:
    """The names of the audiences that an approval is for."""
    named = approval.inputs.get("audiences")
    return tuple(str(one[0]) for one in named) if isinstance(named, list) else ()


def get_broadcast_status(project: ProjectView, broadcast: Broadcast) -> BroadcastStatus:
    """The status of a broadcast now."""
    with project.ledger.reading() as conn:
        fresh = broadcasts.get(conn, broadcast.id) or broadcast
        states = delivery_counters.count_by_state(conn, broadcast.id)
        providers = delivery_counters.count_by_provider(conn, broadcast.id)
        waits = _waiting_by_time(conn, fresh)
    return BroadcastStatus(fresh, {state.value: n for state, n in states.items()}, providers, waits)


def segments_billed(project: ProjectView, broadcast: Broadcast) -> int:
    """Segments that the provider has reported as billed for this broadcast's texts."""
    with project.ledger.reading() as conn:
        return billing.segments_billed(conn, broadcast.id)


def list_broadcast_statuses(project: ProjectView, limit: int = 50) -> list[BroadcastStatus]:
    """The newest broadcasts, newest first."""
    with project.ledger.reading() as conn:
        found = broadcasts.list_recent(conn, limit)
    return [get_broadcast_status(project, one) for one in found]


def _waiting_by_time(conn: Connection, broadcast: Broadcast) -> tuple[tuple[int, datetime], ...]:
    """The number of deliveries by the time until which they wait: the end of quiet hours, or their retry."""
    if broadcast.state is not BroadcastState.SENDING:
        return ()
    moment = now()
    hours = {zone.number: zone for zone in zones.list_all(conn, broadcast.id)}
    until: Counter[datetime] = Counter()
    for pending in list_queued_by_zone(conn, broadcast.id):
        zone = hours[pending.zone]
        due = max(moment, pending.earliest)
        if not broadcast.crisis_reason:
            due = quiet_hours.next_sending_time(zone.quiet, zone.timezone, due)
        if due > moment:
            until[due.replace(microsecond=0)] += pending.queued
    return tuple(sorted(((n, due) for due, n in until.items()), key=lambda wait: wait[1]))


def count_unseen_replies(view: ProjectView) -> UnseenReplies:
    """The number of unseen replies."""
    with view.ledger.reading() as conn:
        return unseen_reply_counts(conn)


def slow_route(project: ProjectView) -> tuple[str, PipeliningLimit] | None:
    """The mail server in use and its pipelining limit, if it cannot take commands as it announces."""
    smtp = project.settings.providers.smtp
    if project.settings.providers.email != "smtp" or smtp is None:
        return None
    route = route_name(smtp.host, smtp.port)
    with project.ledger.reading() as conn:
        limit = mail_route_limits.get(conn, route)
    return (route, limit) if limit and limit.is_current(now()) else None


def count_approved_messages(project: ProjectView, campaign: CampaignSettings) -> int:
    """The number of messages of the campaign's newest approval; 0 without one."""
    with project.ledger.reading() as conn:
        walls = [None, *(one.wall for one in occurrences.list_unsettled(conn, campaign.name))]
        found = [approvals.latest_for_occurrence(conn, campaign.name, wall) for wall in walls]
    return max((one.recipients for one in found if one is not None), default=0)
