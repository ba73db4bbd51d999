"""Which address or name of a roster stood on an earlier row: for a million rows, in a few megabytes.

A Python set of two million digests takes more than a hundred; SQLite keeps them in a temporary file of its own, of
which eight megabytes stand in memory. What it holds are 64-bit digests keyed with a secret of this process, which say
nothing to anybody else.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.rosters.temporary_database import TemporaryDatabase
from broadcaster.domain.contact.addresses import canonical_address


class DuplicateAddressFinder(TemporaryDatabase):
    """The addresses of one roster so far, each with its first row. Use it as a context manager."""

    def __init__(self) -> None:
        super().__init__(
            "CREATE TABLE first (digest INTEGER PRIMARY KEY, row INTEGER NOT NULL)",
        )

    def repeated(self, chunk: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int]]:
        """For a chunk of (row, address) in order: each row whose address stood before, with the first row of it.

        Addresses are told apart by `sameness`. Two of a million rows are taken for one with a chance of 1 in 10**7.
        """
        # hash() of a text is SipHash under this process' own random key, and costs next to nothing.
        digests = [(hash(canonical_address(address)), row) for row, address in chunk]
        before = self._store.total_changes
        self._store.executemany("INSERT OR IGNORE INTO first VALUES (?, ?)", digests)
        if self._store.total_changes - before == len(digests):
            return
        for digest, row in digests:
            (first,) = self._store.execute("SELECT row FROM first WHERE digest = ?", (digest,)).fetchone()
            if first != row:
                yield row, first


class DuplicateEntry(NamedTuple):
    """What of a row stood on an earlier one, `first`: its address in `column`, beside the same name or another; or, in
    column `name`, the name of somebody with other addresses.
    """

    row: int
    column: str
    first: int
    same_name: bool


class DuplicatePersonFinder(TemporaryDatabase):
    """The people of one roster so far, by their addresses and by their names. Use it as a context manager.

    Only names that are the same but for case and spaces count as one. How alike two are is never asked: what tells
    people apart in one script is a mark or a letter that a measure of likeness drops in another.
    """

    def __init__(self) -> None:
        super().__init__(
            "CREATE TABLE address (digest INTEGER PRIMARY KEY, row INTEGER NOT NULL, name INTEGER NOT NULL)",
            "CREATE TABLE name (digest INTEGER PRIMARY KEY, row INTEGER NOT NULL)",
        )

    def repeats(self, chunk: Sequence[Recipient]) -> Iterator[DuplicateEntry]:
        """For people in the order of the roster: what stood before. Whose address stood is not told of by name too."""
        named = [hash(" ".join(one.name.casefold().split())) for one in chunk]
        told: set[int] = set()
        for column in ("email", "phone"):
            pairs = [
                (hash(canonical_address(address)), one.row, name)
                for one, name in zip(chunk, named, strict=True)
                if (address := one.email if column == "email" else one.phone)
            ]
            if self._all_new("INSERT OR IGNORE INTO address VALUES (?, ?, ?)", pairs):
                continue
            for digest, row, name in pairs:
                query = "SELECT row, name FROM address WHERE digest = ?"
                first, first_name = self._store.execute(query, (digest,)).fetchone()
                if first != row:
                    told.add(row)
                    yield DuplicateEntry(row, column, first, first_name == name)
        names = [
            (name, one.row)
            for one, name in zip(chunk, named, strict=True)
            if one.row not in told and _is_distinctive_name(one.name)
        ]
        if self._all_new("INSERT OR IGNORE INTO name VALUES (?, ?)", names):
            return
        for name, row in names:
            (first,) = self._store.execute("SELECT row FROM name WHERE digest = ?", (name,)).fetchone()
            if first != row:
                yield DuplicateEntry(row, "name", first, same_name=True)

    def _all_new(self, insert: str, rows: Sequence[tuple[int, ...]]) -> bool:
        before = self._store.total_changes
        self._store.executemany(insert, rows)
        return self._store.total_changes - before == len(rows)


def _is_distinctive_name(name: str) -> bool:
    """Whether a name says enough to wonder about when it stands twice: half a list may be called Muhammad or Mary."""
    return " " in name or (len(name) > 2 and all(0x3400 <= ord(char) <= 0xD7A3 for char in name))
