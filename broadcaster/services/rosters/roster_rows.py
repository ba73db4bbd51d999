"""The people of one audience, to be looked at one by one: any row of a large roster is there at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from threading import Lock

from cachetools import LRUCache

from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.roster_reader import read_row
from broadcaster.audiences.rosters.row_offsets import RowOffsets, find_row_offsets, find_rows_by_name
from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import read_recipients

MOST_NAME_MATCHES = 20
"""Rows listed of those with a similar name."""

_MAX_ROSTERS = 50


class RecipientNotFoundError(BroadcasterError):
    """No usable row of the audience is the one asked for."""

    code = "recipient-not-found"
    default_remedy = "Give a row number as a spreadsheet shows it, or the exact email address or telephone number."
    default_field = "who"


@dataclass(frozen=True, slots=True)
class RosterRows:
    """The usable rows of one state of a roster."""

    project: ProjectView
    audience: Audience
    places: RowOffsets

    def row(self, number: int) -> Recipient:
        """The person in this row of the roster, or in the next usable one. Raises NobodyFoundError."""
        usable = self.places.at_or_after(number)
        found = None if usable is None else self._read(usable)
        if found is None:
            raise RecipientNotFoundError("There is no usable row like that, and none behind it.")
        return found

    def rows_around(self, number: int) -> tuple[int | None, int | None]:
        """The usable rows before and behind."""
        return self.places.before(number), self.places.at_or_after(number + 1)

    def is_usable(self, number: int) -> bool:
        """Whether this very row is usable."""
        return self.places.at_or_after(number) == number

    def named(self, words: str) -> list[Recipient]:
        """Those whose name holds these words, MOST_NAMED at most."""
        if not words.strip():
            return []
        identity = self.project.settings.age_identity
        rows = (row for row in find_rows_by_name(self.audience, words, identity) if self.is_usable(row))
        return [found for row in islice(rows, MOST_NAME_MATCHES) if (found := self._read(row))]

    def walk(self) -> Iterator[Recipient]:
        """All of them, in the roster's order."""
        return read_recipients(self.project, self.audience, lambda _: None)

    def _read(self, row: int) -> Recipient | None:
        return read_row(
            self.audience,
            row,
            self.places.offset(row),
            mark_key=self.project.keyring.mark_key,
            identity=self.project.settings.age_identity,
        )


class RosterRowsCache:
    """The offsets of rows in the rosters that were shown last. Safe to share between threads.

    To find the offsets, a roster is walked once for each state of its file: two seconds for 100,000 rows that were
    checked before.
    """

    def __init__(self) -> None:
        self._offsets: LRUCache[str, tuple[object, RowOffsets]] = LRUCache(_MAX_ROSTERS)
        self._guard = Lock()

    def open(self, project: ProjectView, audience: Audience) -> RosterRows:
        """The rows of an audience as its files are now. Raises what opening the roster raises."""
        stamp = _stamp(audience)
        with self._guard:
            cached = self._offsets.get(audience.name)
        if cached is not None and cached[0] == stamp:
            return RosterRows(project, audience, cached[1])
        usable = (one.row for one in read_recipients(project, audience, lambda _: None))
        places = find_row_offsets(audience, usable, project.settings.age_identity)
        with self._guard:
            self._offsets[audience.name] = (stamp, places)
        return RosterRows(project, audience, places)


def _stamp(audience: Audience) -> object:
    """What decides which rows are usable, and where they stand."""
    try:
        found = audience.roster.stat()
    except OSError:
        return None
    return str(audience.roster), found.st_mtime_ns, found.st_size, found.st_ino, audience.defaults
