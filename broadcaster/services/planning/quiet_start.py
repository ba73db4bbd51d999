"""Whether a campaign's time lies in quiet hours, so that it waits for their end: one answer for every page."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time.quiet_hours import QuietHours
from broadcaster.domain.states import OPEN_APPROVALS
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import open_audience


def starts_in_quiet_hours(
    view: ProjectView, audiences: Iterable[str], approval: Approval | None, wall: datetime | None
) -> bool:
    """Whether people who live where the organisation is get nothing at that wall time (None: now) until quiet hours
    end. In a crisis that was submitted or approved nothing waits for that.
    """
    if approval is not None and approval.state in OPEN_APPROVALS and approval.crisis_reason:
        return False
    shown = (wall or view.wall_now()).time()
    all_hours = list(_quiet_hours_of(view, audiences))
    return bool(all_hours) and all(hours is not None and hours.cover(shown) for hours in all_hours)


def _quiet_hours_of(view: ProjectView, audiences: Iterable[str]) -> Iterator[QuietHours | None]:
    """The quiet hours of each audience: its own, or else those of config.yaml."""
    for name in audiences:
        try:
            own = open_audience(view, name, roster_needed=False).quiet_hours
        except BroadcasterError:  # its page says what is wrong with it
            own = None
        yield own or view.settings.quiet_hours
