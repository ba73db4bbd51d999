"""Comparison of two rosters: people added, removed, and with a changed row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from broadcaster.audiences.formats.csv_injection import unescape_formula
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.temporary_database import TemporaryDatabase
from broadcaster.domain.contact.addresses import canonical_address

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class RosterChanges:
    """Counts of people, each told by their email address or, without one, by their number: whose address is another
    one counts as one gone and one added.
    """

    added: int
    removed: int
    changed: int
    unchanged: int

    @property
    def before(self) -> int:
        """How many people the old roster had."""
        return self.removed + self.changed + self.unchanged


class RosterComparison(TemporaryDatabase):
    """Two rosters, one after the other, in a few megabytes (see `duplicates`). Use it as a context manager."""

    def __init__(self) -> None:
        super().__init__(
            "CREATE TABLE before (person INTEGER PRIMARY KEY, says INTEGER NOT NULL)",
            "CREATE TABLE after (person INTEGER PRIMARY KEY, says INTEGER NOT NULL)",
        )

    def before(self, people: Iterable[Recipient]) -> None:
        """The roster as it was."""
        for chunk in _digest_chunks(people):
            self._store.executemany("INSERT OR IGNORE INTO before VALUES (?, ?)", chunk)

    def after(self, people: Iterable[Recipient]) -> None:
        """The roster as it becomes; may be told in pieces."""
        for chunk in _digest_chunks(people):
            self._store.executemany("INSERT OR IGNORE INTO after VALUES (?, ?)", chunk)

    def changes(self) -> RosterChanges:
        """The changes, once both rosters were read."""
        query = "SELECT count(*), count(b.says), sum(a.says = b.says) FROM after a LEFT JOIN before b USING (person)"
        after, both, unchanged = self._store.execute(query).fetchone()
        (before,) = self._store.execute("SELECT count(*) FROM before").fetchone()
        return RosterChanges(after - both, before - both, both - (unchanged or 0), unchanged or 0)


def _digest_chunks(people: Iterable[Recipient]) -> Iterator[list[tuple[int, int]]]:
    digests = ((hash(canonical_address(one.email or one.phone or "")), _content_digest(one)) for one in people)
    while chunk := list(islice(digests, _CHUNK)):
        yield chunk


def _content_digest(one: Recipient) -> int:
    """A digest of everything that a letter may see of somebody: keyed by this process, as that of their address is.

    A column without a word in it says nothing. An apostrophe that guards a formula is taken off by an import.
    """
    said = sorted((column, unescape_formula(value)) for column, value in one.fields.items() if value)
    return hash("\x1f".join(f"{column}\x1e{value}" for column, value in said))
