"""The hourly self-check of `serve`: whatever was approved and may not go out as it was meant stands in the log.

People are told by notifications; the log is for whoever looks after the machine, and for the case that nobody could be
told. It names occurrences by their ids, for names of campaigns do not stand in logs.
"""

import logging
from datetime import datetime, timedelta

from broadcaster.services.approving.occurrence_fates import list_fates
from broadcaster.services.project.project import ProjectView, now

CHECK_INTERVAL = timedelta(hours=1)

_log = logging.getLogger(__name__)


class SelfCheck:
    """Call it as often as you like: it looks the first time, and then once an hour."""

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
