"""Housekeeping: the periodic work of `serve`, which the clock loop calls."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.files.whole_files import remove_unfinished
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.delivery import claims
from broadcaster.ledger.planning import occurrences
from broadcaster.services.access import sessions
from broadcaster.services.feedback import bounce_mail, poll_status, provider_reports
from broadcaster.services.notifications.send import send_notifications
from broadcaster.services.project.project import Project, ProjectView, now
from broadcaster.services.replies import inbound_texts, poll_inbound
from broadcaster.services.rosters import pending_uploads, upload_files
from broadcaster.services.sending import due_occurrences, unsure

_log = logging.getLogger(__name__)


def release_and_find_next(project: Project, runner: str) -> datetime | None:
    """Release what is due; returns the next start, None when nothing lies ahead."""
    due_occurrences.release_due(project, runner)
    with project.ledger.reading() as conn:
        return occurrences.next_start_after(conn, now())


def notify_staff(project: Project) -> None:
    """Notify staff of what needs them."""
    send_notifications(project, now())


def tidy(project: Project) -> None:
    """Recover from dead processes, collect and apply what came back, settle unsure deliveries, forget what is old.

    A step that fails is logged, and the others are done all the same.
    """
    for step in _STEPS:
        try:
            step(project)
        except BroadcasterError as error:
            _log.error("%s [%s] %s", error.message, error.code, error.remedy)
        except Exception as error:
            _log.error("%s", unforeseen_error(error).message)


def _recover_claims(project: Project) -> None:
    with project.ledger.writing() as conn:
        claims.recover(conn, now())


def _reconcile_unsure(project: Project) -> None:
    with project.ledger.reading() as conn:
        with_unsure = [
            broadcast
            for broadcast in broadcasts.list_recent(conn)
            if delivery_counters.count_by_state(conn, broadcast.id).get(DeliveryState.UNSURE)
        ]
    for broadcast in with_unsure:
        unsure.reconcile(project, broadcast)


def _remove_unfinished(project: Project) -> None:
    upload_files.remove_leftover_files(project)
    remove_unfinished(project.audiences)


_STEPS: tuple[Callable[[Project], object], ...] = (
    _remove_unfinished,
    _recover_claims,
    bounce_mail.collect_bounces,
    poll_inbound.collect,
    provider_reports.apply,
    _reconcile_unsure,
    poll_status.poll_open_texts,
    inbound_texts.forget_old,
    provider_reports.forget_old,
    sessions.forget_expired_sessions,
    pending_uploads.forget_expired,
)
"""The steps in order: what came back settles more deliveries than asking a provider does."""


def all_finished(project: ProjectView, campaigns: Collection[str]) -> bool:
    """Whether each of these campaigns has been released and has nothing left to send."""
    ended = (BroadcastState.FINISHED, BroadcastState.CANCELLED)
    with project.ledger.reading() as conn:
        by_campaign = [broadcasts.list_of_campaign(conn, name) for name in campaigns]
    return all(found and all(broadcast.state in ended for broadcast in found) for found in by_campaign)
