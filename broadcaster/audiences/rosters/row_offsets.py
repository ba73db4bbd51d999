"""Offsets of rows in a roster's file, so that any row can be read without reading those before it.

What is kept is numbers alone, up to 16 bytes a row: nobody's name or address stays in memory because somebody looked
at it.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from broadcaster.audiences.columns.column_names import SheetError
from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.formats.csv_sheet import CsvSheet
from broadcaster.audiences.storage.encrypted_file import open_roster
from broadcaster.domain.text.cleaning import clean_text


class RowOffsets:
    """The usable rows of one state of a roster. Encrypted files cannot be sought in, so theirs have no offsets."""

    def __init__(self, rows: Sequence[int], offsets: Sequence[int]) -> None:
        self._rows = rows
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._rows)

    def at_or_after(self, row: int) -> int | None:
        """The first usable row from this number on."""
        at = bisect_left(self._rows, row)
        return self._rows[at] if at < len(self._rows) else None

    def before(self, row: int) -> int | None:
        """The last usable row below this number."""
        at = bisect_left(self._rows, row)
        return self._rows[at - 1] if at else None

    def offset(self, row: int) -> int | None:
        """The byte at which a usable row begins; None where it can only be walked to."""
        return self._offsets[bisect_left(self._rows, row)] if self._offsets else None


def find_row_offsets(audience: Audience, usable: Iterable[int], identity: Path | None) -> RowOffsets:
    """The places of these rows, in ascending order. Raises what opening the roster raises.

    Where the file breaks off, the rows before it have their places.
    """
    rows = array("L", usable)
    offsets = array("Q")
    # Caught outside: a sheet that is given up closes its file.
    with suppress(SheetError), closing(open_roster(audience.roster, identity)) as stream:
        if not stream.seekable():
            return RowOffsets(rows, offsets)
        wanted = iter(rows)
        row = next(wanted, None)
        sheet = CsvSheet(stream, audience.arrangement)
        for number, offset in _row_beginnings(sheet):
            if number == row:
                offsets.append(offset)
                row = next(wanted, None)
    return RowOffsets(rows[: len(offsets)], offsets)


def find_rows_by_name(audience: Audience, words: str, identity: Path | None) -> Iterator[int]:
    """The rows, usable or not, whose name holds these words, whatever their case."""
    wanted = clean_text(words).casefold()
    with suppress(SheetError), closing(open_roster(audience.roster, identity)) as stream:
        sheet = CsvSheet(stream, audience.arrangement)
        column = sheet.columns.index("name") if "name" in sheet.columns else len(sheet.columns)
        for row, cells in sheet.rows():
            if isinstance(cells, list) and len(cells) > column and wanted in clean_text(cells[column]).casefold():
                yield row


def _row_beginnings(sheet: CsvSheet) -> Iterator[tuple[int, int]]:
    """Each row's number and the byte at which it begins."""
    offset = sheet.rows_begin_at()
    for row, _ in sheet.rows(blank=True):
        yield row, offset
        offset += len(sheet.raw(sheet.taken))
