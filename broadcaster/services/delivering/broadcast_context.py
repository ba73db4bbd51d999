"""The context of a broadcast: what delivering needs of it. It is frozen at the release, so that one reading lasts."""

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
    """The broadcast, what fills its messages, and the time zones of its recipients with their quiet hours."""

    broadcast: Broadcast
    filler: MessageFiller
    zones: tuple[Zone, ...]

    def open_zones(self, moment: datetime) -> list[int]:
        """Numbers of the zones whose people may be written to now. A crisis overrides quiet hours."""
        crisis = bool(self.broadcast.crisis_reason)
        return [
            zone.number for zone in self.zones if crisis or quiet_hours.may_send_at(zone.quiet, zone.timezone, moment)
        ]

    def handover(self, moment: datetime, *, merges: bool = False) -> HandoverTime:
        """The handover at a moment, with the time at which each zone's quiet hours begin; a crisis has none.

        `merges` says that the provider fills gaps itself.
        """
        if self.broadcast.crisis_reason:
            return HandoverTime(moment, merges=merges)
        return HandoverTime(moment, {zone.number: _quiet_hours_begin_at(zone, moment) for zone in self.zones}, merges)


def load_broadcast_context(project: ProjectView, broadcast_id: str, links: LinkMaker) -> BroadcastContext:
    """Read a broadcast's context. Raises UnknownBroadcastError."""
    with project.ledger.reading() as conn:
        broadcast = broadcasts.get(conn, broadcast_id)
        if broadcast is None:
            raise broadcasts.UnknownBroadcastError("There is no broadcast of that id.")
        blobs = {skeleton.number: skeleton.blob for skeleton in skeletons.list_all(conn, broadcast_id)}
        all_zones = tuple(zones.list_all(conn, broadcast_id))
    return BroadcastContext(broadcast, MessageFiller(MessageRoute(**broadcast.setting), blobs, links), all_zones)


def _quiet_hours_begin_at(zone: Zone, moment: datetime) -> datetime | None:
    # Quiet hours may have begun since the batch was claimed. Then they begin now, not at their next start.
    is_open = quiet_hours.may_send_at(zone.quiet, zone.timezone, moment)
    return quiet_hours.next_quiet_start(zone.quiet, zone.timezone, moment) if is_open else moment
