"""The first page: what waits for me, what runs, what comes next, what was sent."""

from dataclasses import dataclass
from datetime import datetime, time
from math import ceil
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.services.access.permissions import Deed, deciders
from broadcaster.services.approving.occurrence_fates import Account
from broadcaster.services.notifications.untold import untold
from broadcaster.services.planning.quiet_start import starts_in_quiet_hours
from broadcaster.services.project.project import ProjectView, now
from broadcaster.services.recipients import suppression_lookup
from broadcaster.services.reporting.agenda import Agenda, agenda, audiences_of
from broadcaster.services.reporting.progress import count
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit

DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a day, in minutes."""

    start: int
    length: int


@get("/", opt=needs(Deed.LOOK), sync_to_thread=True)
def home(visit: NamedDependency[Visit]) -> Response[Any]:
    """The first page."""
    settings, found = visit.view.settings, agenda(visit.view, visit.who)
    return visit.page(
        "home",
        agenda=found,
        untold=untold(visit.view, now()),
        offered=suppression_lookup.how_many_offered(visit.view, visit.who),
        replies=visit.waiting if visit.may("see_replies") else None,
        quiet=settings.quiet_hours,
        spans=_quiet(visit.view),
        starts=_starts(found),
        until=_seconds_until,
        count=count,
        is_quiet=lambda one: starts_in_quiet_hours(
            visit.view, audiences_of(visit.view, one), one.approval, None if one.at_once else one.wall
        ),
        deciders=lambda one: deciders(settings, audiences_of(visit.view, one), one.submitted_by),
    )


@get("/{rest:path}", opt=needs(Deed.LOOK), sync_to_thread=False)
def nowhere(rest: FromPath[str]) -> Response[Any]:  # noqa: ARG001 (it is what makes it every other path)
    """A page that there is not, said in the desk's own words."""
    raise NotFoundException


ROUTES = (home, nowhere)


def _quiet(project: ProjectView) -> list[Span]:
    """The quiet hours as parts of one day, which they may begin and end."""
    hours = project.settings.quiet_hours
    if hours is None or hours.start == hours.end:
        return []
    start, end = _minute(hours.start), _minute(hours.end)
    if start < end:
        return [Span(start, end - start)]
    return [span for span in (Span(0, end), Span(start, DAY - start)) if span.length]


def _starts(found: Agenda) -> dict[str, list[int]]:
    """The minutes at which something starts, by day."""
    return {day.date.isoformat(): [_minute(one.wall) for one in day.coming if one.wall] for day in found.days}


def _seconds_until(account: Account) -> int:
    """The seconds until it starts; 0 when it is about to."""
    return max(0, ceil((account.at - now()).total_seconds())) if account.at else 0


def _minute(at: time | datetime) -> int:
    return at.hour * 60 + at.minute
