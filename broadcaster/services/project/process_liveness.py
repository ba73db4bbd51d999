"""Whether a process works on what has begun. A query: it looks at the runners' proofs of life and settles nothing."""

from datetime import datetime, timedelta

from broadcaster.domain.states import BroadcastState
from broadcaster.ledger import runner_processes
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.services.project.project import ProjectView

UNSERVED_AFTER = timedelta(minutes=10)
"""How long ago something must have begun before it is missed that nobody works on it: a restart takes less."""


def list_unserved_broadcasts(view: ProjectView, moment: datetime) -> tuple[str, ...]:
    """The ids of broadcasts that began more than ten minutes ago, have not come to their end, and have no living
    process: nothing of them goes out until one is started.

    Any process that releases or sends counts. What is due and has not begun, or whose release broke off, is an alarm of
    `occurrence_fates`.
    """
    with view.ledger.reading() as conn:
        sending = [one for one in broadcasts.list_under_way(conn) if one.state is BroadcastState.SENDING]
        begun = [one.id for one in sending if one.released_at < moment - UNSERVED_AFTER]
        return tuple(begun) if begun and not runner_processes.list_living(conn) else ()
