"""Bringing a list in from elsewhere, and giving one out for a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TextIO

from broadcaster.audiences.audience import Audience
from broadcaster.audiences.columns import STANDARD, SheetError
from broadcaster.audiences.flaws import Flaw
from broadcaster.audiences.recipient import Recipient
from broadcaster.audiences.roster import read_roster
from broadcaster.audiences.rows import RowReader
from broadcaster.audiences.sheet import Sheet
from broadcaster.audiences.vault import open_roster, replace_roster
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Level, Problem

PROBLEMS_KEPT = 1_000
"""A list of a million bad rows must not fill the memory."""

# What a spreadsheet takes for a formula when a cell begins with it (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_GUARDED = re.compile(r"'(?=[=+\-@])")


@dataclass(frozen=True, slots=True)
class Imported:
    """How many people the new roster has, what is worth knowing about their rows, and why rows were left out."""

    rows: int
    warnings: tuple[Problem, ...]
    left_out: tuple[Problem, ...] = ()


def import_roster(
    audience: Audience, source: Path, *, mark_key: bytes, identity: Path | None = None, leave_out: bool = False
) -> Imported:
    """Make the CSV file `source` the roster of the audience, if every row of it is good or bad ones may be left out.

    What is written is UTF-8 with commas, addresses and numbers normalised, encrypted where the roster's name says so.
    Raises `ProblemsFoundError` with every bad row, or with what is wrong with the file as a whole, and
    `RosterNotWrittenError`; the old roster is then as it was.
    """
    given = replace(audience, roster=source)
    warnings: list[Problem] = []
    errors: list[Problem] = []
    rows = 0
    for found in read_roster(given, mark_key=mark_key, identity=identity):
        if isinstance(found, Recipient):
            rows += 1
            continue
        kept = errors if found.level is Level.ERROR else warnings
        if len(kept) < PROBLEMS_KEPT:
            # Numbered as in the list that was given, which lies outside the project.
            kept.append(replace(found, file=source.name))
    # A list without one good row is the wrong file, and would empty the roster.
    if errors and not (leave_out and rows):
        raise ProblemsFoundError(tuple(errors))
    replace_roster(audience.roster, identity, lambda target: _copy(given, identity, target, leave_out))
    return Imported(rows, tuple(warnings), tuple(errors))


def export_roster(recipients: Iterable[Recipient], target: TextIO) -> int:
    """Write recipients as CSV for a spreadsheet, with every column; returns how many.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it, telephone numbers included, for
    `+44…` is a formula too and would lose its plus. `import_roster` takes these apostrophes off again.
    """
    rows = csv.writer(target, lineterminator="\n")
    count, columns = 0, list(STANDARD)
    for count, recipient in enumerate(recipients, start=1):
        if count == 1:
            columns += [column for column in recipient.fields if column not in STANDARD]
            rows.writerow(columns)
        rows.writerow([guarded(recipient.fields.get(column, "")) for column in columns])
    if not count:
        rows.writerow(columns)
    return count


def guarded(cell: str) -> str:
    """The cell as a spreadsheet shows it and does not compute it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _copy(given: Audience, identity: Path | None, target: BinaryIO, leave_out: bool) -> None:
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    try:
        with closing(open_roster(given.roster, identity)) as stream:
            sheet = Sheet(stream)
            rows = csv.writer(text, lineterminator="\n")
            rows.writerow(sheet.columns)
            rows.writerows(_normalised(sheet, given, leave_out))
        text.flush()
    except SheetError as error:
        raise ProblemsFoundError(tuple(flaw.at(given.roster.name, None) for flaw in error.flaws)) from None
    finally:
        text.detach()


def _normalised(sheet: Sheet, given: Audience, leave_out: bool) -> Iterator[list[str]]:
    reader = RowReader(sheet.columns, given.defaults)
    for row, cells in sheet.rows():
        if not isinstance(cells, Flaw) and not any(map(str.strip, cells)):
            continue
        values, flaws = ({}, [cells]) if isinstance(cells, Flaw) else reader.read(cells)
        if any(flaw.level is Level.ERROR for flaw in flaws):
            if leave_out:
                continue
            # The list has become worse since it was looked through.
            raise ProblemsFoundError(tuple(flaw.at(given.roster.name, row) for flaw in flaws))
        yield [_GUARDED.sub("", values[column], count=1) for column in sheet.columns]
