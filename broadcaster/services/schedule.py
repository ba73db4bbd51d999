"""Occurrences: when a campaign fires, by the organisation's wall clock.

An occurrence is unique by campaign and wall time, so that two schedulers, a restart, a double click or the hour that
autumn brings twice cannot make two of it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from broadcaster.config import Campaign
from broadcaster.domain import walltime
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import ApprovalState, OccurrenceState
from broadcaster.ledger import Connection, approvals, broadcasts, campaigns, occurrences
from broadcaster.ledger.occurrences import Occurrence
from broadcaster.services import digest
from broadcaster.services.project import Project, now

FAR = timedelta(days=366 * 5)
"""How far ahead a rule is walked to find its next time; one that fires more seldom is taken for a mistake."""

CATCH_UP = 1_000
"""Missed times written down at most: a machine that slept for a year need not record each minute of it."""

UNSETTLED = frozenset({OccurrenceState.PLANNED, OccurrenceState.WAITING})

ALIVE = frozenset({ApprovalState.SUBMITTED, ApprovalState.APPROVED})

MOVED = "time-moved"
"""Why an occurrence is skipped whose time no longer stands in config.yaml."""

SENT = "sent-before"
"""Why the time of a campaign with one time is skipped that was sent before it, as soon as it was approved."""


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
            _put(conn, project, campaign, wall)
        if walls and campaign.every is not None:
            campaigns.set_planned_until(conn, campaign.name, walls[-1])
        _withdraw_moved(conn, project, campaign)
        if campaign.when is not None and broadcasts.of_campaign(conn, campaign.name, limit=1):
            _withdraw_sent(conn, campaign)


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
    # Never from later than now: a rule that was changed may have a time before the one written down last.
    for wall in project.walls(campaign.every.cron, min(done or wall_now, wall_now), until):
        walls.append(wall)
        if wall > wall_now:
            break
        if len(walls) > CATCH_UP:
            del walls[0]
    yield from walls


def _put(conn: Connection, project: Project, campaign: Campaign, wall: datetime) -> None:
    """Write an occurrence down; one that was moved away and back again is meant once more."""
    if occurrences.plan(conn, campaign.name, wall, walltime.instant(wall, project.zone)):
        return
    found = occurrences.of(conn, campaign.name, wall)
    if found is not None and found.reason == MOVED:
        occurrences.mark(conn, found.id, {OccurrenceState.SKIPPED}, OccurrenceState.PLANNED)


def _withdraw_moved(conn: Connection, project: Project, campaign: Campaign) -> None:
    for occurrence in occurrences.unsettled(conn, campaign.name):
        if _by_rule(project, campaign, occurrence.wall):
            # The organisation's timezone may have been changed since.
            occurrences.set_due(conn, occurrence.id, walltime.instant(occurrence.wall, project.zone))
        elif not _at_once(conn, occurrence):
            occurrences.mark(conn, occurrence.id, UNSETTLED, OccurrenceState.SKIPPED, MOVED)


def _withdraw_sent(conn: Connection, campaign: Campaign) -> None:
    for occurrence in occurrences.unsettled(conn, campaign.name):
        occurrences.mark(conn, occurrence.id, UNSETTLED, OccurrenceState.SKIPPED, SENT)


def is_superseded(conn: Connection, campaign: Campaign, occurrence: Occurrence) -> bool:
    """Whether this is the time of a campaign with one time that was submitted to go out before it, at once."""
    others = (one for one in occurrences.unsettled(conn, campaign.name) if one.id != occurrence.id)
    return campaign.when == occurrence.wall and any(_at_once(conn, one) for one in others)


def _by_rule(project: Project, campaign: Campaign, wall: datetime) -> bool:
    """Whether config.yaml has this time, as it stands now."""
    if campaign.every is None:
        return campaign.when == wall
    return wall in project.walls(campaign.every.cron, wall - timedelta(seconds=1), wall)


def _at_once(conn: Connection, occurrence: Occurrence) -> bool:
    """Whether somebody submitted it with --now, and neither took it back nor was turned down."""
    approval = approvals.latest(conn, occurrence.campaign, occurrence.wall)
    return approval is not None and approval.state in ALIVE and digest.terms(approval).at_once
