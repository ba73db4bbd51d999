"""Audiences counted for those who look at them, once for as long as nothing changes that decides who is written to.

Looking through a roster of a hundred thousand takes seconds. A count is kept with the state of everything that it
depends on: the audience's description and defaults, the roster's file, its key, and what people said. Only pages are
shown it; plans and releases walk the roster itself.
"""

import os
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from cachetools import LRUCache

from broadcaster.audiences.description.audience import Audience
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.audit_log.audit import RecordedEntry
from broadcaster.ledger.recipients import preferences, suppressions
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import open_audience
from broadcaster.services.rosters.counting import AudienceCount, count_audience

COUNT_AT_ONCE_BYTES = 500_000
"""Bytes of a roster that is counted while somebody waits: about five thousand people, a fifth of a second."""

_MAX_COUNTS = 200

CountStamp = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class AudienceOverview:
    """An audience as its description has it; `audience` is None, and `changed_at` too, where that has mistakes.

    `changed_at` is when its description or its roster was last written; `taken_in` the log's last word of a roster.
    """

    name: str
    audience: Audience | None
    changed_at: datetime | None
    taken_in: RecordedEntry | None


class CountCache:
    """The counts that were made last. Safe to share between threads: two who ask at once wait for one count."""

    def __init__(self) -> None:
        self._counts: LRUCache[tuple[Path, str], tuple[CountStamp, AudienceCount]] = LRUCache(_MAX_COUNTS)
        self._guard = Lock()
        self._counting: defaultdict[tuple[Path, str], Lock] = defaultdict(Lock)

    def at_hand(self, project: ProjectView, name: str) -> AudienceCount | None:
        """What looking through the audience finds, where that is known or takes no time; else None."""
        try:
            audience = open_audience(project, name)
        except BroadcasterError:
            return self.of(project, name)  # what is wrong with it is found without looking at anybody
        cached = self._cached((project.root, name), _stamp(project, audience))
        return self.of(project, name) if cached is None and _size(audience.roster) <= COUNT_AT_ONCE_BYTES else cached

    def of(self, project: ProjectView, name: str) -> AudienceCount:
        """What looking through the audience finds, counted if need be."""
        try:
            audience = open_audience(project, name)
        except BroadcasterError:
            return count_audience(project, name)
        key = (project.root, name)
        with self._guard:
            counting = self._counting[key]
        with counting:
            # Taken before the count: what changes meanwhile makes another stamp, and the next look counts anew.
            stamp = _stamp(project, audience)
            found = self._cached(key, stamp)
            return found if found is not None else self._remember(key, stamp, count_audience(project, name))

    def _cached(self, key: tuple[Path, str], stamp: CountStamp) -> AudienceCount | None:
        with self._guard:
            cached_stamp, count = self._counts.get(key, (None, None))
        return count if cached_stamp == stamp else None

    def _remember(self, key: tuple[Path, str], stamp: CountStamp, look: AudienceCount) -> AudienceCount:
        with self._guard:
            self._counts[key] = (stamp, look)
        return look


SHARED_COUNTS = CountCache()
"""What every page of this process shows: what one of them has counted, the others need not count again."""


def describe_audience(project: ProjectView, name: str) -> AudienceOverview:
    """What is known of an audience without looking at anybody on it."""
    with project.ledger.reading() as conn:
        taken_in = audit.latest_entry(conn, name, "audience-import")
    try:
        audience = open_audience(project, name, roster_needed=False)
    except BroadcasterError:
        return AudienceOverview(name, None, None, taken_in)
    written = [found.st_mtime for path in (project.root / audience.file, audience.roster) if (found := _stat(path))]
    return AudienceOverview(name, audience, datetime.fromtimestamp(max(written), UTC) if written else None, taken_in)


def _stamp(project: ProjectView, audience: Audience) -> CountStamp:
    files = (audience.roster, project.settings.age_identity)
    states = [(found.st_mtime_ns, found.st_size, found.st_ino) if (found := _stat(path)) else None for path in files]
    with project.ledger.reading() as conn:
        return (audience.digest, *states, preferences.current_version(conn), suppressions.current_version(conn))


def _size(path: Path) -> int:
    found = _stat(path)
    return found.st_size if found else 0


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
