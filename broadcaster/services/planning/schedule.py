"""Occurrences: when a campaign fires, by the organisation's wall clock.

An occurrence is unique by campaign and wall time, so that two schedulers, a restart, a double click or the hour that
autumn brings twice cannot make two of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time import walltime
from broadcaster.domain.states import OPEN_APPROVALS, OccurrenceState
from broadcaster.ledger import Connection, WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.planning import approvals, campaigns, occurrences
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.services.planning.terms import terms_of_approval
from broadcaster.services.project.project import Project, ProjectView, now

SEARCH_HORIZON = timedelta(days=366 * 5)
"""How far ahead a rule is walked to find its next time; one that fires more seldom is taken for a mistake."""

MAX_MISSED_TIMES = 1_000
"""Missed times written down at most: a machine that slept for a year need not record each minute of it."""

UNSETTLED_STATES = frozenset({OccurrenceState.PLANNED, OccurrenceState.WAITING})

TIME_MOVED = "time-moved"
"""Why an occurrence is skipped whose time no longer stands in config.yaml."""

SENT_BEFORE = "sent-before"
"""Why the time of a campaign with one time is skipped that was sent before it, as soon as it was approved. One that is
still being released is not sent: its release may break off, and is made again."""


OVERTAKEN = "overtaken"
"""Why an older occurrence is skipped when a newer one of its campaign goes out."""

LATE = "late"
"""Why an occurrence is skipped, or waits for a person, whose time was longer ago than its grace."""


class NothingAheadError(BroadcasterError):
    """The campaign has no occurrence left."""

    code = "nothing-ahead"
    default_remedy = "Give the campaign a `when` that lies ahead, or submit it with --now."


@dataclass(frozen=True, slots=True)
class _ScheduleChanges:
    """How what config.yaml plans for a campaign differs from what is recorded. An occurrence that is not recorded yet
    has no id.

    `new` is planned and not recorded; `again` was skipped or put off for its time, which stands there or lies ahead
    once more: it was moved back, or the machine's clock was wrong; `moved` no longer stands there; `sent` is the time
    of a campaign with one time that went out before it; `shifted` is due at another instant than is recorded, with
    that instant.
    """

    new: tuple[Occurrence, ...]
    again: tuple[Occurrence, ...]
    moved: tuple[Occurrence, ...]
    sent: tuple[Occurrence, ...]
    shifted: tuple[tuple[Occurrence, datetime], ...]
    planned_until: datetime | None

    def __bool__(self) -> bool:
        return any((self.new, self.again, self.moved, self.sent, self.shifted))


def upcoming(view: ProjectView, campaign: CampaignSettings, moment: datetime | None = None) -> list[Occurrence]:
    """What is planned or waits, earliest first: what is recorded, and what the campaign's rule has and nobody has
    recorded yet, without what was moved away in config.yaml. Writes nothing.
    """
    with view.ledger.reading() as conn:
        return upcoming_in_transaction(conn, view, campaign, moment)


def upcoming_in_transaction(
    conn: Connection, view: ProjectView, campaign: CampaignSettings, moment: datetime | None = None
) -> list[Occurrence]:
    """The same, in a transaction that is open."""
    recorded = occurrences.list_unsettled(conn, campaign.name)
    changes = _schedule_changes(conn, view, campaign, recorded, moment)
    gone = {one.id for one in (*changes.moved, *changes.sent)}
    due = {one.id: due_at for one, due_at in changes.shifted}
    stay = [replace(one, due_at=due.get(one.id, one.due_at)) for one in recorded if one.id not in gone]
    again = [replace(one, state=OccurrenceState.PLANNED, reason="") for one in changes.again]
    stay = [one for one in stay if one.id not in {each.id for each in again}]
    return sorted((*stay, *again, *changes.new), key=lambda one: one.wall)


def upcoming_or_recorded(view: ProjectView, campaign: CampaignSettings) -> list[Occurrence]:
    """The same; where the campaign's rule cannot be walked, only what is recorded. `check` reports such a rule."""
    try:
        return upcoming(view, campaign)
    except BroadcasterError:
        with view.ledger.reading() as conn:
            return occurrences.list_unsettled(conn, campaign.name)


def next_occurrence(view: ProjectView, campaign: CampaignSettings) -> Occurrence:
    """The earliest occurrence of config.yaml's own that was neither released nor skipped; what was submitted to go out
    as soon as it is approved is none of these. Raises NothingAheadError.
    """
    found = next((one for one in upcoming(view, campaign) if is_configured_time(view, campaign, one.wall)), None)
    if found is None:
        raise nothing_ahead_error(view, campaign)
    return found


def nothing_ahead_error(view: ProjectView, campaign: CampaignSettings) -> NothingAheadError:
    """The campaign has no occurrence left; says where config.yaml could give it one."""
    place = view.settings.line(("campaigns", campaign.name))
    return NothingAheadError(f"{campaign.name} has nothing left to send.", file="config.yaml", line=place)


def record_occurrences(project: Project, campaign: CampaignSettings, moment: datetime | None = None) -> None:
    """Write down what `upcoming` computes: new occurrences, and those that config.yaml no longer has as skipped."""
    with project.ledger.reading() as conn:
        recorded = occurrences.list_unsettled(conn, campaign.name)
        if not _schedule_changes(conn, project, campaign, recorded, moment):
            return
    with project.ledger.writing() as conn:
        campaigns.lock(conn, campaign.name)
        changes = _schedule_changes(conn, project, campaign, occurrences.list_unsettled(conn, campaign.name), moment)
        for one in changes.new:
            occurrences.plan(conn, campaign.name, one.wall, one.due_at)
        for one in changes.again:
            occurrences.set_state(
                conn, one.id, {OccurrenceState.SKIPPED, OccurrenceState.WAITING}, OccurrenceState.PLANNED
            )
        for one in changes.moved:
            skip_occurrence(conn, one, TIME_MOVED)
        for one in changes.sent:
            skip_occurrence(conn, one, SENT_BEFORE)
        for one, due_at in changes.shifted:
            occurrences.set_due_at(conn, one.id, due_at)
        if changes.planned_until is not None:
            campaigns.set_planned_until(conn, campaign.name, changes.planned_until)


def skip_occurrence(conn: WriteConnection, occurrence: Occurrence, reason: str) -> None:
    """Let an occurrence that is planned or waits not go out, and note why in the audit log."""
    if occurrences.set_state(conn, occurrence.id, UNSETTLED_STATES, OccurrenceState.SKIPPED, reason):
        detail = {"occurrence": walltime.key(occurrence.wall), "reason": reason}
        audit.record_automatic(conn, audit.CLOCK, "skip", occurrence.campaign, **detail)


def _schedule_changes(
    conn: Connection,
    view: ProjectView,
    campaign: CampaignSettings,
    recorded: Sequence[Occurrence],
    moment: datetime | None,
) -> _ScheduleChanges:
    moment = moment or now()
    wall_now = walltime.local(moment, view.zone)
    walls = list(_wall_times_to_record(view, campaign, campaigns.planned_until(conn, campaign.name), wall_now))
    known = {one.wall: one for one in occurrences.list_since(conn, campaign.name, min(walls))} if walls else {}
    here = [one for one in recorded if is_configured_time(view, campaign, one.wall)]
    # A rule is walked from now on. What was approved for a time before, and moved away meanwhile, comes back too.
    asked_for = occurrences.list_skipped_with_open_approval(conn, campaign.name, TIME_MOVED)
    back = [one for one in asked_for if is_configured_time(view, campaign, one.wall)]
    walked = [known[wall] for wall in walls if wall in known]
    moved = [one for one in recorded if one not in here and not is_submitted_at_once(conn, one)]
    over = campaign.goes_out_once and broadcasts.has_campaign_sent(conn, campaign.name)
    return _ScheduleChanges(
        new=() if over else tuple(_unrecorded_occurrence(view, campaign, wall) for wall in walls if wall not in known),
        again=() if over else tuple(_planned_again([*walked, *here, *back], moment)),
        moved=tuple(moved),
        sent=tuple(one for one in recorded if one not in moved) if over else (),
        shifted=tuple((one, due) for one in here if (due := walltime.instant(one.wall, view.zone)) != one.due_at),
        planned_until=walls[-1] if walls and campaign.every is not None else None,
    )


def _planned_again(known: Sequence[Occurrence], moment: datetime) -> Iterator[Occurrence]:
    """Those of these, whose time config.yaml has, that are settled or put off though their time has yet to come."""
    for one in {one.wall: one for one in known}.values():
        early = one.due_at > moment and one.reason in (OVERTAKEN, LATE)
        moved_back = one.state is OccurrenceState.SKIPPED and one.reason == TIME_MOVED
        if moved_back or (early and one.state in (OccurrenceState.SKIPPED, OccurrenceState.WAITING)):
            yield one


def _unrecorded_occurrence(view: ProjectView, campaign: CampaignSettings, wall: datetime) -> Occurrence:
    due_at = walltime.instant(wall, view.zone)
    return Occurrence("", campaign.name, wall, due_at, OccurrenceState.PLANNED, "", now())


def _wall_times_to_record(
    view: ProjectView, campaign: CampaignSettings, done: datetime | None, wall_now: datetime
) -> Iterator[datetime]:
    """The wall times after `done`: those missed, the last CATCH_UP of them, and the first one ahead."""
    if campaign.when is not None:
        yield campaign.when
    if campaign.every is None:
        return
    until = wall_now + SEARCH_HORIZON
    if campaign.every.until is not None:
        until = min(until, datetime.combine(campaign.every.until, datetime.max.time()))
    walls: list[datetime] = []
    # Never from later than now: a rule that was changed may have a time before the one written down last.
    for wall in view.walls(campaign.every.cron, min(done or wall_now, wall_now), until):
        walls.append(wall)
        if wall > wall_now:
            break
        if len(walls) > MAX_MISSED_TIMES:
            del walls[0]
    yield from walls


def is_superseded(conn: Connection, campaign: CampaignSettings, occurrence: Occurrence) -> bool:
    """Whether this is the time of a campaign with one time that was submitted to go out before it, at once, while
    nobody has submitted it for this time.
    """
    own = approvals.latest_for_occurrence(conn, campaign.name, occurrence.wall)
    if own is not None and own.state in OPEN_APPROVALS:
        return False
    others = (one for one in occurrences.list_unsettled(conn, campaign.name) if one.wall != occurrence.wall)
    return campaign.when == occurrence.wall and any(is_submitted_at_once(conn, one) for one in others)


def is_configured_time(view: ProjectView, campaign: CampaignSettings, wall: datetime) -> bool:
    """Whether config.yaml has this time, as it stands now."""
    if campaign.every is None:
        return campaign.when == wall
    if campaign.every.until is not None and wall.date() > campaign.every.until:
        return False
    return wall in view.walls(campaign.every.cron, wall - timedelta(seconds=1), wall)


def is_submitted_at_once(conn: Connection, occurrence: Occurrence) -> bool:
    """Whether somebody submitted it with --now, and neither took it back nor was turned down."""
    approval = approvals.latest_for_occurrence(conn, occurrence.campaign, occurrence.wall)
    return approval is not None and approval.state in OPEN_APPROVALS and terms_of_approval(approval).at_once
