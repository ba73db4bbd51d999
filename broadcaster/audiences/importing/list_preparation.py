"""Preparation of a list for its import: the kind of its file, its headings, and their columns.

What can be read one way only is. Whatever else there is becomes a question, with the likely answer where there is one;
`ListChoices` are the answers.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from broadcaster.audiences.columns.arrangement import DEFAULT_ARRANGEMENT, Arrangement, heading_key
from broadcaster.audiences.columns.column_matching import ColumnMatching, match_columns
from broadcaster.audiences.columns.column_names import SheetError
from broadcaster.audiences.columns.list_survey import ListSurvey, NumberedRow, survey_list
from broadcaster.audiences.formats.csv_sheet import LONGEST_LINE
from broadcaster.audiences.formats.delimiter import detect_delimiter
from broadcaster.audiences.formats.file_kind import FileKind, detect_file_kind
from broadcaster.audiences.formats.plain_text_list import read_first_lines, read_numbered_rows, read_start_and_end
from broadcaster.audiences.formats.text_encoding import TextEncoding, detect_encoding
from broadcaster.audiences.formats.vcard import read_vcard_rows
from broadcaster.audiences.formats.workbook import WorkbookSheet, open_workbook
from broadcaster.audiences.model.row_errors import Flaw
from broadcaster.audiences.storage.encrypted_file import FileSource, open_roster
from broadcaster.domain.problems import Severity

HIDDEN, WITHOUT_HIDDEN, MERGED, WINDOWS_1252 = "hidden-rows", "without-hidden-rows", "merged-cells", "windows-1252"
QUESTION_CODES = frozenset({HIDDEN, WITHOUT_HIDDEN, MERGED, WINDOWS_1252})


class Spool(FileSource, Protocol):
    """Where the rows of a workbook are put, to be read again: nobody else may read it meanwhile."""

    def write(self, data: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class ListChoices:
    """What somebody said about a list: which sheet of a workbook, which column a heading means, and codes of what they
    accept as it is likely meant.
    """

    sheet: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    accept: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """A question about a whole list. `codes` are the ways to accept it; `samples` are personal."""

    flaw: Flaw
    codes: tuple[str, ...]
    samples: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PreparedList:
    """A list that can be read as `arrangement` says from `source`, once nothing is asked any more.

    `sheets` are to be chosen from, then nothing else is known yet. `told` is worth knowing.
    """

    source: FileSource
    arrangement: Arrangement = DEFAULT_ARRANGEMENT
    matching: ColumnMatching | None = None
    doubts: tuple[ListQuestion, ...] = ()
    sheets: tuple[str, ...] = ()
    told: tuple[Flaw, ...] = ()

    @property
    def clear(self) -> bool:
        """Whether nothing has to be asked."""
        return not self.sheets and not self.doubts and (self.matching is None or self.matching.clear)


@dataclass(frozen=True, slots=True)
class ListTable:
    """A list as a text to be read as `plain` says. `about` and `encoding` are what else was found out about it;
    `further` is how many addresses and numbers of contacts were passed over for one, by column.
    """

    source: FileSource
    plain: Arrangement = DEFAULT_ARRANGEMENT
    about: WorkbookSheet = field(default_factory=WorkbookSheet)
    encoding: TextEncoding = field(default_factory=TextEncoding)
    sheets: tuple[str, ...] = ()
    further: Mapping[str, int] = field(default_factory=dict)


def prepare_list(
    source: FileSource,
    choices: ListChoices,
    kept: Mapping[str, str],
    spool: Callable[[], Spool],
    *,
    identity: Path | None = None,
) -> PreparedList:
    """Make a list ready. `kept` are the matchings of the audience; `spool` makes a place for the rows of a workbook.

    Raises `SheetError` for what is no list, and what opening a roster raises.
    """
    known = frozenset(map(heading_key, [*choices.columns, *kept]))
    table = _make_table(source, choices, known, spool, identity)
    if table.sheets:
        return PreparedList(source, sheets=table.sheets)
    return _arrange_table(table, choices, kept, known, identity)


def read_table_rows(
    source: FileSource, choices: ListChoices, spool: Callable[[], Spool], *, identity: Path | None = None
) -> Iterator[NumberedRow]:
    """The headings of a list, then its rows, each with its number; those that are no people are left out.

    Raises `SheetError` for what is no list, or has several sheets and none is chosen.
    """
    table = _make_table(source, choices, frozenset(), spool, identity)
    if table.sheets:
        message = f"the workbook has {len(table.sheets)} sheets to choose from, and which one is meant was not said"
        raise SheetError(Flaw("which-sheet", "", message, "Say it:  --sheet NAME"))
    with closing(open_roster(table.source, identity)) as stream:
        found = survey_list(read_numbered_rows(stream, table.plain), frozenset())
    passed = {*found.totals, *found.repeated}
    with closing(open_roster(table.source, identity)) as stream:
        for row, cells in read_numbered_rows(stream, table.plain):
            if row >= found.header_row and row not in passed and any(cells):
                yield row, cells


def _make_table(
    source: FileSource, choices: ListChoices, known: frozenset[str], spool: Callable[[], Spool], identity: Path | None
) -> ListTable:
    with closing(open_roster(source, identity)) as stream:
        start, end = read_start_and_end(stream)
    kind, words, remedy = detect_file_kind(start, end)
    if kind is None:
        raise SheetError(Flaw("not-a-list", "", f"this is {words}, not a list that can be read", remedy))
    if kind is FileKind.TEXT:
        return _text_table(source, known, identity)
    place, plain = spool(), Arrangement(encoding="utf-8", delimiter=",")
    if kind is FileKind.VCARD:
        further: Counter[str] = Counter()
        _write_csv(place, read_vcard_rows(source, further))
        return ListTable(place, plain, further=further)
    with closing(open_workbook(source, choices.sheet)) as book:
        if book.choices:
            return ListTable(source, sheets=book.choices)
        _write_csv(place, _fill_merged_cells(book.rows(), book.sheet, fill=MERGED in choices.accept))
        return ListTable(place, plain, book.sheet)


def _text_table(source: FileSource, known: frozenset[str], identity: Path | None) -> ListTable:
    with closing(open_roster(source, identity)) as stream:
        encoding = detect_encoding(stream)
    with closing(open_roster(source, identity)) as stream:
        head = read_first_lines(stream, encoding.name)
    plain = Arrangement(encoding=encoding.name, delimiter=detect_delimiter(head, known))
    return ListTable(source, plain, encoding=encoding)


def _arrange_table(
    table: ListTable,
    choices: ListChoices,
    kept: Mapping[str, str],
    known: frozenset[str],
    identity: Path | None,
) -> PreparedList:
    about, plain = table.about, table.plain
    with closing(open_roster(table.source, identity)) as stream:
        found = survey_list(read_numbered_rows(stream, plain), known)
    matching = match_columns(found.columns, choices.columns, kept)
    hidden = frozenset(row for row in about.hidden if row > found.header_row)
    doubts = tuple(_list_questions(found, about, hidden, table.encoding, choices.accept))
    skipped = {*found.totals, *found.repeated, *(hidden if WITHOUT_HIDDEN in choices.accept else ())}
    arrangement = Arrangement(
        recipes=matching.recipes,
        header_row=found.header_row,
        encoding=plain.encoding,
        delimiter=plain.delimiter,
        skipped=frozenset(skipped),
        accept=choices.accept,
    )
    return PreparedList(
        table.source, arrangement, matching, doubts, told=tuple(_list_notes(found, matching, table.further))
    )


def _list_questions(
    found: ListSurvey, about: WorkbookSheet, hidden: frozenset[int], encoding: TextEncoding, accepted: frozenset[str]
) -> Iterator[ListQuestion]:
    if hidden and not accepted & {HIDDEN, WITHOUT_HIDDEN}:
        message = f"{len(hidden):,} of its rows are hidden (by a filter, perhaps), from row {min(hidden)} on"
        remedy = "Say whether the people on them belong to the list."
        yield ListQuestion(Flaw(HIDDEN, "", message, remedy), (HIDDEN, WITHOUT_HIDDEN))
    merged = sorted(_rows_with_merged_cells(about, found.header_row))
    if merged and MERGED not in accepted:
        message = f"cells of several rows are merged into one, {_rows_in_words(merged)}"
        remedy = "Say whether what stands in such a cell holds for each of its rows, or take the merging out."
        exact = not any(first > found.header_row for first, _ in about.spans)
        yield ListQuestion(Flaw(MERGED, "", message, remedy), (MERGED,) if exact else ())
    if encoding.guessed and WINDOWS_1252 not in accepted:
        message = "the file is not UTF-8; read as Windows-1252, as Excel saves a plain CSV, it makes sense"
        remedy = "Look whether these words are right. If they are not, save the file again as CSV UTF-8."
        yield ListQuestion(Flaw(WINDOWS_1252, "", message, remedy), (WINDOWS_1252,), tuple(found.samples_of_text))


def _list_notes(found: ListSurvey, matching: ColumnMatching, further: Mapping[str, int]) -> Iterator[Flaw]:
    for rows, code, what in (
        (found.titles, "title-rows", "found above the headings"),
        (found.totals, "totals-rows", "found to add up other rows"),
        (found.repeated, "repeated-headings", "found to say the headings once more"),
    ):
        if rows:
            message = f"{what}, and passed over: {_rows_in_words(rows)}"
            yield Flaw(code, "", message, "Nothing needs doing.", Severity.WARNING)
    for recipe in matching.recipes:
        if recipe.column in {"email", "phone"}:
            beside = recipe.places[1:] if matching.export else ()
            more = sum(found.columns[place].filled for place in beside) + further.get(recipe.column, 0)
            if more:
                whose = matching.export or "contacts"
                message = f"the {whose} have {more:,} further values for {recipe.column}; one each is taken"
                remedy = "If another is the right one for somebody, change it in the roster."
                yield Flaw("further-addresses", recipe.column, message, remedy, Severity.WARNING)


def _rows_in_words(rows: list[int]) -> str:
    named = ", ".join(map(str, rows[:5]))
    return f"row{'s' * (len(rows) > 1)} {named}{', …' * (len(rows) > 5)}"


def _rows_with_merged_cells(about: WorkbookSheet, header_row: int) -> set[int]:
    """The rows in which cells are merged with those below."""
    found = {top for top, _, bottom, _ in about.merged if bottom > top and bottom > header_row}
    return found | {row for row, many in about.spans if row + many - 1 > header_row}


def _fill_merged_cells(rows: Iterable[list[str]], about: WorkbookSheet, *, fill: bool) -> Iterator[list[str]]:
    """The rows; where that is wanted, with what stands in a merged cell in each row that it covers."""
    open_cells: list[tuple[int, int, int, str]] = []
    begins: dict[int, list[tuple[int, int, int]]] = {}
    for top, left, bottom, right in about.merged if fill else ():
        if bottom > top:
            begins.setdefault(top, []).append((left, right, bottom))
    for number, cells in enumerate(rows, start=1):
        for left, right, bottom, value in open_cells:
            if number <= bottom:
                for place in range(left, min(right + 1, len(cells))):
                    cells[place] = cells[place] or (value if place == left else "")
        open_cells = [one for one in open_cells if one[2] > number]
        open_cells += [
            (left, right, bottom, cells[left]) for left, right, bottom in begins.get(number, ()) if left < len(cells)
        ]
        yield cells


def _write_csv(place: Spool, rows: Iterable[list[str]]) -> None:
    """Rows as CSV; empty ones keep their place, so that all are numbered as in the workbook."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for cells in rows:
        writer.writerow(cells if any(cells) else [])
        if text.tell() > LONGEST_LINE:
            place.write(text.getvalue().encode("utf-8", "replace"))
            text.seek(0)
            text.truncate()
    place.write(text.getvalue().encode("utf-8", "replace"))
