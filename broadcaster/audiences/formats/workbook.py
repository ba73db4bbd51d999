"""The rows of a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods), read by python-calamine in a process of its own."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from broadcaster.audiences.columns.column_names import SheetError
from broadcaster.audiences.model.row_errors import Flaw
from broadcaster.audiences.storage.encrypted_file import FileSource

_READER_PROGRAM = Path(__file__).with_name("workbook_reader.py")

_TOO_LARGE_REMEDY = (
    "Copy the rows with people into a new workbook, and save that. One cell far below or far to the right of them is "
    "enough to make a small workbook a huge one."
)
_REASONS = {
    "password": (
        "workbook-locked",
        "this workbook is protected by a password",
        "Open it with its password, save a copy without one, and take in that.",
    ),
    "too-large": (
        "workbook-too-large",
        "this workbook unpacks to more than a list of people can be",
        _TOO_LARGE_REMEDY,
    ),
    "damaged": (
        "workbook-unreadable",
        "this workbook is damaged, or its format is not known here",
        "Open it in your spreadsheet program, save it as an Excel workbook (.xlsx), and take in that.",
    ),
}


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """What is known of a sheet beside its rows, which are numbered from 1, and columns from 0.

    `merged` are ranges (first row, first column, last row, last column; rows from 1). `spans`, of formats that tell no
    columns, are rows in which a cell is merged with those below: the row, and how many rows that covers.
    """

    name: str = ""
    hidden: tuple[int, ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class WorkbookRows:
    """A sheet being read. `choices` has the sheets where it must be said which one; then there are no rows."""

    sheet: WorkbookSheet = WorkbookSheet("")
    choices: tuple[str, ...] = ()
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def rows(self) -> Iterator[list[str]]:
        """Every row from the first on. Raises `SheetError` where the reader gives up."""
        ended = False
        for said in _read_messages(self._process):
            yield from said.get("rows", ())
            ended = "end" in said
        if not ended:
            raise _sheet_error("too-large")

    def close(self) -> None:
        """End the reader process."""
        if self._process is not None:
            self._process.kill()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process.wait()


def open_workbook(source: FileSource, wanted: str = "") -> WorkbookRows:
    """A sheet of the workbook: the one of this name, or the only one with anything in it. Close it after use.

    Raises `SheetError` for a workbook that cannot be read.
    """
    command = [sys.executable, "-I", str(_READER_PROGRAM), *([wanted] if wanted else [])]
    process = subprocess.Popen(  # noqa: S603 (our own program, and a name that it looks for among its sheets)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    feeding = threading.Thread(target=_feed_reader, args=(source, process.stdin), name="workbook-feed")
    feeding.start()
    found = WorkbookRows(_process=process)
    try:
        first = _first_message(process)
        if "sheets" in first:
            found.choices = tuple(map(str, first["sheets"]))
        else:
            found.sheet = WorkbookSheet(
                str(first["sheet"]),
                tuple(first["hidden"]),
                tuple((top + 1, left, bottom + 1, right) for top, left, bottom, right in first["merged"]),
                tuple((row, many) for row, many in first["spans"]),
            )
    except BaseException:
        found.close()
        raise
    finally:
        feeding.join()
    return found


def _feed_reader(source: FileSource, sink: BinaryIO | None) -> None:
    """Hand the file over. A reader that has ended reads no further."""
    if sink is None:
        return
    with suppress(BrokenPipeError), sink, closing(source.open("rb")) as stream:
        while piece := stream.read(1 << 16):
            sink.write(piece)


def _read_messages(process: "subprocess.Popen[bytes] | None") -> Iterator[dict[str, Any]]:
    if process is None or process.stdout is None:
        return
    while line := process.stdout.readline():
        yield json.loads(line)


def _first_message(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """The reader's first answer. A reader that the operating system killed has given none."""
    said: dict[str, Any] = next(_read_messages(process), {"error": "too-large"})
    if code := said.get("error"):
        raise _sheet_error(str(code))
    return said


def _sheet_error(reason: str) -> SheetError:
    code, message, remedy = _REASONS.get(reason, _REASONS["damaged"])
    return SheetError(Flaw(code, "", message, remedy))
