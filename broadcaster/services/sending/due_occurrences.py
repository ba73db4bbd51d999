"""Due occurrences: each is released, set to wait for a person, or skipped."""

import logging
from datetime import datetime, timedelta
from functools import lru_cache

from broadcaster.config import CampaignSettings, IfLate
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.occurrence_fates import SkipReason, WaitingReason
from broadcaster.domain.states import OccurrenceState
from broadcaster.domain.unexpected_error import UnforeseenError, unforeseen_error
from broadcaster.ledger.planning import occurrences
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.services.approving.validity import is_counting_down, is_late, valid_approval
from broadcaster.services.planning.schedule import (
    UNSETTLED_STATES,
    is_submitted_at_once,
    record_occurrences,
    skip_occurrence,
)
from broadcaster.services.project.ledger_retry import LEDGER_UNAVAILABLE_ERRORS
from broadcaster.services.project.project import Project, ProjectView, now
from broadcaster.services.sending.release import AlreadyReleasedError, Releaser, release_occurrence

RETRY_UNFORESEEN_AFTER = timedelta(minutes=5)
"""How long after an unexpected error an occurrence is tried again."""

_log = logging.getLogger(__name__)


def release_due(project: Project, runner: str) -> list[str]:
    """Record the occurrences of each campaign, and release what is due and approved; returns the new broadcasts' ids.

    An error in one campaign is logged, and the others are released all the same. Raises only what says that the ledger
    is unavailable.
    """
    moment = now()
    released: list[str] = []
    for campaign in project.settings.campaigns.values():
        try:
            broadcast_id = _release_newest_due(project, campaign, runner, moment)
        except LEDGER_UNAVAILABLE_ERRORS:
            raise  # it says nothing about the campaign, and the next round tries again
        except BroadcasterError as error:
            _report_fault(project, campaign, error)
        except Exception as error:
            _report_fault(project, campaign, unforeseen_error(error))
        else:
            released += [broadcast_id] if broadcast_id else []
    return released


def _report_fault(project: Project, campaign: CampaignSettings, error: BroadcasterError) -> None:
    """Log a campaign's error by its line in config.yaml, for logs hold no names. Staff see it by `occurrence_fates`."""
    _log_once(project.settings.line(("campaigns", campaign.name)) or 0, error.code)


@lru_cache(maxsize=1_000)
def _log_once(line: int, code: str) -> None:
    """Log an error the first time only: it is found every few seconds until somebody corrects it."""
    _log.error("The campaign in line %d of config.yaml cannot be looked at [%s]. See broadcaster check.", line, code)


def _release_newest_due(project: Project, campaign: CampaignSettings, runner: str, moment: datetime) -> str | None:
    """Handle the newest of a campaign's due occurrences as its `if_late` says, and skip the older ones."""
    ahead = record_occurrences(project, campaign, moment)
    due = [occurrence for occurrence in ahead if occurrence.due_at <= moment and _may_be_retried(occurrence, moment)]
    if not due:
        return None
    # An approved occurrence comes before a newer one that is not approved: else the campaign's own time, a minute
    # later, would overtake what was submitted with --now.
    approved = next((occurrence for occurrence in reversed(due) if valid_approval(project, campaign, occurrence)), None)
    newest = approved or due[-1]
    for older in due:
        if older.wall < newest.wall and not (approved is None and _waits_to_go_at_once(project, older)):
            _mark_skipped(project, older, SkipReason.OVERTAKEN)
    return _handle_due_occurrence(project, campaign, newest, runner, moment)


def _may_be_retried(occurrence: Occurrence, moment: datetime) -> bool:
    """Whether the clock tries it again. Unless it waits for an approval, a person sends it or submits it anew."""
    if occurrence.reason == WaitingReason.UNFORESEEN:
        return occurrence.changed_at + RETRY_UNFORESEEN_AFTER <= moment
    return occurrence.reason in ("", WaitingReason.NOT_APPROVED)


def _handle_due_occurrence(
    project: Project, campaign: CampaignSettings, occurrence: Occurrence, runner: str, moment: datetime
) -> str | None:
    approval = valid_approval(project, campaign, occurrence)
    waits_to_go_at_once = approval is None and _waits_to_go_at_once(project, occurrence)
    late = is_late(campaign, occurrence.due_at, approval, moment) and not waits_to_go_at_once
    if late and campaign.if_late is IfLate.SKIP:
        _mark_skipped(project, occurrence, SkipReason.LATE)
    elif approval is None:
        _mark_waiting(project, occurrence, WaitingReason.NOT_APPROVED)
    elif is_counting_down(approval, moment):
        pass  # it can still be called off; the next round finds it again
    elif late and campaign.if_late is IfLate.ASK:
        _mark_waiting(project, occurrence, WaitingReason.LATE)
    else:
        return _release_or_wait(project, occurrence, approval, runner)
    return None


def _waits_to_go_at_once(project: ProjectView, occurrence: Occurrence) -> bool:
    """Whether it was submitted to go out as soon as it is approved. Until then it cannot be late."""
    with project.ledger.reading() as conn:
        return is_submitted_at_once(conn, occurrence)


def _release_or_wait(project: Project, occurrence: Occurrence, approval: Approval, runner: str) -> str | None:
    try:
        return release_occurrence(project, occurrence, approval, Releaser(runner, crisis=approval.crisis_reason))
    except AlreadyReleasedError:
        pass  # another process was quicker
    except LEDGER_UNAVAILABLE_ERRORS:
        raise
    except BroadcasterError as error:
        _mark_waiting(project, occurrence, error.code)
    except Exception as error:
        _log.error("Occurrence %s: %s", occurrence.id, unforeseen_error(error).message)
        _mark_waiting(project, occurrence, UnforeseenError.code)
    return None


def _mark_waiting(project: Project, occurrence: Occurrence, reason: str) -> None:
    # An unexpected error is recorded each time: its next try is counted from the last one.
    if (occurrence.state, occurrence.reason) != (OccurrenceState.WAITING, reason) or reason == WaitingReason.UNFORESEEN:
        with project.ledger.writing() as conn:
            occurrences.set_state(conn, occurrence.id, UNSETTLED_STATES, OccurrenceState.WAITING, reason)


def _mark_skipped(project: Project, occurrence: Occurrence, reason: SkipReason) -> None:
    with project.ledger.writing() as conn:
        skip_occurrence(conn, occurrence, reason)
