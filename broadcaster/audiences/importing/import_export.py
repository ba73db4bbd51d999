"""Import of a list as a roster, and export of a roster for a spreadsheet."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, TextIO

from broadcaster.audiences.columns.arrangement import DEFAULT_ARRANGEMENT, Arrangement
from broadcaster.audiences.columns.column_matching import ColumnMatching
from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS, SheetError
from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.formats.csv_injection import BYTE_ORDER_MARK, escape_formula, unescape_formula
from broadcaster.audiences.formats.csv_sheet import CsvSheet
from broadcaster.audiences.importing.roster_comparison import RosterChanges, RosterComparison
from broadcaster.audiences.model.recipient import Recipient
from broadcaster.audiences.model.row_errors import Flaw
from broadcaster.audiences.rosters.roster_reader import read_roster
from broadcaster.audiences.storage.encrypted_file import FileSource, open_roster, replace_roster
from broadcaster.audiences.validation.row_reader import RowReader
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Problem, Severity

PROBLEMS_KEPT = 1_000
"""A list of a million bad rows must not fill the memory."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How many people the new roster has, and what is other than in the old one; what is worth knowing about their
    rows; why rows were left out, and how many; which column each heading was taken for.
    """

    rows: int
    changes: RosterChanges
    warnings: tuple[Problem, ...]
    left_out: tuple[Problem, ...] = ()
    rows_left_out: int = 0
    matching: ColumnMatching | None = None


class RowsRefusedError(ProblemsFoundError):
    """Rows of a list have errors, `bad` of them; the other ones, `good` of them, could be taken in without these.

    `list_audience` is the audience as the list was read; `warnings` are of rows that could be taken in.
    """

    def __init__(
        self,
        problems: tuple[Problem, ...],
        bad: int,
        good: int,
        list_audience: Audience,
        warnings: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(problems)
        self.warnings = warnings
        self.bad = bad
        self.good = good
        self.list_audience = list_audience


def import_roster(  # noqa: PLR0913 (each is said by its name)
    audience: Audience,
    source: FileSource,
    *,
    mark_key: bytes,
    identity: Path | None = None,
    leave_out: bool = False,
    before: Iterable[Recipient] = (),
    arrangement: Arrangement = DEFAULT_ARRANGEMENT,
    called: str = "",
    agree: Callable[[ImportResult], object] = lambda _: None,
    known_of: Callable[[Recipient], Iterable[Problem]] = lambda _: (),
) -> ImportResult:
    """Make the CSV file `source` the roster of the audience, if every row of it is good or bad ones may be left out.

    It is read as `arrangement` says; in messages it is named as `called`. What is written is UTF-8 with commas,
    addresses and numbers normalised, encrypted where the roster's name says so. `before` are the people of the old
    roster, for telling what changes; `agree` is told what was found before anything is written, and raises to prevent
    it; `known_of` says what is worth knowing of somebody beside their row. Raises `RowsRefusedError` with every bad
    row, `ProblemsFoundError` with what is wrong with the file as a whole, and `RosterNotWrittenError`; the old roster
    then is as it was.
    """
    list_audience = replace(audience, import_source=source, import_arrangement=arrangement)
    found = _ImportFindings(called or source.name, known_of)
    with RosterComparison() as comparison:
        comparison.before(before)
        comparison.after(found.people(read_roster(list_audience, mark_key=mark_key, identity=identity)))
        changes = comparison.changes()
    # A list without one good row is the wrong file, and would empty the roster.
    if found.errors and not (leave_out and found.rows):
        raise found.refusal(list_audience)
    done = ImportResult(found.rows, changes, tuple(found.warnings), tuple(found.errors), found.bad)
    agree(done)
    replace_roster(audience.roster, identity, lambda target: _write_roster(list_audience, identity, target, leave_out))
    return done


@dataclass(slots=True)
class _ImportFindings:
    """What is found in the list called `file`; of problems only the first are kept."""

    file: str
    known_of: Callable[[Recipient], Iterable[Problem]]
    rows: int = 0
    bad: int = 0
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    _whole: bool = False
    _bad_row: int | None = None

    def people(self, found: Iterable[Recipient | Problem]) -> Iterator[Recipient]:
        """The people in what was found; takes in the rest."""
        for one in found:
            if isinstance(one, Recipient):
                self.rows += 1
                for problem in self.known_of(one):
                    self._note(problem)
                yield one
            else:
                self._note(one)

    def refusal(self, list_audience: Audience) -> ProblemsFoundError:
        """The error by which the list is refused."""
        problems = tuple(self.errors)
        if self._whole:
            return ProblemsFoundError(problems)
        return RowsRefusedError(problems, self.bad, self.rows, list_audience, tuple(self.warnings))

    def _note(self, problem: Problem) -> None:
        kept = self.warnings
        if problem.level is Severity.ERROR:
            kept = self.errors
            self._whole |= problem.line is None
            # Those of one row come one after the other.
            self.bad += problem.line != self._bad_row
            self._bad_row = problem.line
        if len(kept) < PROBLEMS_KEPT:
            # Numbered as in the list that was list_audience, which lies outside the project.
            kept.append(replace(problem, file=self.file))


def export_roster(recipients: Iterable[Recipient], target: TextIO) -> int:
    """Write recipients as CSV for a spreadsheet, with every column; returns how many. It begins with the mark of UTF-8.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it, telephone numbers included, for
    `+44…` is a formula too and would lose its plus; so does what follows a separator within a cell.
    `import_roster` takes these apostrophes off again.
    """
    target.write(BYTE_ORDER_MARK)
    rows = csv.writer(target, lineterminator="\n")
    count, columns = 0, list(STANDARD_COLUMNS)
    for count, recipient in enumerate(recipients, start=1):
        if count == 1:
            columns += [column for column in recipient.fields if column not in STANDARD_COLUMNS]
            rows.writerow(columns)
        rows.writerow([escape_formula(recipient.fields.get(column, "")) for column in columns])
    if not count:
        rows.writerow(columns)
    return count


def _write_roster(list_audience: Audience, identity: Path | None, target: BinaryIO, leave_out: bool) -> None:
    text = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    try:
        with closing(open_roster(list_audience.source, identity)) as stream:
            sheet = CsvSheet(stream, list_audience.arrangement)
            rows = csv.writer(text, lineterminator="\n")
            rows.writerow(sheet.columns)
            rows.writerows(_normalised_rows(sheet, list_audience, leave_out))
        text.flush()
    except SheetError as error:
        raise ProblemsFoundError(tuple(flaw.at(list_audience.source.name, None) for flaw in error.flaws)) from None
    finally:
        text.detach()


def _normalised_rows(sheet: CsvSheet, list_audience: Audience, leave_out: bool) -> Iterator[list[str]]:
    reader = RowReader(sheet.columns, list_audience.defaults, list_audience.arrangement.accept)
    for row, cells in sheet.rows():
        if not isinstance(cells, Flaw) and not any(map(str.strip, cells)):
            continue
        values, flaws = ({}, [cells]) if isinstance(cells, Flaw) else reader.read(cells)
        if any(flaw.level is Severity.ERROR for flaw in flaws):
            if leave_out:
                continue
            # The list has become worse since it was looked through.
            raise ProblemsFoundError(tuple(flaw.at(list_audience.source.name, row) for flaw in flaws))
        yield [unescape_formula(values[column]) for column in sheet.columns]
