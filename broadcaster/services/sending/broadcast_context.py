"""A broadcast as those see it who deliver it: what is frozen with it, read once."""

from dataclasses import dataclass
from datetime import datetime

from broadcaster.domain import quiet_hours
from broadcaster.ledger import broadcasts, skeletons, zones
from broadcaster.ledger.broadcasts import Broadcast
from broadcaster.ledger.zones import Zone
from broadcaster.services.composing.filling import Filler, Handover, Route
from broadcaster.services.composing.links import LinkMaker
from broadcaster.services.project.project import ProjectView


@dataclass(frozen=True, slots=True)
class Running:
    """What delivering needs of a broadcast, read once: it is frozen."""

    broadcast: Broadcast
    filler: Filler
    zones: tuple[Zone, ...]

    def open_zones(self, moment: datetime) -> list[int]:
        """The zones whose people may be written to now; a crisis send overrides quiet hours."""
        crisis = bool(self.broadcast.crisis_reason)
        return [zone.number for zone in self.zones if crisis or quiet_hours.open_now(zone.quiet, zone.timezone, moment)]

    def handover(self, moment: datetime, *, merges: bool = False) -> Handover:
        """The moment, and when quiet hours begin where people live; a crisis send knows no such end.

        `merges` says that the provider fills gaps itself.
        """
        if self.broadcast.crisis_reason:
            return Handover(moment, merges=merges)
        return Handover(moment, {zone.number: _closing(zone, moment) for zone in self.zones}, merges)


def load_running(project: ProjectView, broadcast_id: str, links: LinkMaker) -> Running:
    """Read what delivering a broadcast needs."""
    with project.ledger.reading() as conn:
        broadcast = broadcasts.get(conn, broadcast_id)
        if broadcast is None:
            raise broadcasts.UnknownBroadcastError("There is no broadcast of that id.")
        stored = {one.number: one.blob for one in skeletons.all(conn, broadcast_id)}
        hours = tuple(zones.all(conn, broadcast_id))
    return Running(broadcast, Filler(Route(**broadcast.setting), stored, links), hours)


def _closing(zone: Zone, moment: datetime) -> datetime | None:
    # Quiet hours may have begun since the batch was claimed; those that begin tomorrow are not the next ones then.
    is_open = quiet_hours.open_now(zone.quiet, zone.timezone, moment)
    return quiet_hours.closes_at(zone.quiet, zone.timezone, moment) if is_open else moment
