"""Process liveness: whether a living runner works on what has begun. A query, which recovers nothing."""

from datetime import datetime, timedelta

from broadcaster.domain.states import BroadcastState
from broadcaster.ledger import runner_processes
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.services.project.project import ProjectView

UNSERVED_AFTER = timedelta(minutes=10)
"""How long a broadcast may be without a living runner before it counts as unserved; a restart takes less."""


def list_unserved_broadcasts(view: ProjectView, moment: datetime) -> tuple[str, ...]:
    """The ids of unfinished broadcasts that began more than ten minutes ago and have no living runner.

    Nothing of them goes out until a runner is started. What is due and not released is an alarm of `occurrence_fates`.
    """
    with view.ledger.reading() as conn:
        sending = [one for one in broadcasts.list_under_way(conn) if one.state is BroadcastState.SENDING]
        begun = [one.id for one in sending if one.released_at < moment - UNSERVED_AFTER]
        return tuple(begun) if begun and not runner_processes.list_living(conn) else ()
