"""Log lines that anybody can cause, limited: whoever sends a thousand bad requests does not fill the disk."""

import logging
import threading

INTERVAL_SECONDS = 60.0
"""How long lines of one kind are only counted after one was written."""

MAX_KINDS = 200
"""Kinds that are told apart at a time; beyond them nothing more is written until the next minute."""


class LimitedLog:
    """Writes the first line of each kind at once, and then once a minute how many more there were."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._guard = threading.Lock()
        self._counted: dict[str, int] = {}

    def warning(self, line: str) -> None:
        """Write `line`, or count it where the same line was written within the last minute."""
        with self._guard:
            if line in self._counted:
                self._counted[line] += 1
                return
            if len(self._counted) >= MAX_KINDS:
                return
            self._counted[line] = 0
        self._log.warning("%s", line)
        self._tell_later(line)

    def _tell_later(self, line: str) -> None:
        timer = threading.Timer(INTERVAL_SECONDS, self._tell, (line,))
        timer.daemon = True  # a count that is still to come holds up nobody who wants to end
        timer.start()

    def _tell(self, line: str) -> None:
        with self._guard:
            more = self._counted.pop(line)
            if more:
                self._counted[line] = 0
        if more:
            self._log.warning("%s (%d more since it was written last)", line, more)
            self._tell_later(line)
