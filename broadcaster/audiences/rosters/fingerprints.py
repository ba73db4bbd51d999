"""Keyed digests of rows, and the fingerprint of a whole roster that does not care for their order."""

import hashlib
from collections.abc import Callable, Sequence

from broadcaster.audiences.model.defaults import Defaults

MARK_BYTES = 16
MOST_ERASED_TRIED = 10
"""Erased rows of which each choice is tried: a thousand sums."""

_RULES_VERSION = b"2"
"""Raise this when a rule for rows changes what is made of one: rows that were seen before are then looked at anew."""

_SEPARATOR = "\x1f"
_MODULUS = 1 << 256


def row_marker(key: bytes, columns: Sequence[str], defaults: Defaults) -> Callable[[Sequence[str]], bytes]:
    """A function from a row's cells, as they stand in the file, to its 16-byte mark (keyed BLAKE2b, RFC 7693).

    The mark covers the column names, the cells and the defaults that fill empty ones, whatever the order of columns.
    """
    order = sorted(range(len(columns)), key=columns.__getitem__)
    settled = (*sorted(columns), "", defaults.language, defaults.timezone, defaults.region)
    base = hashlib.blake2b(key=key[:64], digest_size=MARK_BYTES, person=b"roster row")
    base.update(_RULES_VERSION + _unambiguous_bytes(settled))
    copy = base.copy
    in_order = order == list(range(len(columns)))

    def mark(cells: Sequence[str]) -> bytes:
        hashed = copy()
        hashed.update(_unambiguous_bytes(cells if in_order else [cells[place] for place in order]))
        return hashed.digest()

    return mark


def _unambiguous_bytes(parts: Sequence[str]) -> bytes:
    """Bytes that no other sequence of as many texts makes: lengths stand before texts that hold the separator."""
    joined = _SEPARATOR.join(parts)
    if joined.count(_SEPARATOR) != len(parts) - 1:
        joined = f"{_SEPARATOR * len(parts)}{[len(part) for part in parts]}{joined}"
    return joined.encode("utf-8", "surrogatepass")


class RosterFingerprint:
    """A fingerprint of the rows of a roster, as a multiset: the sum, modulo 2**256, of a keyed 256-bit digest of each.

    Why a sum, and not one digest over the file: sorting the roster or saving it with other quotes does not void an
    approval, while any edited, added or removed row does; and a row that is erased because its person asked for it can
    be subtracted (or added back) without the file as it was. The key keeps those who do not hold it from searching rows
    whose digests add up to a given sum, and from testing whether somebody is on the roster.
    """

    def __init__(self, key: bytes) -> None:
        self._base = hashlib.blake2b(key=key[:64], digest_size=32, person=b"roster sum")
        self._sum = 0

    def add(self, mark: bytes) -> None:
        """Add a row by its mark. The same row twice counts twice."""
        self._sum += self._wide(mark)

    def subtract(self, mark: bytes) -> None:
        """Subtract a row."""
        self._sum -= self._wide(mark)

    def put_back(self, erased: Sequence[bytes], signed: str) -> None:
        """Count in again those of the erased rows that were there when `signed` was the fingerprint: a row that was
        added later and then erased never was. All of them, where no choice of them makes it; of more than MOST_CHOSEN
        rows only all or none are tried.
        """
        rows = [self._wide(mark) for mark in erased]
        sums = {0}
        for row in rows if len(rows) <= MOST_ERASED_TRIED else [sum(rows)]:
            sums |= {one + row for one in sums}
        missing = next((one for one in sums if f"{(self._sum + one) % _MODULUS:064x}" == signed), sum(rows))
        self._sum += missing

    def hex(self) -> str:
        """64 hexadecimal characters; equal for equal rows in whatever order."""
        return f"{self._sum % _MODULUS:064x}"

    def _wide(self, mark: bytes) -> int:
        hashed = self._base.copy()
        hashed.update(mark)
        return int.from_bytes(hashed.digest(), "little")
