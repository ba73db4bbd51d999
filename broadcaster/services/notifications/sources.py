"""What stands at a moment and concerns somebody: queries, one for each kind of matter.

A source names the opaque id of what it is about and the people who can act. It never looks at who is to be told.
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
"""Urgent replies that are looked at: more would say nothing else."""

_log = logging.getLogger(__name__)

SourceQuery = Callable[[ProjectView, datetime], Iterable[Notification]]


@dataclass(frozen=True, slots=True)
class NotificationSource:
    """A query, and the matters that it finds."""

    find: SourceQuery
    matters: frozenset[NotificationMatter]


@dataclass(frozen=True, slots=True)
class OpenMatters:
    """What stands. Of the `unknown` matters nobody can say just now, for a source failed that finds them."""

    notifications: tuple[Notification, ...]
    unknown: frozenset[NotificationMatter]


def find_open_matters(view: ProjectView, moment: datetime) -> OpenMatters:
    """Everything that concerns somebody. A source that fails is logged, and keeps back none of the others."""
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
    """Broadcasts that paused by themselves: for those who can resume or cancel them."""
    del moment
    with view.ledger.reading() as conn:
        found = [(one.id, approvals.get(conn, one.approval)) for one in broadcasts.list_halted(conn)]
    for broadcast_id, approval in found:
        audiences = signed_audiences(approval) if approval else ()
        yield from _notifications_for(
            list_permitted_for(view.settings, Permission.CONTROL, audiences), NotificationMatter.HALT, broadcast_id
        )


def find_returned_broadcasts(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """Broadcasts that are over and of which much came back for a reason of ours: for those who may pause them."""
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
    """Urgent replies that nobody has seen: for those who may read them."""
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
    """What somebody decided lately: for the author."""
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
    """What becomes of everything that was submitted, as far as somebody must do something about it."""
    for account in list_fates(view, moment).accounts:
        approval = account.approval
        if approval is None:
            continue
        matter = _matter_of(account, approval)
        if matter is not None:
            who = _people_concerned(view, account, matter)
            yield from _notifications_for(who, matter, _subject(account, approval), crisis=approval.crisis_reason)


def _matter_of(account: OccurrenceFate, approval: Approval) -> NotificationMatter | None:
    """What an account means for people; None where nobody need do anything."""
    if account.is_alarm:
        return NotificationMatter.ALARM
    if account.fate is not FateKind.WAITS:
        return None
    if account.reason in (WaitingReason.TO_DECIDE, WaitingReason.NOT_APPROVED):
        return NotificationMatter.TO_DECIDE
    if approval.state is ApprovalState.REJECTED:
        return NotificationMatter.REJECTED
    # What was approved once is everybody's; what never was is its author's.
    return NotificationMatter.WAITING if approval.decided_at is not None else NotificationMatter.RESUBMIT


def _people_concerned(view: ProjectView, account: OccurrenceFate, matter: NotificationMatter) -> list[str]:
    """Who can act on it."""
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
    """The approval's id. Of what was approved as a rule, each occurrence is a matter of its own; deciding is not."""
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
"""All there are."""


def _notifications_for(
    people: Iterable[str], matter: NotificationMatter, subject: str, *, crisis: str = ""
) -> Iterator[Notification]:
    urgent = matter in ALARMING_MATTERS or bool(crisis)
    return (Notification(matter, subject, one, urgent) for one in people)
