"""Occurrences: when a campaign fires, by the organisation's wall clock.

An occurrence is unique by campaign and wall time, so that two schedulers, a restart, a double click or the hour that
autumn brings twice cannot make two of it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from broadcaster.config import Campaign
from broadcaster.domain import walltime
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import OccurrenceState
from broadcaster.ledger import Connection, approvals, campaigns, occurrences
from broadcaster.ledger.occurrences import Occurrence
from broadcaster.services import digest
from broadcaster.services.project import Project, now

FAR = timedelta(days=366 * 5)
"""How far ahead a rule is walked to find its next time; one that fires more seldom is taken for a mistake."""

CATCH_UP = 1_000
"""Missed times written down at most: a machine that slept for a year need not record each minute of it."""

UNSETTLED = frozenset({OccurrenceState.PLANNED, OccurrenceState.WAITING})


class NothingAheadError(BroadcasterError):
    """The campaign has no occurrence left."""

    code = "nothing-ahead"
    default_remedy = "Give the campaign a `when` that lies ahead, or submit it with --now."


def next_occurrence(project: Project, campaign: Campaign) -> Occurrence:
    """The earliest occurrence that was neither released nor skipped. Raises NothingAheadError."""
    write_occurrences(project, campaign)
    with project.ledger.reading() as conn:
        found = occurrences.next(conn, campaign.name)
    if found is None:
        raise nothing_ahead(project, campaign)
    return found


def nothing_ahead(project: Project, campaign: Campaign) -> NothingAheadError:
    """The campaign has no occurrence left; says where config.yaml could give it one."""
    place = project.settings.line(("campaigns", campaign.name))
    return NothingAheadError(f"{campaign.name} has nothing left to send.", file="config.yaml", line=place)


def write_occurrences(project: Project, campaign: Campaign, moment: datetime | None = None) -> None:
    """Walk the campaign's rule from where it was last walked to the first time ahead, and write down what it meets.

    An occurrence that the rule no longer has (its time was moved in config.yaml) is skipped, unless somebody submitted
    it for that very time with --now.
    """
    wall_now = walltime.local(moment or now(), project.zone)
    with project.ledger.writing() as conn:
        walls = list(_walls(project, campaign, campaigns.planned_until(conn, campaign.name), wall_now))
        for wall in walls:
            occurrences.plan(conn, campaign.name, wall, walltime.instant(wall, project.zone))
        if walls and campaign.every is not None:
            campaigns.set_planned_until(conn, campaign.name, walls[-1])
        _withdraw_moved(conn, project, campaign)


def _walls(project: Project, campaign: Campaign, done: datetime | None, wall_now: datetime) -> Iterator[datetime]:
    """The wall times after `done`: those missed, the last CATCH_UP of them, and the first one ahead."""
    if campaign.when is not None:
        yield campaign.when
    if campaign.every is None:
        return
    until = wall_now + FAR
    if campaign.every.until is not None:
        until = min(until, datetime.combine(campaign.every.until, datetime.max.time()))
    walls: list[datetime] = []
    if done is not None and done > wall_now:
        return
    for wall in project.walls(campaign.every.cron, done or wall_now, until):
        walls.append(wall)
        if wall > wall_now:
            break
        if len(walls) > CATCH_UP:
            del walls[0]
    yield from walls


def _withdraw_moved(conn: Connection, project: Project, campaign: Campaign) -> None:
    for occurrence in occurrences.unsettled(conn, campaign.name):
        if not _still_meant(conn, project, campaign, occurrence):
            occurrences.mark(conn, occurrence.id, UNSETTLED, OccurrenceState.SKIPPED, "time-moved")


def _still_meant(conn: Connection, project: Project, campaign: Campaign, occurrence: Occurrence) -> bool:
    if campaign.when is not None and campaign.when == occurrence.wall:
        return True
    if campaign.every is not None:
        before = occurrence.wall - timedelta(seconds=1)
        if occurrence.wall in project.walls(campaign.every.cron, before, occurrence.wall):
            return True
    approval = approvals.latest(conn, campaign.name, occurrence.wall)
    return approval is not None and digest.terms(approval).at_once
