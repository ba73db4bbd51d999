"""What stands at a moment and concerns somebody: queries, one for each kind of matter.

A source names the opaque id of what it is about and the people who can act. It never looks at who is to be told.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain import walltime
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.fates import Fate, Waiting
from broadcaster.domain.halts import says_what_came_back
from broadcaster.domain.notifications import ALARMS, Matter, Notification
from broadcaster.domain.states import ApprovalState
from broadcaster.domain.unexpected_error import unforeseen
from broadcaster.ledger import approvals, broadcasts, replies
from broadcaster.ledger.approvals import Approval
from broadcaster.services.access.permissions import Deed, able, able_with
from broadcaster.services.approving.occurrence_fates import Account, accounts
from broadcaster.services.project.project import ProjectView
from broadcaster.services.replies import inbox
from broadcaster.services.reporting.agenda import audiences_of
from broadcaster.services.reporting.broadcast_status import STANDS_FOR, signed_audiences

NEWS_FOR = timedelta(days=1)
"""How long a decision counts as news for the author."""

REPLIES = 100
"""Urgent replies that are looked at: more would say nothing else."""

_log = logging.getLogger(__name__)

Find = Callable[[ProjectView, datetime], Iterable[Notification]]


@dataclass(frozen=True, slots=True)
class Source:
    """A query, and the matters that it finds."""

    find: Find
    matters: frozenset[Matter]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands. Of the `unknown` matters nobody can say just now, for a source failed that finds them."""

    notifications: tuple[Notification, ...]
    unknown: frozenset[Matter]


def standing(view: ProjectView, moment: datetime) -> Standing:
    """Everything that concerns somebody. A source that fails is logged, and keeps back none of the others."""
    found: dict[tuple[str, str, str], Notification] = {}
    unknown: set[Matter] = set()
    for source in SOURCES:
        try:
            found |= {one.key: one for one in source.find(view, moment)}
        except BroadcasterError as error:
            _log.error("%s [%s] %s", error.message, error.code, error.remedy)
            unknown |= source.matters
        except Exception as error:
            _log.error("%s", unforeseen(error).message)
            unknown |= source.matters
    return Standing(tuple(found.values()), frozenset(unknown))


def halts(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """Broadcasts that paused by themselves: for those who can resume or cancel them."""
    del moment
    with view.ledger.reading() as conn:
        found = [(one.id, approvals.get(conn, one.approval)) for one in broadcasts.halted(conn)]
    for broadcast_id, approval in found:
        audiences = signed_audiences(approval) if approval else ()
        yield from _for(able_with(view.settings, Deed.CONTROL, audiences), Matter.HALT, broadcast_id)


def came_back(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """Broadcasts that are over and of which much came back for a reason of ours: for those who may pause them."""
    with view.ledger.reading() as conn:
        over = broadcasts.came_back(conn, moment - STANDS_FOR)
        told = (one for one in over if says_what_came_back(one.halt_code))
        found = [(one.id, approvals.get(conn, one.approval)) for one in told]
    for broadcast_id, approval in found:
        audiences = signed_audiences(approval) if approval else ()
        yield from _for(able_with(view.settings, Deed.CONTROL, audiences), Matter.CAME_BACK, broadcast_id)


def urgent_replies(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """Urgent replies that nobody has seen: for those who may read them."""
    del moment
    with view.ledger.reading() as conn:
        found = replies.urgent(conn, REPLIES)
    for reply in found:
        who = (one for one in able(view.settings, Deed.SEE_REPLIES) if inbox.theirs(view.settings, one, reply))
        yield from _for(who, Matter.URGENT_REPLY, reply.id)


def decisions(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """What somebody decided lately: for the author."""
    with view.ledger.reading() as conn:
        decided = approvals.decided_since(conn, moment - NEWS_FOR)
    for one in decided:
        yield from _for([one.submitted_by], _DECIDED[one.state], one.id, crisis=one.crisis_reason)


_DECIDED = {ApprovalState.APPROVED: Matter.APPROVED, ApprovalState.REJECTED: Matter.REJECTED}


def occurrences(view: ProjectView, moment: datetime) -> Iterator[Notification]:
    """What becomes of everything that was submitted, as far as somebody must do something about it."""
    for account in accounts(view, moment).accounts:
        approval = account.approval
        if approval is None:
            continue
        matter = _matter(account, approval)
        if matter is not None:
            who = _concerned(view, account, matter)
            yield from _for(who, matter, _subject(account, approval), crisis=approval.crisis_reason)


def _matter(account: Account, approval: Approval) -> Matter | None:
    """What an account means for people; None where nobody need do anything."""
    if account.is_alarm:
        return Matter.ALARM
    if account.fate is not Fate.WAITS:
        return None
    if account.reason in (Waiting.TO_DECIDE, Waiting.NOT_APPROVED):
        return Matter.TO_DECIDE
    if approval.state is ApprovalState.REJECTED:
        return Matter.REJECTED
    # What was approved once is everybody's; what never was is its author's.
    return Matter.WAITING if approval.decided_at is not None else Matter.RESUBMIT


def _concerned(view: ProjectView, account: Account, matter: Matter) -> list[str]:
    """Who can act on it."""
    if matter in (Matter.REJECTED, Matter.RESUBMIT):
        return [account.submitted_by]
    audiences = audiences_of(view, account)
    if matter is Matter.TO_DECIDE:
        return [one for one in able_with(view.settings, Deed.APPROVE, audiences) if one != account.submitted_by]
    return able_with(view.settings, Deed.SEND, audiences)


def _subject(account: Account, approval: Approval) -> str:
    """The approval's id. Of what was approved as a rule, each occurrence is a matter of its own; deciding is not."""
    if approval.wall is None and approval.decided_at is not None and account.wall is not None:
        return f"{approval.id} {walltime.key(account.wall)}"
    return approval.id


SOURCES: tuple[Source, ...] = (
    Source(halts, frozenset({Matter.HALT})),
    Source(came_back, frozenset({Matter.CAME_BACK})),
    Source(urgent_replies, frozenset({Matter.URGENT_REPLY})),
    Source(decisions, frozenset({Matter.APPROVED, Matter.REJECTED})),
    Source(
        occurrences,
        frozenset({Matter.ALARM, Matter.TO_DECIDE, Matter.WAITING, Matter.REJECTED, Matter.RESUBMIT}),
    ),
)
"""All there are."""


def _for(people: Iterable[str], matter: Matter, subject: str, *, crisis: str = "") -> Iterator[Notification]:
    urgent = matter in ALARMS or bool(crisis)
    return (Notification(matter, subject, one, urgent) for one in people)
