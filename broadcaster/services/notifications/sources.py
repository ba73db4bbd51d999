"""Sources of notifications: one query for each kind of matter.

A source names the opaque id of its subject and the people who can act. `pending` decides who is notified.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain.delivery.halt_codes import is_about_returned_mail
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time import walltime
from broadcaster.domain.notifications import ALARMING_MATTERS, Notification, NotificationMatter
from broadcaster.domain.occurrence_fates import FateKind, WaitingReason
from broadcaster.domain.states import ApprovalState
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.planning import approvals
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.recipients import replies
from broadcaster.services.access.permissions import Permission, list_permitted, list_permitted_for
from broadcaster.services.approving.occurrence_fates import OccurrenceFate, list_fates
from broadcaster.services.project.project import ProjectView
from broadcaster.services.replies import inbox
from broadcaster.services.reporting.agenda import audiences_of_occurrence
from broadcaster.services.reporting.broadcast_status import CAME_BACK_SHOWN_FOR, signed_audiences

NEWS_FOR = timedelta(days=1)
"""How long a decision counts as news for the author."""

MAX_URGENT_REPLIES = 100
"""Urgent replies that are read; more would not change the message."""

_log = logging.getLogger(__name__)

SourceQuery = Callable[[ProjectView, datetime], Iterable[Notification]]


@dataclass(frozen=True, slots=True)
class NotificationSource:
    """A query, and the matters that it finds."""

    find: SourceQuery
    matters: frozenset[NotificationMatter]


@dataclass(frozen=True, slots=True)
class OpenMatters:
    """The open matters. Of the `unknown` kinds nothing is known just now, because their source failed."""

    notifications: tuple[Notification, ...]
    unknown: frozenset[NotificationMatter]


def find_open_matters(view: ProjectView, moment: datetime) -> OpenMatters:
    """The open matters of all sources. A source that fails is logged, and the others are read all the same."""
    found: dict[tuple[str, str, str], Notification] = {}
    unknown: set[NotificationMatter] = set()
    for source in SOURCES:
        try:
            found |= {one.key: one for one in source.find(view, moment)}
        except BroadcasterError as error:
            _log.error("%s [%s] %s", error.message, error.code, error.remedy)
            unknown |= source.matters
        except Exception as error:
            _log.error("%s", unforeseen_error(error).message)
            unknown |= source.matters
    return OpenMatters(tuple(found.values()), frozenset(unknown))


def find_halted_broadcasts(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """Halted broadcasts, for the people who can resume or cancel them."""
    del moment
    with view.ledger.reading() as conn:
        found = [(one.id, approvals.get(conn, one.approval)) for one in broadcasts.list_halted(conn)]
    for broadcast_id, approval in found:
        audiences = signed_audiences(approval) if approval else ()
        yield from _notifications_for(
            list_permitted_for(view.settings, Permission.CONTROL, audiences), NotificationMatter.HALT, broadcast_id
        )


def find_returned_broadcasts(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """Finished broadcasts with many returned messages for a fault of ours, for the people who may pause them."""
    with view.ledger.reading() as conn:
        over = broadcasts.list_ended_with_halt_code(conn, moment - CAME_BACK_SHOWN_FOR)
        told = (one for one in over if is_about_returned_mail(one.halt_code))
        found = [(one.id, approvals.get(conn, one.approval)) for one in told]
    for broadcast_id, approval in found:
        audiences = signed_audiences(approval) if approval else ()
        yield from _notifications_for(
            list_permitted_for(view.settings, Permission.CONTROL, audiences), NotificationMatter.CAME_BACK, broadcast_id
        )


def find_urgent_replies(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """Unseen urgent replies, for the people who may read them."""
    del moment
    with view.ledger.reading() as conn:
        found = replies.list_urgent(conn, MAX_URGENT_REPLIES)
    for reply in found:
        who = (
            one
            for one in list_permitted(view.settings, Permission.SEE_REPLIES)
            if inbox.may_read(view.settings, one, reply)
        )
        yield from _notifications_for(who, NotificationMatter.URGENT_REPLY, reply.id)


def find_decisions(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """Recent decisions, for the author."""
    with view.ledger.reading() as conn:
        decided = approvals.list_decided_since(conn, moment - NEWS_FOR)
    for one in decided:
        yield from _notifications_for(
            [one.submitted_by], _DECISION_MATTERS[one.state], one.id, crisis=one.crisis_reason
        )


_DECISION_MATTERS = {
    ApprovalState.APPROVED: NotificationMatter.APPROVED,
    ApprovalState.REJECTED: NotificationMatter.REJECTED,
}


def find_waiting_occurrences(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """Submitted occurrences whose fate needs somebody to act."""
    for account in list_fates(view, moment).accounts:
        approval = account.approval
        if approval is None:
            continue
        matter = _matter_of(account, approval)
        if matter is not None:
            who = _people_concerned(view, account, matter)
            yield from _notifications_for(who, matter, _subject(account, approval), crisis=approval.crisis_reason)


def _matter_of(account: OccurrenceFate, approval: Approval) -> NotificationMatter | None:
    """The matter that an occurrence's fate makes; None where nobody needs to act."""
    if account.is_alarm:
        return NotificationMatter.ALARM
    if account.fate is not FateKind.WAITS:
        return None
    if account.reason in (WaitingReason.TO_DECIDE, WaitingReason.NOT_APPROVED):
        return NotificationMatter.TO_DECIDE
    if approval.state is ApprovalState.REJECTED:
        return NotificationMatter.REJECTED
    # What was approved concerns everybody; what was never approved concerns its author.
    return NotificationMatter.WAITING if approval.decided_at is not None else NotificationMatter.RESUBMIT


def _people_concerned(view: ProjectView, account: OccurrenceFate, matter: NotificationMatter) -> list[str]:
    """The people who can act on it."""
    if matter in (NotificationMatter.REJECTED, NotificationMatter.RESUBMIT):
        return [account.submitted_by]
    audiences = audiences_of_occurrence(view, account)
    if matter is NotificationMatter.TO_DECIDE:
        return [
            one
            for one in list_permitted_for(view.settings, Permission.APPROVE, audiences)
            if one != account.submitted_by
        ]
    return list_permitted_for(view.settings, Permission.SEND, audiences)


def _subject(account: OccurrenceFate, approval: Approval) -> str:
    """The approval's id; with the occurrence's where a rule was approved, but not for the decision on the rule."""
    if approval.wall is None and approval.decided_at is not None and account.wall is not None:
        return f"{approval.id} {walltime.key(account.wall)}"
    return approval.id


SOURCES: tuple[NotificationSource, ...] = (
    NotificationSource(find_halted_broadcasts, frozenset({NotificationMatter.HALT})),
    NotificationSource(find_returned_broadcasts, frozenset({NotificationMatter.CAME_BACK})),
    NotificationSource(find_urgent_replies, frozenset({NotificationMatter.URGENT_REPLY})),
    NotificationSource(find_decisions, frozenset({NotificationMatter.APPROVED, NotificationMatter.REJECTED})),
    NotificationSource(
        find_waiting_occurrences,
        frozenset(
            {
                NotificationMatter.ALARM,
                NotificationMatter.TO_DECIDE,
                NotificationMatter.WAITING,
                NotificationMatter.REJECTED,
                NotificationMatter.RESUBMIT,
            }
        ),
    ),
)
"""All sources."""


def _notifications_for(
    people: Iterable[str], matter: NotificationMatter, subject: str, *, crisis: str = ""
) -> Iterator[Notification]:
    urgent = matter in ALARMING_MATTERS or bool(crisis)
    return (Notification(matter, subject, one, urgent) for one in people)
