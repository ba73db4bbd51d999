"""Whether a process works on what is due. A query: it looks at the runners' proofs of life and settles nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from broadcaster.domain.states import ApprovalState
from broadcaster.ledger import Connection, approvals, broadcasts, occurrences, runners
from broadcaster.ledger.occurrences import Occurrence
from broadcaster.services.project import Project

UNSERVED_AFTER = timedelta(minutes=10)
"""How long something may be due before it is missed that nobody works on it: a restart takes less."""


@dataclass(frozen=True, slots=True)
class Unserved:
    """What has been due for ten minutes while no process lives that would do it: approved occurrences to release, and
    broadcasts (their ids) to go on with.
    """

    occurrences: tuple[Occurrence, ...] = ()
    broadcasts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.occurrences or self.broadcasts)


def unserved(project: Project, moment: datetime) -> Unserved:
    """What is due and has no living `serve` at this moment.

    Any process that releases or sends counts: `send` goes on until nothing more can go. What nobody has approved is not
    missed, nor what waits for a person.
    """
    since = moment - UNSERVED_AFTER
    with project.ledger.reading() as conn:
        due = tuple(one for one in occurrences.due(conn, since) if _is_approved(conn, one, since))
        sending = tuple(one.id for one in broadcasts.under_way(conn) if one.released_at < since)
        if not (due or sending) or runners.living(conn):
            return Unserved()
    return Unserved(due, sending)


def _is_approved(conn: Connection, occurrence: Occurrence, since: datetime) -> bool:
    """Whether it would have been released by then."""
    for wall in (occurrence.wall, None):
        approval = approvals.latest(conn, occurrence.campaign, wall)
        if approval is not None and approval.state is ApprovalState.APPROVED:
            begins = approval.not_before or approval.decided_at
            if (approval.until is None or occurrence.wall.date() <= approval.until) and (not begins or begins < since):
                return True
    return False
