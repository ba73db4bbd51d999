"""What stands at a moment and concerns somebody: queries, one for each kind of matter.

A source names the opaque id of what it is about and the people who can act. It never looks at who is to be told.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.config import Campaign
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.notifications import ALARMS, Matter, Notification
from broadcaster.domain.states import ApprovalState, OccurrenceState
from broadcaster.domain.unforeseen import unforeseen
from broadcaster.ledger import Connection, approvals, broadcasts, occurrences, replies
from broadcaster.ledger.approvals import Approval
from broadcaster.services import inbox
from broadcaster.services.approve import ChangedSinceSubmissionError
from broadcaster.services.people import Deed, able, able_with
from broadcaster.services.project import Project
from broadcaster.services.status import signed_audiences

NEWS_FOR = timedelta(days=1)
"""How long an approval counts as news for the author."""

REPLIES = 100
"""Urgent replies that are looked at: more would say nothing else."""

_UNSETTLED = frozenset({OccurrenceState.PLANNED, OccurrenceState.WAITING})

_log = logging.getLogger(__name__)

Find = Callable[[Project, datetime], Iterable[Notification]]


@dataclass(frozen=True, slots=True)
class Source:
    """A query, and the matters that it alone finds."""

    find: Find
    matters: frozenset[Matter]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands. Of the `unknown` matters nobody can say just now, for their source failed."""

    notifications: tuple[Notification, ...]
    unknown: frozenset[Matter]


def standing(project: Project, moment: datetime) -> Standing:
    """Everything that concerns somebody. A source that fails is logged, and keeps back none of the others."""
    found: list[Notification] = []
    unknown: set[Matter] = set()
    for source in SOURCES:
        try:
            found += source.find(project, moment)
        except BroadcasterError as error:
            _log.error("%s [%s] %s", error.message, error.code, error.remedy)
            unknown |= source.matters
        except Exception as error:
            _log.error("%s", unforeseen(error).message)
            unknown |= source.matters
    return Standing(tuple(found), frozenset(unknown))


def halts(project: Project, moment: datetime) -> Iterator[Notification]:
    """Broadcasts that paused by themselves: for those who can resume or cancel them."""
    del moment
    with project.ledger.reading() as conn:
        found = [(one.id, approvals.get(conn, one.approval)) for one in broadcasts.halted(conn)]
    for broadcast_id, approval in found:
        audiences = signed_audiences(approval) if approval else ()
        yield from _for(able_with(project.settings, Deed.CONTROL, audiences), Matter.HALT, broadcast_id)


def urgent_replies(project: Project, moment: datetime) -> Iterator[Notification]:
    """Urgent replies that nobody has seen: for those who may read them."""
    del moment
    settings = project.settings
    with project.ledger.reading() as conn:
        found = replies.urgent(conn, REPLIES)
    for reply in found:
        who = (one for one in able(settings, Deed.SEE_REPLIES) if inbox.theirs(settings, one, reply))
        yield from _for(who, Matter.URGENT_REPLY, reply.id)


def submissions(project: Project, moment: datetime) -> Iterator[Notification]:
    """What was submitted and can still be decided on: for those who may, without its author."""
    for campaign, approval in _of_each_campaign(project, _submitted):
        if approval.until is not None and approval.until < moment.date():
            continue
        who = able_with(project.settings, Deed.APPROVE, campaign.audiences)
        others = (one for one in who if one != approval.submitted_by)
        yield from _for(others, Matter.TO_DECIDE, approval.id, crisis=approval.crisis_reason)


def decisions(project: Project, moment: datetime) -> Iterator[Notification]:
    """What became of a submission: for its author."""
    with project.ledger.reading() as conn:
        decided = approvals.decided_since(conn, moment - NEWS_FOR)
    for approval in decided:
        matter = Matter.APPROVED if approval.state is ApprovalState.APPROVED else Matter.REJECTED
        yield from _for([approval.submitted_by], matter, approval.id, crisis=approval.crisis_reason)
    for _, approval in _of_each_campaign(project, _to_submit_again):
        yield from _for([approval.submitted_by], Matter.RESUBMIT, approval.id, crisis=approval.crisis_reason)


def waiting(project: Project, moment: datetime) -> Iterator[Notification]:
    """What was approved and needs a person before it can go out: for those who can submit, decide or send."""
    del moment
    with project.ledger.reading() as conn:
        found = [
            (one, approvals.latest(conn, one.campaign, one.wall) or approvals.latest(conn, one.campaign, None))
            for one in occurrences.waiting(conn)
        ]
    for occurrence, approval in found:
        campaign = project.settings.campaigns.get(occurrence.campaign)
        # An approval that a release made void has the reason for which the occurrence waits.
        if approval is None or (approval.state is not ApprovalState.APPROVED and approval.note != occurrence.reason):
            continue
        audiences = campaign.audiences if campaign else signed_audiences(approval)
        who = able_with(project.settings, Deed.SEND, audiences)
        yield from _for(who, Matter.WAITING, occurrence.id, crisis=approval.crisis_reason)


SOURCES: tuple[Source, ...] = (
    Source(halts, frozenset({Matter.HALT})),
    Source(urgent_replies, frozenset({Matter.URGENT_REPLY})),
    Source(submissions, frozenset({Matter.TO_DECIDE})),
    Source(decisions, frozenset({Matter.APPROVED, Matter.REJECTED, Matter.RESUBMIT})),
    Source(waiting, frozenset({Matter.WAITING})),
)
"""All there are. Each matter is found by one of them only."""


def _for(people: Iterable[str], matter: Matter, subject: str, *, crisis: str = "") -> Iterator[Notification]:
    urgent = matter in ALARMS or bool(crisis)
    return (Notification(matter, subject, one, urgent) for one in people)


def _of_each_campaign(
    project: Project, look: Callable[[Connection, str], Approval | None]
) -> Iterator[tuple[Campaign, Approval]]:
    for campaign in project.settings.campaigns.values():
        with project.ledger.reading() as conn:
            found = look(conn, campaign.name)
        if found is not None:
            yield campaign, found


def _submitted(conn: Connection, campaign: str) -> Approval | None:
    """What waits for a decision, unless its occurrence has had its time."""
    found = approvals.submitted(conn, campaign)
    if found is None or found.wall is None:
        return found
    occurrence = occurrences.of(conn, campaign, found.wall)
    return found if occurrence is not None and occurrence.state in _UNSETTLED else None


def _to_submit_again(conn: Connection, campaign: str) -> Approval | None:
    """What was changed before anybody decided on it, until it is submitted again."""
    found = approvals.newest(conn, campaign)
    if found is None or found.state is not ApprovalState.VOID:
        return None
    return found if found.note == ChangedSinceSubmissionError.code else None
