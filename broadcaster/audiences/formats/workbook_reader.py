"""A program of its own that reads one workbook from its standard input, for `workbook` to run.

Nothing of the project is imported here, so that the process stays small. It is a process because a workbook is somebody
else's file: one cell far out makes the reader ask for more memory than there is, which ends the process it happens in.
Here the operating system's limits hold.

What it writes are lines of JSON: about the sheet, then rows from A1 on, all of the same width, then the end. An error
has one line, `{"error": …}`.
"""

import io
import json
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NoReturn
from xml.etree import ElementTree as ET

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

MEMORY = 1 << 30
CPU_SECONDS = 120
UNPACKED_BYTES = 512 << 20
"""Bytes that a workbook may unpack to: ten times a hundred thousand rows."""

ROWS_AT_ONCE = 200
EXACT_NUMBERS_BELOW = 10**15
"""Spreadsheets keep fifteen digits of a number, and zeros for the rest."""

MOST_PLACES = 100_000
"""Places of one kind that are remembered."""

_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_NUMBER = re.compile(rb'\br="(\d+)"')
_ERROR = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>(?:<f\b.*?(?:</f>|/>))?\s*<v>([^<]*)')
# A formula whose result is an empty text has t="str".
_UNCOMPUTED = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*\bt=)[^>]*\br="([A-Z]+)(\d+)"[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</'
)
NOT_COMPUTED = "#FORMULA!"
"""Stands for the value of a formula that no program has computed yet, as other errors do for theirs."""

_ODS_ROW = re.compile(rb"<table:table-row\b[^>]*>")
_ODS_REPEATED = re.compile(rb'number-rows-repeated="(\d+)"')
_ODS_HIDDEN = re.compile(rb'table:visibility="(?:collapse|filter)"')
_ODS_SPAN = re.compile(rb'<table:table-cell\b[^>]*number-rows-spanned="(\d+)"')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class WorkbookTooLargeError(Exception):
    """It unpacks to more than is allowed."""


def main() -> None:
    """Set limits of the process before the untrusted file is read."""
    _set_limit(resource.RLIMIT_AS, MEMORY)
    _set_limit(resource.RLIMIT_CPU, CPU_SECONDS)
    data = sys.stdin.buffer.read()
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        parts = WorkbookParts(data)
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            name, sheet, others = _choose_sheet(book, wanted)
            if sheet is None:
                _write_message({"sheets": others})
                return
            _write_rows(name, sheet, parts)
    except PasswordError:
        _write_error("password")
    except (WorkbookTooLargeError, MemoryError):
        _write_error("too-large")
    except (CalamineError, zipfile.BadZipFile, zlib.error, ET.ParseError, OSError, ValueError, KeyError):
        _write_error("damaged")


def _set_limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _write_message(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what, ensure_ascii=True) + "\n")


def _write_error(code: str) -> NoReturn:
    _write_message({"error": code})
    sys.stdout.flush()
    sys.exit(0)


def _choose_sheet(book: CalamineWorkbook, wanted: str) -> tuple[str, CalamineSheet | None, list[str]]:
    """The sheet that is wanted or the only one with anything in it; else None, and those to choose from."""
    shown = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible] or book.sheet_names
    if wanted:
        found = wanted if wanted in book.sheet_names else ""
        return found, book.get_sheet_by_name(found) if found else None, shown
    if len(shown) == 1:
        return shown[0], book.get_sheet_by_name(shown[0]), []
    full = [name for name in shown if book.get_sheet_by_name(name).total_height]
    if len(full) == 1:
        return full[0], book.get_sheet_by_name(full[0]), []
    return "", None, full or shown


def _write_rows(name: str, sheet: CalamineSheet, parts: "WorkbookParts") -> None:
    first_column = sheet.start[1] if sheet.start else 0
    merged = [[*start, *end] for start, end in (sheet.merged_cell_ranges or [])[:MOST_PLACES]]
    hidden, errors, spans = parts.marks(name)
    _write_message({"sheet": name, "merged": merged, "spans": spans, "hidden": hidden})
    pad, chunk = [""] * first_column, []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        # Rows come from the first one on, columns from the first one in use.
        row = pad + [one if isinstance(one, str) else _cell_text(one) for one in cells]
        if number in errors:
            for column, what in errors[number]:
                row += [""] * (column + 1 - len(row))
                row[column] = row[column] or what
        chunk.append(row)
        if len(chunk) >= ROWS_AT_ONCE:
            _write_message({"rows": chunk})
            chunk = []
    _write_message({"rows": chunk})
    _write_message({"end": True})


def _cell_text(value: object) -> str:
    """A value as a person would read it in its cell."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float | int):
        if abs(value) >= EXACT_NUMBERS_BELOW:
            return f"{value:.5E}"
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if not (value.hour or value.minute or value.second) else str(value)
    return value.isoformat() if isinstance(value, date) else str(value)


class WorkbookParts:
    """The files that a workbook is packed of, if it is a ZIP archive. Raises TooLargeError.

    They are all unpacked once, piece by piece: what an archive says about their sizes may be a lie.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._archive = zipfile.ZipFile(io.BytesIO(data)) if data.startswith(b"PK") else None
        total = 0
        for info in self._archive.infolist() if self._archive else ():
            for piece in self._pieces(info):
                total += len(piece)
                if total > UNPACKED_BYTES:
                    raise WorkbookTooLargeError

    def marks(self, sheet: str) -> tuple[list[int], dict[int, list[tuple[int, str]]], list[list[int]]]:
        """Of a sheet: rows that are hidden; cells with an error, which the reader gives as empty; and of OpenDocument,
        whose merged cells it does not tell, the rows in which some are merged with those below, and with how many.
        """
        names = set(self._archive.namelist()) if self._archive else set()
        if "content.xml" in names:
            return self._opendocument(sheet)
        if path := self._path(sheet, names):
            return self._worksheet(path)
        return [], {}, []

    def _worksheet(self, path: str) -> tuple[list[int], dict[int, list[tuple[int, str]]], list[list[int]]]:
        hidden: list[int] = []
        errors: dict[int, list[tuple[int, str]]] = {}
        number = 0
        for text in self._in_rows(path):
            if b'hidden="' in text:
                for row in _ROW.findall(text):
                    said = _NUMBER.search(row)
                    number = int(said[1]) if said else number + 1
                    if _HIDDEN.search(row) and len(hidden) < MOST_PLACES:
                        hidden.append(number)
            if b't="e"' in text:
                for letters, row, what in _ERROR.findall(text)[:MOST_PLACES]:
                    errors.setdefault(int(row), []).append((_column_number(letters), what.decode("utf-8", "replace")))
            if b"<f" in text:
                for letters, row in _UNCOMPUTED.findall(text)[:MOST_PLACES]:
                    errors.setdefault(int(row), []).append((_column_number(letters), NOT_COMPUTED))
        return hidden, errors, []

    def _in_rows(self, path: str) -> Iterator[bytes]:
        """The text of a worksheet in pieces that end where a row ends."""
        assert self._archive is not None  # noqa: S101 (a path was found in it)
        rest = b""
        for piece in self._pieces(self._archive.getinfo(path)):
            text = rest + piece
            end = text.rfind(b"</row>")
            rest = text[end:] if end >= 0 else text
            if end >= 0:
                yield text[:end]
        yield rest

    def _opendocument(self, sheet: str) -> tuple[list[int], dict[int, list[tuple[int, str]]], list[list[int]]]:
        assert self._archive is not None  # noqa: S101 (its content was found)
        content = b"".join(self._pieces(self._archive.getinfo("content.xml")))
        hidden: list[int] = []
        spans: list[list[int]] = []
        for table in content.split(b"<table:table ")[1:]:
            if f'table:name="{_escape_xml(sheet)}"'.encode() not in table[: table.find(b">")]:
                continue
            number, starts = 1, list(_ODS_ROW.finditer(table))
            for place, row in enumerate(starts):
                many = _ODS_REPEATED.search(row[0])
                count = int(many[1]) if many else 1
                if _ODS_HIDDEN.search(row[0]) and len(hidden) + count < MOST_PLACES:
                    hidden += range(number, number + count)
                end = starts[place + 1].start() if place + 1 < len(starts) else len(table)
                spans += [[number, int(n)] for n in _ODS_SPAN.findall(table, row.end(), end) if int(n) > 1]
                number += count
        return hidden, {}, spans[:MOST_PLACES]

    def _path(self, sheet: str, names: set[str]) -> str:
        """The part in which a worksheet of Office Open XML stands; "" where it is not told."""
        if self._archive is None or not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return ""
        book = ET.fromstring(self._archive.read("xl/workbook.xml"))  # noqa: S314 (expat bounds entities, we the rest)
        key = next((one.get(_RELATION) for one in book.iter() if one.get("name") == sheet and one.get(_RELATION)), None)
        links = ET.fromstring(self._archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 (the same)
        target = next((one.get("Target") or "" for one in links if one.get("Id") == key), "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        return path if path in names else ""

    def _pieces(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """What a part unpacks to (PKWARE's APPNOTE, 4.3.7 and 4.4.5), whatever size is said of it."""
        start = info.header_offset
        header = self._data[start : start + 30]
        if header[:4] != b"PK\x03\x04" or info.flag_bits & 1:
            raise zipfile.BadZipFile
        start += 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        packed = memoryview(self._data)[start : start + info.compress_size]
        if info.compress_type == zipfile.ZIP_STORED:
            yield bytes(packed)
            return
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise zipfile.BadZipFile
        unpacker, rest = zlib.decompressobj(-15), bytes(packed)
        while not unpacker.eof:
            piece = unpacker.decompress(rest, 1 << 20)
            rest = unpacker.unconsumed_tail
            if not piece and not rest:
                return
            yield piece


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _escape_xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


if __name__ == "__main__":
    main()
