"""The first page: what waits for me, what runs, what comes next, what was sent."""

from dataclasses import dataclass
from datetime import datetime, time
from math import ceil
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.services.access.permissions import Permission, list_deciders
from broadcaster.services.approving.occurrence_fates import OccurrenceFate
from broadcaster.services.notifications.unreached import list_unreached_people
from broadcaster.services.planning.quiet_start import starts_in_quiet_hours
from broadcaster.services.project.project import ProjectView, now
from broadcaster.services.recipients import suppression_lookup
from broadcaster.services.reporting.agenda import Agenda, agenda_for, audiences_of_occurrence
from broadcaster.services.reporting.progress import count_undelivered, summarise_states
from broadcaster.services.reporting.unfinished import find_unfinished
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class MinuteSpan:
    """A part of a day, in minutes."""

    start: int
    length: int


@get("/", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_home(visit: NamedDependency[Visit]) -> Response[Any]:
    """The first page."""
    settings, found = visit.view.settings, agenda_for(visit.view, visit.who)
    return visit.page(
        "home",
        agenda=found,
        unfinished=find_unfinished(visit.view, visit.who),
        untold=list_unreached_people(visit.view, now()),
        offered=suppression_lookup.count_liftable(visit.view, visit.who),
        replies=visit.waiting if visit.has_permission("see_replies") else None,
        quiet=settings.quiet_hours,
        spans=_quiet_spans(visit.view),
        starts=_starts_by_day(found),
        until=_seconds_until,
        count=summarise_states,
        undelivered=count_undelivered,
        is_quiet=lambda one: starts_in_quiet_hours(
            visit.view, audiences_of_occurrence(visit.view, one), one.approval, None if one.at_once else one.wall
        ),
        deciders=lambda one: list_deciders(settings, audiences_of_occurrence(visit.view, one), one.submitted_by),
    )


@get("/{rest:path}", opt=requires(Permission.LOOK), sync_to_thread=False)
def show_not_found(rest: FromPath[str]) -> Response[Any]:  # noqa: ARG001 (it is what makes it every other path)
    """A page that there is not, said in the desk's own words."""
    raise NotFoundException


ROUTES = (show_home, show_not_found)


def _quiet_spans(project: ProjectView) -> list[MinuteSpan]:
    """The quiet hours as parts of one day, which they may begin and end."""
    hours = project.settings.quiet_hours
    if hours is None or hours.start == hours.end:
        return []
    start, end = _minute_of_day(hours.start), _minute_of_day(hours.end)
    if start < end:
        return [MinuteSpan(start, end - start)]
    return [span for span in (MinuteSpan(0, end), MinuteSpan(start, DAY_MINUTES - start)) if span.length]


def _starts_by_day(found: Agenda) -> dict[str, list[int]]:
    """The minutes at which something starts, by day."""
    return {day.date.isoformat(): [_minute_of_day(one.wall) for one in day.coming if one.wall] for day in found.days}


def _seconds_until(account: OccurrenceFate) -> int:
    """The seconds until it starts; 0 when it is about to."""
    return max(0, ceil((account.at - now()).total_seconds())) if account.at else 0


def _minute_of_day(at: time | datetime) -> int:
    return at.hour * 60 + at.minute
