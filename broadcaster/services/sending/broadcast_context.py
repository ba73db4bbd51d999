"""A broadcast as those see it who deliver it: what is frozen with it, read once."""

from dataclasses import dataclass
from datetime import datetime

from broadcaster.domain.local_time import quiet_hours
from broadcaster.ledger.broadcasting import broadcasts, skeletons, zones
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.ledger.broadcasting.zones import Zone
from broadcaster.services.composing.filling import HandoverTime, MessageFiller, MessageRoute
from broadcaster.services.composing.links import LinkMaker
from broadcaster.services.project.project import ProjectView


@dataclass(frozen=True, slots=True)
class BroadcastContext:
    """What delivering needs of a broadcast, read once: it is frozen."""

    broadcast: Broadcast
    filler: MessageFiller
    zones: tuple[Zone, ...]

    def open_zones(self, moment: datetime) -> list[int]:
        """The zones whose people may be written to now; a crisis send overrides quiet hours."""
        crisis = bool(self.broadcast.crisis_reason)
        return [
            zone.number for zone in self.zones if crisis or quiet_hours.may_send_at(zone.quiet, zone.timezone, moment)
        ]

    def handover(self, moment: datetime, *, merges: bool = False) -> HandoverTime:
        """The moment, and when quiet hours begin where people live; a crisis send knows no such end.

        `merges` says that the provider fills gaps itself.
        """
        if self.broadcast.crisis_reason:
            return HandoverTime(moment, merges=merges)
        return HandoverTime(moment, {zone.number: _quiet_hours_begin_at(zone, moment) for zone in self.zones}, merges)


def load_broadcast_context(project: ProjectView, broadcast_id: str, links: LinkMaker) -> BroadcastContext:
    """Read what delivering a broadcast needs."""
    with project.ledger.reading() as conn:
        broadcast = broadcasts.get(conn, broadcast_id)
        if broadcast is None:
            raise broadcasts.UnknownBroadcastError("There is no broadcast of that id.")
        stored = {one.number: one.blob for one in skeletons.list_all(conn, broadcast_id)}
        hours = tuple(zones.list_all(conn, broadcast_id))
    return BroadcastContext(broadcast, MessageFiller(MessageRoute(**broadcast.setting), stored, links), hours)


def _quiet_hours_begin_at(zone: Zone, moment: datetime) -> datetime | None:
    # Quiet hours may have begun since the batch was claimed; those that begin tomorrow are not the next ones then.
    is_open = quiet_hours.may_send_at(zone.quiet, zone.timezone, moment)
    return quiet_hours.next_quiet_start(zone.quiet, zone.timezone, moment) if is_open else moment
