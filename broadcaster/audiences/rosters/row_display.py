"""Rows of a roster for display: their values, and each error with its cells as a spreadsheet names them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from broadcaster.audiences.columns.column_names import SheetError, column_letter
from broadcaster.audiences.description.audience import Audience
from broadcaster.audiences.formats.csv_sheet import CsvSheet
from broadcaster.audiences.model.row_errors import AcceptableReading, Flaw
from broadcaster.audiences.storage.encrypted_file import open_roster
from broadcaster.audiences.validation.row_reader import RowReader
from broadcaster.domain.problems import Severity
from broadcaster.domain.text.cleaning import clean_text

LONGEST_SHOWN = 120
"""Characters of a cell: enough to recognise it by. Beyond them a quotation mark is open, and the rest is other rows."""


@dataclass(frozen=True, slots=True)
class ShownFlaw:
    """One thing wrong with a row. `cells` are the cells it lies in, as a spreadsheet names them ("B4"); none where the
    whole row is meant. `value` is what stands there, `proposal` what perhaps should stand there; both are personal.
    `ways` are how it may be read.
    """

    cells: tuple[str, ...]
    columns: tuple[str, ...]
    value: str = field(repr=False)
    message: str
    remedy: str
    readings: tuple[AcceptableReading, ...] = field(default=(), repr=False)
    proposal: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row by its number. `values`, by column, are cleaned and read as far as can be; they are personal."""

    row: int
    values: Mapping[str, str] = field(repr=False)
    faults: tuple[ShownFlaw, ...] = ()


def show_rows(audience: Audience, rows: Collection[int], *, identity: Path | None = None) -> list[ShownRow]:
    """Those of these rows that the roster has, in its order, each with the errors in it, and with what may be meant in
    another way.

    The roster is read up to the last of them. Where it breaks off before that, the rest is missing. Raises what opening
    a roster raises.
    """
    if not rows:
        return []
    found: list[ShownRow] = []
    with suppress(SheetError), closing(open_roster(audience.source, identity)) as stream:
        sheet = CsvSheet(stream, audience.arrangement)
        found.extend(_shown_rows(sheet, audience, frozenset(rows)))
    return found


def _shown_rows(sheet: CsvSheet, audience: Audience, rows: frozenset[int]) -> Iterator[ShownRow]:
    reader, last = RowReader(sheet.columns, audience.defaults, audience.arrangement.accept), max(rows)
    for row, cells in sheet.rows():
        if row in rows:
            yield _shown_row(row, cells, sheet, reader)
        if row >= last:
            return


def _shown_row(row: int, cells: Sequence[str] | Flaw, sheet: CsvSheet, reader: RowReader) -> ShownRow:
    if isinstance(cells, Flaw):
        return ShownRow(row, {}, (ShownFlaw((), (), _shorten_cell("".join(sheet.taken)), cells.message, cells.remedy),))
    plain = {column: _shorten_cell(cell) for column, cell in zip(sheet.columns, cells, strict=False)}
    values, flaws = reader.read(list(cells))
    wrong = [flaw for flaw in flaws if flaw.level is Severity.ERROR or flaw.readings]
    faults = [_shown_flaw(row, flaw, sheet, plain) for flaw in wrong]
    faults.sort(key=lambda one: sheet.columns.index(one.columns[0]) if one.columns else -1)
    return ShownRow(row, plain | values, tuple(faults))


def _shown_flaw(row: int, flaw: Flaw, sheet: CsvSheet, plain: Mapping[str, str]) -> ShownFlaw:
    columns = sheet.columns
    # A flaw may lie in two columns at once: "email, phone".
    named = tuple(column for column in flaw.column.split(", ") if column in columns)
    cells = tuple(f"{column_letter(sheet.places[columns.index(column)])}{row}" for column in named)
    shown = [plain.get(column, "") for column in named or columns]
    shown_there = " · ".join(filter(None, shown))
    return ShownFlaw(cells, named, shown_there, flaw.message, flaw.remedy, flaw.readings, flaw.proposal)


def _shorten_cell(cell: str) -> str:
    cleaned = clean_text(cell)
    return cleaned if len(cleaned) <= LONGEST_SHOWN else f"{cleaned[:LONGEST_SHOWN]}…"
