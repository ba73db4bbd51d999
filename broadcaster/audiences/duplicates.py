"""Which address of a roster stood on an earlier row: for a million rows, in a few megabytes.

A Python set of two million digests takes more than a hundred; SQLite keeps them in a temporary file of its own, of
which eight megabytes stand in memory. What it holds are 64-bit digests keyed with a secret of this process, which say
nothing to anybody else.
"""

from collections.abc import Iterator, Sequence

from broadcaster.audiences.scratch import Scratch
from broadcaster.domain.addresses import sameness


class Addresses(Scratch):
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
        digests = [(hash(sameness(address)), row) for row, address in chunk]
        before = self._store.total_changes
        self._store.executemany("INSERT OR IGNORE INTO first VALUES (?, ?)", digests)
        if self._store.total_changes - before == len(digests):
            return
        for digest, row in digests:
            (first,) = self._store.execute("SELECT row FROM first WHERE digest = ?", (digest,)).fetchone()
            if first != row:
                yield row, first
