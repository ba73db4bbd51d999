"""What is waiting, running, done, and what comes next; read from counters, never counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.config import Campaign
from broadcaster.domain import quiet_hours, walltime
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.halts import says_what_came_back
from broadcaster.domain.mailroutes import Limit, route_name
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger import (
    Connection,
    approvals,
    billing,
    broadcasts,
    counters,
    mailroutes,
    occurrences,
    zones,
)
from broadcaster.ledger.approvals import Approval
from broadcaster.ledger.broadcasts import Broadcast, UnknownBroadcastError
from broadcaster.ledger.due import next_due
from broadcaster.ledger.occurrences import Occurrence
from broadcaster.ledger.unseen_replies import Unseen, unseen
from broadcaster.services.project.project import ProjectView, now

__all__ = [
    "Approval",
    "Broadcast",
    "Occurrence",
    "Standing",
    "Unseen",
    "approved_count",
    "audiences_of",
    "find",
    "known",
    "signed_audiences",
    "slow_route",
    "standing",
    "standings",
    "story",
    "unseen_replies",
]

SHORTEST_ID = 4

STANDS_FOR = timedelta(days=7)
"""How long after its end it is said of a broadcast that much of it came back: bounces come for five days."""


class AmbiguousBroadcastError(BroadcasterError):
    """More than one broadcast has an id that begins like this."""

    code = "broadcast-ambiguous"
    default_remedy = "Give more characters of its id; `broadcaster status` shows them all."


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one broadcast stands. `waits` says, for people in quiet hours or put off, how many and until when."""

    broadcast: Broadcast
    deliveries: Mapping[str, int]
    providers: Mapping[str, int]
    waits: tuple[tuple[int, datetime], ...]

    @property
    def came_back(self) -> str:
        """Why much of it came back, where it is over and that is news; "" otherwise."""
        one = self.broadcast
        over = one.state in (BroadcastState.FINISHED, BroadcastState.CANCELLED) and says_what_came_back(one.halt_code)
        return one.halt_reason if over and one.finished_at and now() - one.finished_at <= STANDS_FOR else ""

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


def find(project: ProjectView, wanted: str) -> Broadcast:
    """The broadcast whose id is, or begins with, `wanted`. Raises UnknownBroadcastError, AmbiguousBroadcastError."""
    with project.ledger.reading() as conn:
        whole = broadcasts.get(conn, wanted)
        matching = [] if whole else broadcasts.beginning_with(conn, wanted) if len(wanted) >= SHORTEST_ID else []
    if whole is not None:
        return whole
    if len(matching) > 1:
        raise AmbiguousBroadcastError(f"{len(matching)} broadcasts have an id that begins with {wanted}.")
    if not matching:
        raise UnknownBroadcastError("There is no broadcast of that id.")
    return matching[0]


def known(project: ProjectView, broadcast_id: str) -> Broadcast | None:
    """The broadcast of exactly this id."""
    with project.ledger.reading() as conn:
        return broadcasts.get(conn, broadcast_id)


def audiences_of(project: ProjectView, broadcast: Broadcast) -> tuple[str, ...]:
    """The audiences that a broadcast went to: those whose approval was signed, whatever config.yaml says now."""
    with project.ledger.reading() as conn:
        signed = approvals.get(conn, broadcast.approval)
    return signed_audiences(signed) if signed is not None else ()


def story(project: ProjectView, broadcast: Broadcast) -> Approval | None:
    """Who submitted and approved it."""
    with project.ledger.reading() as conn:
        return approvals.get(conn, broadcast.approval)


def signed_audiences(approval: Approval) -> tuple[str, ...]:
    """The names of the audiences that an approval is for."""
    named = approval.inputs.get("audiences")
    return tuple(str(one[0]) for one in named) if isinstance(named, list) else ()


def standing(project: ProjectView, broadcast: Broadcast) -> Standing:
    """Where a broadcast stands right now."""
    with project.ledger.reading() as conn:
        fresh = broadcasts.get(conn, broadcast.id) or broadcast
        states = counters.by_state(conn, broadcast.id)
        providers = counters.by_provider(conn, broadcast.id)
        waits = _waits(conn, fresh)
    return Standing(fresh, {state.value: n for state, n in states.items()}, providers, waits)


def segments_billed(project: ProjectView, broadcast: Broadcast) -> int:
    """The segments that the provider says it bills this broadcast's texts as; 0 while it has said of none."""
    with project.ledger.reading() as conn:
        return billing.segments_billed(conn, broadcast.id)


def standings(project: ProjectView, limit: int = 50) -> list[Standing]:
    """The newest broadcasts, newest first."""
    with project.ledger.reading() as conn:
        found = broadcasts.recent(conn, limit)
    return [standing(project, one) for one in found]


def _waits(conn: Connection, broadcast: Broadcast) -> tuple[tuple[int, datetime], ...]:
    """How many deliveries wait until when: for the end of quiet hours where people live, or for their next try."""
    if broadcast.state is not BroadcastState.SENDING:
        return ()
    moment = now()
    hours = {zone.number: zone for zone in zones.all(conn, broadcast.id)}
    until: Counter[datetime] = Counter()
    for pending in next_due(conn, broadcast.id):
        zone = hours[pending.zone]
        due = max(moment, pending.earliest)
        if not broadcast.crisis_reason:
            due = quiet_hours.opens_at(zone.quiet, zone.timezone, due)
        if due > moment:
            until[due.replace(microsecond=0)] += pending.queued
    return tuple(sorted(((n, due) for due, n in until.items()), key=lambda wait: wait[1]))


def unseen_replies(view: ProjectView) -> Unseen:
    """How many replies nobody has looked at."""
    with view.ledger.reading() as conn:
        return unseen(conn)


def slow_route(project: ProjectView) -> tuple[str, Limit] | None:
    """The mail server that emails go to, and how it has to be talked to, if that is slower than it says it can be."""
    smtp = project.settings.providers.smtp
    if project.settings.providers.email != "smtp" or smtp is None:
        return None
    route = route_name(smtp.host, smtp.port)
    with project.ledger.reading() as conn:
        limit = mailroutes.limit(conn, route)
    return (route, limit) if limit and limit.holds(now()) else None


def approved_count(project: ProjectView, campaign: Campaign) -> int:
    """How many messages the campaign's newest approval is for; 0 when there is none."""
    with project.ledger.reading() as conn:
        walls = [None, *(one.wall for one in occurrences.unsettled(conn, campaign.name))]
        found = [approvals.latest(conn, campaign.name, wall) for wall in walls]
    return max((one.recipients for one in found if one is not None), default=0)
