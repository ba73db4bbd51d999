"""The hourly self-check of `serve`: it logs what was approved and may not go out as approved.

Staff get notifications; the log is for whoever runs the server, and for the case that no notification arrived. It has
the ids of occurrences, for logs hold no names of campaigns.
"""

import logging
from datetime import datetime, timedelta

from broadcaster.services.approving.occurrence_fates import list_fates
from broadcaster.services.project.project import ProjectView, now

CHECK_INTERVAL = timedelta(hours=1)

_log = logging.getLogger(__name__)


class SelfCheck:
    """A check that may be called often; it runs at the first call and then once an hour."""

    def __init__(self) -> None:
        self._due: datetime | None = None

    def __call__(self, view: ProjectView) -> None:
        moment = now()
        if self._due is not None and moment < self._due:
            return
        self._due = moment + CHECK_INTERVAL
        found = list_fates(view, moment)
        for one in found.alarms:
            which = f"Occurrence {one.occurrence.id}" if one.occurrence is not None else "An approved occurrence"
            _log.error("%s may not go out as it was meant [%s]. See broadcaster status.", which, one.reason or one.fate)
        for fault in found.faults:
            line = view.settings.line(("campaigns", fault.campaign)) or 0
            _log.error("The campaign in line %d of config.yaml cannot be looked at [%s].", line, fault.code)
