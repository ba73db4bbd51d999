"""A roster as a sheet of text: which encoding, which separator, which columns, and its rows one by one.

Numbering is the spreadsheet's: the header is row 1, an empty row counts, a cell with line breaks is one row.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from broadcaster.audiences.columns.arrangement import DEFAULT_ARRANGEMENT, Arrangement, ColumnRecipe, make_recipes
from broadcaster.audiences.columns.column_names import SheetError, check_column_names, read_header
from broadcaster.audiences.model.row_errors import Flaw

Row = tuple[int, list[str]]

LONGEST_LINE = 1 << 20
"""Characters in one line of the file; more cannot be a roster, and would have to stand in memory whole."""

_RESUMED_AT_MOST = 100
"""So often is the rest of a row with an open quote read again as rows of its own; each time costs up to 128 KB."""

_SEP_LINE = re.compile(r"sep=(.)[\r\n]*", re.IGNORECASE)
_FOREIGN_FILE_STARTS = {
    b"PK\x03\x04": "an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
}
# UTF-32 first: its little-endian mark begins like that of UTF-16.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)
UTF8_REMEDY = (
    "Save it as UTF-8. In Excel: Save As, 'CSV UTF-8 (Comma delimited)'. In LibreOffice: Save As, Text CSV, "
    "'Edit filter settings', character set Unicode (UTF-8)."
)


class CsvSheet:
    """One file, open, read as its arrangement says. `columns` are the normalised names, `places` where in the file they
    begin; `bom`, `encoding` and `delimiter` are what was found.

    `preamble` is everything up to and with the header, `taken` the row that was read last: their physical lines.
    Raises `SheetError` when the header cannot be used, and while walking when the file breaks off.
    """

    def __init__(self, stream: BinaryIO, arrangement: Arrangement = DEFAULT_ARRANGEMENT) -> None:
        self._arrangement = arrangement
        self._recipes: tuple[ColumnRecipe, ...] = arrangement.recipes
        self._width = 0
        self.encoding, self.bom = _detect_encoding(stream)
        self.encoding = arrangement.encoding or self.encoding
        stream.read(len(self.bom))
        # Bytes that are no UTF-8 become lone surrogates, so that only the rows they stand in are refused.
        self.errors = "surrogateescape" if self.encoding == "utf-8" else "strict"
        self._text = io.TextIOWrapper(stream, self.encoding, self.errors, newline="")
        self.preamble: list[str] = []
        self.taken: list[str] = []
        self._lines_put_back: deque[str] = deque()
        self._resumed = 0
        self._row = 0
        first = self._first_line()
        self.delimiter = arrangement.delimiter or _detect_delimiter(first)
        self._reader = self._reading()
        self.columns = self._header()
        self.preamble += self.taken

    @property
    def places(self) -> tuple[int, ...]:
        """For each column where in the file it stands, counted from 0: the first of its cells, if it has several."""
        return tuple(one.places[0] for one in self._recipes) or tuple(range(len(self.columns)))

    def rows(self, *, blank: bool = False) -> Iterator[Row | tuple[int, Flaw]]:
        """Every row below the header: its number and cells, or what is wrong with it. Empty ones only if asked for."""
        while True:
            self.taken.clear()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                self._row += 1
                yield self._row, self._broken_row()
                continue
            except UnicodeError:
                raise SheetError(_encoding_flaw("the text breaks off in mid-letter")) from None
            self._row += 1
            if (blank or any(cells)) and self._row not in self._arrangement.skipped:
                if self._recipes:
                    yield self._row, self._arranged(cells)  # type: ignore[misc]  # the one or the other, with the number
                else:
                    yield self._row, cells

    def _arranged(self, cells: list[str]) -> list[str] | Flaw:
        """The columns of a row, made of its cells."""
        if not any(cells):
            return [""] * len(self._recipes)
        if len(cells) != self._width and (len(cells) < self._width or any(cells[self._width :])):
            return row_length_flaw(len(cells), self._width)
        return [recipe.of(cells) for recipe in self._recipes]

    def rows_begin_at(self) -> int:
        """The byte at which the rows below the header begin."""
        return len(self.bom) + len(self.raw(self.preamble))

    def seek_row(self, row: int, offset: int) -> None:
        """Go on at this byte, where the row of this number begins. The file must be one that can be sought in."""
        stream = self._text.detach()
        stream.seek(offset)
        self._text = io.TextIOWrapper(stream, self.encoding, self.errors, newline="")
        self._lines_put_back.clear()
        self._row = row - 1
        self._reader = self._reading()

    def raw(self, lines: Iterable[str]) -> bytes:
        """The physical lines, as bytes."""
        return "".join(lines).encode(self.encoding, self.errors)

    def _reading(self) -> Iterator[list[str]]:
        return csv.reader(self._lines(), delimiter=self.delimiter, strict=True)

    def _lines(self) -> Iterator[str]:
        while True:
            line = self._lines_put_back.popleft() if self._lines_put_back else self._text.readline(LONGEST_LINE)
            if not line:
                return
            if len(line) >= LONGEST_LINE and line[-1] not in "\r\n":
                message = f"a line is longer than {LONGEST_LINE:,} characters"
                raise SheetError(Flaw("roster-unreadable", "", message, "Look whether this is the right file."))
            self.taken.append(line)
            yield line

    def _first_line(self) -> str:
        """The header's first line, put back for reading; blank rows before it count."""
        try:
            while (line := self._text.readline(LONGEST_LINE)) and not line.strip():
                self._row += 1
                self.preamble.append(line)
        except UnicodeError:
            raise SheetError(_encoding_flaw("this is not text in any encoding known here")) from None
        if not line:
            raise SheetError(Flaw("roster-empty", "", "the roster is empty", "Write a header row: name,email,phone."))
        if "\0" in line:
            raise SheetError(_encoding_flaw("this is UTF-16 without its mark, or no text"))
        if _SEP_LINE.fullmatch(line):
            self.preamble.append(line)
        else:
            self._lines_put_back.append(line)
        return line

    def _header(self) -> tuple[str, ...]:
        cells: list[str] = []
        try:
            while True:
                cells = next(self._reader, [])
                self._row += 1
                if self._row >= self._arrangement.header_row:
                    break
        except (csv.Error, UnicodeError):
            remedy = "Look for a stray quotation mark or letter in it."
            raise SheetError(Flaw("roster-header", "", "the header row cannot be read", remedy)) from None
        if self._arrangement.columns and not self._recipes:
            self._recipes = make_recipes(cells, self._arrangement.columns)
        while cells and not cells[-1].strip():
            cells.pop()
        self._width = max(len(cells), *(max(one.places) + 1 for one in self._recipes)) if self._recipes else len(cells)
        return check_column_names([one.column for one in self._recipes]) if self._recipes else read_header(cells)

    def _broken_row(self) -> Flaw:
        """What to say of a row that is not CSV; the lines it swallowed are read again as rows of their own."""
        swallowed = self.taken[1:]
        remedy = 'Close the quote, or write "" for a quotation mark inside a cell.'
        if swallowed and self._resumed < _RESUMED_AT_MOST:
            self._resumed += 1
            self._lines_put_back.extendleft(reversed(swallowed))
            # A reader that has come to the end of the file stays there.
            self._reader = self._reading()
            del self.taken[1:]
            swallowed = []
        if swallowed:
            message = f"a quotation mark is out of place, and {len(swallowed)} lines after this row were not read"
            return Flaw("row-quote", "", message, remedy)
        return Flaw("row-quote", "", "a quotation mark is out of place, or opened and not closed", remedy)


def row_length_flaw(cells: int, wanted: int) -> Flaw:
    """What to say of a row with more or fewer cells than the header."""
    message = f"this row has {cells} cells, and the header {wanted}"
    if cells < wanted:
        return Flaw("row-too-short", "", message, "Look for a missing separator; empty cells need theirs too.")
    return Flaw("row-too-long", "", message, 'A value that holds the separator must stand in quotes: "Brent, London".')


def _encoding_flaw(message: str) -> Flaw:
    return Flaw("roster-encoding", "", message, UTF8_REMEDY)


def _detect_encoding(stream: BinaryIO) -> tuple[str, bytes]:
    """The encoding told by the mark at the beginning of the file, and that mark; UTF-8 without one."""
    start = stream.peek(4)[:4] if isinstance(stream, io.BufferedReader) else b""
    for magic, what in _FOREIGN_FILE_STARTS.items():
        if start.startswith(magic):
            remedy = "Take it in, so that it becomes one:  broadcaster audience import NAME FILE"
            raise SheetError(Flaw("roster-not-csv", "", f"this is {what}, not a CSV file", remedy))
    bom, encoding = detect_byte_order_mark(stream)
    return encoding, bom


def detect_byte_order_mark(stream: BinaryIO) -> tuple[bytes, str]:
    """The mark at the beginning of a file, and the encoding that it tells; UTF-8 without one. Nothing is read."""
    start = stream.peek(4)[:4] if isinstance(stream, io.BufferedReader) else b""
    return next(((bom, encoding) for bom, encoding in _BYTE_ORDER_MARKS if start.startswith(bom)), (b"", "utf-8"))


def _detect_delimiter(first: str) -> str:
    if match := _SEP_LINE.fullmatch(first):
        if match[1] in '" \r\0':
            raise SheetError(Flaw("roster-header", "", "this separator cannot be used", "Write sep=, or sep=; there."))
        return match[1]
    unquoted = re.sub(r'"[^"]*"', "", first)
    # Comma first: of equally frequent ones it wins.
    return max(",;\t|", key=unquoted.count)
