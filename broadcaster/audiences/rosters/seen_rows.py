"""Rows that were valid before, so that an unchanged roster is not validated again."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class SeenRows(Protocol):
    """A memory of rows by their marks. Marks are keyed, so they say nothing to whoever lacks the key.

    The bytes kept with a mark are personal data (an address, normalised): a store that outlives the process seals them.
    """

    def find_known(self, audience: str, marks: Sequence[bytes], /) -> Mapping[bytes, bytes | None]:
        """Those of these rows that were valid before, with the bytes that were remembered."""
        ...

    def remember(self, audience: str, rows: Sequence[tuple[bytes, bytes | None]], /) -> None:
        """Keep these rows: the mark, and what normalising changed (None: nothing)."""
        ...


class SeenRowsInMemory:
    """The rows of one process' life: for tests, and for folders without a ledger."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[bytes, bytes | None]] = {}

    def find_known(self, audience: str, marks: Sequence[bytes]) -> Mapping[bytes, bytes | None]:
        rows = self._rows.get(audience, {})
        return {mark: rows[mark] for mark in marks if mark in rows}

    def remember(self, audience: str, rows: Sequence[tuple[bytes, bytes | None]]) -> None:
        self._rows.setdefault(audience, {}).update(rows)
