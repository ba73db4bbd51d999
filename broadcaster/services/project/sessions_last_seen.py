"""The last use of each session, in memory, so that showing a page writes nothing to the ledger.

`serve` writes them to the ledger once a minute, for other processes and the next one.
"""

from collections.abc import Mapping
from datetime import datetime
from threading import Lock


class SessionsLastSeen:
    """Sessions by their mark, and when each was used last since it was written down. Safe to share between threads."""

    def __init__(self) -> None:
        self._at: dict[bytes, datetime] = {}
        self._guard = Lock()

    def note(self, mark: bytes, moment: datetime) -> None:
        """A session was used at this moment (aware)."""
        with self._guard:
            self._at[mark] = max(moment, self._at.get(mark, moment))

    def newest(self, mark: bytes, written: datetime) -> datetime:
        """When a session was used last, of which this moment is written down."""
        with self._guard:
            return max(written, self._at.get(mark, written))

    def unwritten(self) -> dict[bytes, datetime]:
        """What is not written down yet."""
        with self._guard:
            return dict(self._at)

    def written(self, moments: Mapping[bytes, datetime]) -> None:
        """These were written down; what was noted since then still has to be."""
        with self._guard:
            for mark, moment in moments.items():
                if self._at.get(mark) == moment:
                    del self._at[mark]
