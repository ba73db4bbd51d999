"""What is done again and again while a process serves: fire what is due, settle what others left, say what is next."""

import logging
from collections.abc import Callable, Collection
from datetime import datetime

from broadcaster.audiences import remove_unfinished
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.domain.unexpected_error import unforeseen
from broadcaster.ledger import broadcasts, claims, counters, occurrences
from broadcaster.services.access import signing_in
from broadcaster.services.feedback import bounce_mail, poll_status, provider_reports
from broadcaster.services.notifications.send import send_notifications
from broadcaster.services.project.project import Project, ProjectView, now
from broadcaster.services.replies import inbound_texts, poll_inbound
from broadcaster.services.rosters import pending_uploads, upload_files
from broadcaster.services.sending import fire_due, unsure

_log = logging.getLogger(__name__)


def look(project: Project, runner: str) -> datetime | None:
    """Release what is due; when the next start is, or None when nothing lies ahead."""
    fire_due.tick(project, runner)
    with project.ledger.reading() as conn:
        return occurrences.next_start(conn, now())


def tidy(project: Project) -> None:
    """Settle what processes left that are gone, fetch what came back, apply what was reported, ask the providers about
    what is unsure or open, forget what is old. What goes wrong with one of these is logged, and keeps none of the
    others.
    """
    for step in _STEPS:
        try:
            step(project)
        except BroadcasterError as error:
            _log.error("%s [%s] %s", error.message, error.code, error.remedy)
        except Exception as error:
            _log.error("%s", unforeseen(error).message)


def notify(project: Project) -> None:
    """Tell people of what needs them."""
    send_notifications(project, now())


def _recover(project: Project) -> None:
    with project.ledger.writing() as conn:
        claims.recover(conn, now())


def _reconcile(project: Project) -> None:
    with project.ledger.reading() as conn:
        doubtful = [one for one in broadcasts.recent(conn) if counters.by_state(conn, one.id).get(DeliveryState.UNSURE)]
    for broadcast in doubtful:
        unsure.reconcile(project, broadcast)


def _remove_unfinished(project: Project) -> None:
    upload_files.sweep(project)
    remove_unfinished(project.audiences)


_STEPS: tuple[Callable[[Project], object], ...] = (
    _remove_unfinished,
    _recover,
    bounce_mail.collect,
    poll_inbound.collect,
    provider_reports.apply,
    _reconcile,
    poll_status.collect,
    inbound_texts.forget_old,
    provider_reports.forget_old,
    signing_in.forget_old,
    pending_uploads.forget_old,
)
"""In this order: what came back settles more than asking does."""


def finished(project: ProjectView, campaigns: Collection[str]) -> bool:
    """Whether each of these campaigns has been released and has nothing left to send."""
    done = (BroadcastState.FINISHED, BroadcastState.CANCELLED)
    with project.ledger.reading() as conn:
        found = [broadcasts.of_campaign(conn, name) for name in campaigns]
    return all(each and all(one.state in done for one in each) for each in found)
