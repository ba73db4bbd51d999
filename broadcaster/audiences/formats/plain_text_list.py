"""The text of a list before anything is known of its headings: its beginning, and its rows with their numbers."""

import csv
import io
from collections.abc import Iterator

from broadcaster.audiences.columns.arrangement import Arrangement
from broadcaster.audiences.columns.list_survey import NumberedRow
from broadcaster.audiences.formats.csv_sheet import LONGEST_LINE, detect_byte_order_mark
from broadcaster.audiences.formats.file_kind import BYTES_LOOKED_AT


def read_numbered_rows(stream: io.BufferedReader, plain: Arrangement) -> Iterator[NumberedRow]:
    """The rows of a text with their numbers, as `CsvSheet` counts them; up to the first that is no CSV."""
    mark, encoding = detect_byte_order_mark(stream)
    stream.read(len(mark))
    errors = "strict" if (plain.encoding or encoding).startswith("utf-16") else "surrogateescape"
    if plain.encoding == "cp1252":
        errors = "replace"
    text = io.TextIOWrapper(stream, plain.encoding or encoding, errors, newline="")
    lines = _bounded_lines(text)
    try:
        first = next(lines, "")
        following = lines if first[:4].lower() == "sep=" and len(first.strip("\r\n")) <= 5 else _put_back(first, lines)
        yield from enumerate(csv.reader(following, delimiter=plain.delimiter or ",", strict=True), start=1)
    except (csv.Error, UnicodeError):
        return  # reading it proper tells what is wrong there
    finally:
        text.detach()


def _put_back(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _bounded_lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) >= LONGEST_LINE:
            return
        yield line


def read_start_and_end(stream: io.BufferedReader) -> tuple[bytes, bytes]:
    """The first and the last bytes of a file."""
    start = stream.read(BYTES_LOOKED_AT)
    end = start
    while piece := stream.read(BYTES_LOOKED_AT):
        end = (end + piece)[-BYTES_LOOKED_AT:]
    return start, end


def read_first_lines(stream: io.BufferedReader, encoding: str) -> list[str]:
    """The first lines of a text in this encoding, or in that which its mark tells."""
    mark, told = detect_byte_order_mark(stream)
    stream.read(len(mark))
    raw = stream.read(BYTES_LOOKED_AT)
    return raw.decode(encoding or told, "replace").splitlines(keepends=True)[:60]
