"""What is upcoming of a campaign: its occurrences that are neither released nor skipped.

An occurrence is unique by campaign and wall time. So two schedulers, a restart, a double click or the hour that autumn
brings twice cannot make two of it. Queries compute what is upcoming (`upcoming`); commands and the clock record it
(`record_occurrences`).
"""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time import walltime
from broadcaster.domain.occurrence_fates import SkipReason
from broadcaster.domain.states import OPEN_APPROVALS, OccurrenceState
from broadcaster.ledger import Connection, WriteConnection
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.planning import approvals, campaigns, occurrences
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.services.planning.submission_terms import terms_of_approval
from broadcaster.services.planning.wall_times import SEARCH_HORIZON, campaign_wall_times, is_configured_time
from broadcaster.services.project.project import Project, ProjectView, now

MAX_MISSED_TIMES = 1_000
"""Missed times recorded at most: a machine that slept for a year need not record each minute of it."""

UNSETTLED_STATES = frozenset({OccurrenceState.PLANNED, OccurrenceState.WAITING})


class NothingAheadError(BroadcasterError):
    """The campaign has no occurrence left."""

    code = "nothing-ahead"
    default_remedy = "Give the campaign a `when` that lies ahead, or submit it with --now."


def upcoming(view: ProjectView, campaign: CampaignSettings, moment: datetime | None = None) -> list[Occurrence]:
    """What is planned or waits at a moment (UTC, now by default), earliest first: what is recorded, and what
    config.yaml plans and nobody has recorded yet, which has no id. Raises BroadcasterError for a rule that cannot be
    read.
    """
    with view.ledger.reading() as conn:
        return upcoming_in_transaction(conn, view, campaign, moment)


def upcoming_in_transaction(
    conn: Connection, view: ProjectView, campaign: CampaignSettings, moment: datetime | None = None
) -> list[Occurrence]:
    """The same, in a transaction that is open."""
    changed = {
        change.after.wall: change.after for change in _schedule_changes(conn, view, campaign, moment).occurrences
    }
    recorded = {occurrence.wall: occurrence for occurrence in occurrences.list_unsettled(conn, campaign.name)}
    return sorted(
        (occurrence for occurrence in (recorded | changed).values() if occurrence.state in UNSETTLED_STATES),
        key=lambda occurrence: occurrence.wall,
    )


def next_upcoming(view: ProjectView, campaign: CampaignSettings) -> Occurrence | None:
    """The earliest upcoming occurrence whose time stands in config.yaml, or None. One that was submitted to go out as
    soon as it is approved has no such time.
    """
    ahead = upcoming(view, campaign)
    return next((occurrence for occurrence in ahead if is_configured_time(view, campaign, occurrence.wall)), None)


def next_occurrence(view: ProjectView, campaign: CampaignSettings) -> Occurrence:
    """As `next_upcoming`; raises NothingAheadError where nothing is left."""
    occurrence = next_upcoming(view, campaign)
    if occurrence is None:
        raise nothing_ahead_error(view, campaign)
    return occurrence


def nothing_ahead_error(view: ProjectView, campaign: CampaignSettings) -> NothingAheadError:
    """The error for a campaign that has nothing left; it names the campaign's line in config.yaml."""
    line = view.settings.line(("campaigns", campaign.name))
    return NothingAheadError(f"{campaign.name} has nothing left to send.", file="config.yaml", line=line)


def record_occurrences(
    project: Project, campaign: CampaignSettings, moment: datetime | None = None
) -> list[Occurrence]:
    """Record what `upcoming` computes, in one transaction that holds the campaign's lock, and return it."""
    with project.ledger.reading() as conn:
        if not _schedule_changes(conn, project, campaign, moment).occurrences:
            return occurrences.list_unsettled(conn, campaign.name)
    with project.ledger.writing() as conn:
        campaigns.lock(conn, campaign.name)
        changes = _schedule_changes(conn, project, campaign, moment)
        for change in changes.occurrences:
            _record_change(conn, change)
        if changes.walked_until is not None:
            campaigns.set_planned_until(conn, campaign.name, changes.walked_until)
        return occurrences.list_unsettled(conn, campaign.name)


def skip_occurrence(conn: WriteConnection, occurrence: Occurrence, reason: SkipReason) -> None:
    """Skip an occurrence that is planned or waits; the audit log says why."""
    if occurrences.set_state(conn, occurrence.id, UNSETTLED_STATES, OccurrenceState.SKIPPED, reason):
        detail = {"occurrence": walltime.key(occurrence.wall), "reason": reason}
        audit.record_automatic(conn, audit.CLOCK, "skip", occurrence.campaign, **detail)


def is_superseded(conn: Connection, campaign: CampaignSettings, occurrence: Occurrence) -> bool:
    """Whether a campaign with one time was submitted to go out at once instead, and not for this occurrence, its
    time.
    """
    own = approvals.latest_for_occurrence(conn, campaign.name, occurrence.wall)
    if own is not None and own.state in OPEN_APPROVALS:
        return False
    unsettled = occurrences.list_unsettled(conn, campaign.name)
    others = (other for other in unsettled if other.wall != occurrence.wall)
    return campaign.when == occurrence.wall and any(is_submitted_at_once(conn, other) for other in others)


def is_submitted_at_once(conn: Connection, occurrence: Occurrence) -> bool:
    """Whether it was submitted to go out as soon as it is approved, and neither called off nor rejected since."""
    approval = approvals.latest_for_occurrence(conn, occurrence.campaign, occurrence.wall)
    return approval is not None and approval.state in OPEN_APPROVALS and terms_of_approval(approval).at_once


@dataclass(frozen=True, slots=True)
class _Change:
    """An occurrence as it is recorded, None where it is not, and as config.yaml has it now."""

    before: Occurrence | None
    after: Occurrence


@dataclass(frozen=True, slots=True)
class _ScheduleChanges:
    """How what config.yaml plans differs from what is recorded; up to which wall time the rule was walked for that."""

    occurrences: tuple[_Change, ...]
    walked_until: datetime | None


def _schedule_changes(
    conn: Connection, view: ProjectView, campaign: CampaignSettings, moment: datetime | None
) -> _ScheduleChanges:
    moment = moment or now()
    walls = list(_wall_times_to_record(conn, view, campaign, walltime.local(moment, view.zone)))
    configured = frozenset(walls)
    recorded = _recorded_occurrences(conn, campaign, configured)
    is_sent = campaign.goes_out_once and broadcasts.has_campaign_sent(conn, campaign.name)
    changes = []
    for before in recorded.values():
        is_unsettled = before.state in UNSETTLED_STATES
        is_configured = before.wall in configured or is_configured_time(view, campaign, before.wall)
        due_at = walltime.instant(before.wall, view.zone)
        if is_unsettled and not is_configured and not is_submitted_at_once(conn, before):
            after = replace(before, state=OccurrenceState.SKIPPED, reason=SkipReason.TIME_MOVED)
        elif is_unsettled and is_sent:
            after = replace(before, state=OccurrenceState.SKIPPED, reason=SkipReason.SENT_BEFORE)
        elif is_configured and not is_sent and _is_planned_again(before, moment):
            after = replace(before, state=OccurrenceState.PLANNED, reason="", due_at=due_at)
        elif is_configured and is_unsettled:
            after = replace(before, due_at=due_at)
        else:
            after = before
        if after != before:
            changes.append(_Change(before, after))
    if not is_sent:
        changes += [_Change(None, _new_occurrence(view, campaign, wall)) for wall in walls if wall not in recorded]
    return _ScheduleChanges(tuple(changes), walls[-1] if walls and campaign.every is not None else None)


def _wall_times_to_record(
    conn: Connection, view: ProjectView, campaign: CampaignSettings, wall_now: datetime
) -> Iterator[datetime]:
    """A campaign's one time; or of its rule the times since the last one that was recorded, the last MAX_MISSED_TIMES
    of them, and the first one ahead.
    """
    if campaign.when is not None:
        yield campaign.when
    if campaign.every is None:
        return
    # Never from later than now: a rule that was changed may have a time before the one recorded last.
    start = min(campaigns.planned_until(conn, campaign.name) or wall_now, wall_now)
    missed: deque[datetime] = deque(maxlen=MAX_MISSED_TIMES)
    for wall in campaign_wall_times(view, campaign, start, wall_now + SEARCH_HORIZON):
        if wall > wall_now:
            yield from (*missed, wall)
            return
        missed.append(wall)
    yield from missed


def _recorded_occurrences(
    conn: Connection, campaign: CampaignSettings, walls: Collection[datetime]
) -> dict[datetime, Occurrence]:
    """The occurrences that may have to change: at these wall times in whatever state, all that are planned or wait, and
    those that were approved for a time that was moved away and may have been moved back.
    """
    at_walls = occurrences.list_since(conn, campaign.name, min(walls)) if walls else []
    moved = occurrences.list_skipped_with_open_approval(conn, campaign.name, SkipReason.TIME_MOVED)
    found = (
        *(occurrence for occurrence in at_walls if occurrence.wall in walls),
        *occurrences.list_unsettled(conn, campaign.name),
        *moved,
    )
    return {occurrence.wall: occurrence for occurrence in found}


def _is_planned_again(occurrence: Occurrence, moment: datetime) -> bool:
    """Whether an occurrence whose time config.yaml has was skipped or put off without need: its time was moved away and
    back again, or the machine's clock was ahead for a while, and the time has not come.
    """
    if occurrence.state is OccurrenceState.SKIPPED and occurrence.reason == SkipReason.TIME_MOVED:
        return True
    is_early = occurrence.due_at > moment and occurrence.reason in (SkipReason.OVERTAKEN, SkipReason.LATE)
    return is_early and occurrence.state in (OccurrenceState.SKIPPED, OccurrenceState.WAITING)


def _new_occurrence(view: ProjectView, campaign: CampaignSettings, wall: datetime) -> Occurrence:
    due_at = walltime.instant(wall, view.zone)
    return Occurrence("", campaign.name, wall, due_at, OccurrenceState.PLANNED, "", now())


def _record_change(conn: WriteConnection, change: _Change) -> None:
    before, after = change.before, change.after
    if before is None:
        occurrences.plan(conn, after.campaign, after.wall, after.due_at)
    elif after.state is OccurrenceState.SKIPPED:
        skip_occurrence(conn, before, SkipReason(after.reason))
    else:
        if after.state is not before.state:
            put_off = {OccurrenceState.SKIPPED, OccurrenceState.WAITING}
            occurrences.set_state(conn, before.id, put_off, OccurrenceState.PLANNED)
        occurrences.set_due_at(conn, before.id, after.due_at)
