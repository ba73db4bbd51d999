"""A survey of a list before it is read: its headings, samples of its columns, and rows that are no people."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from broadcaster.audiences.columns.arrangement import heading_key
from broadcaster.audiences.columns.column_names import STANDARD_COLUMNS, SheetError
from broadcaster.audiences.columns.known_headings import heading_meaning, is_total
from broadcaster.audiences.model.row_errors import Flaw
from broadcaster.domain.text.cleaning import clean_text

HEADING_SEARCH_ROWS = 40
"""Rows with content that are searched for the headings."""

MOST_SAMPLES = 3
LONGEST_SAMPLE = 60
_DIGITS_OF_A_NUMBER = 7

NumberedRow = tuple[int, Sequence[str]]


@dataclass(slots=True)
class ListColumn:
    """One column of a list. `samples` are the first different values, which are personal; `filled` how many rows have
    one; `addresses` and `numbers` how many of those look like an email address or a telephone number.
    """

    place: int
    heading: str
    samples: list[str] = field(default_factory=list, repr=False)
    filled: int = 0
    addresses: int = 0
    numbers: int = 0

    def note(self, value: str) -> None:
        """Add the value of one row."""
        self.filled += 1
        if "@" in value:
            self.addresses += 1
        elif sum(map(str.isdecimal, value)) >= _DIGITS_OF_A_NUMBER:
            self.numbers += 1
        if len(self.samples) < MOST_SAMPLES and value not in self.samples:
            self.samples.append(value if len(value) <= LONGEST_SAMPLE else f"{value[:LONGEST_SAMPLE]}…")


@dataclass(slots=True)
class ListSurvey:
    """What was found: the row with the headings, the columns below it, how many rows follow it. `titles` are rows above
    the headings, `totals` rows that add up others, `repeated` ones that say the headings again.
    """

    header_row: int
    columns: list[ListColumn]
    rows: int = 0
    titles: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    samples_of_text: list[str] = field(default_factory=list, repr=False)


def survey_list(rows: Iterable[NumberedRow], known: frozenset[str]) -> ListSurvey:
    """Look through a list. `known` are keys of headings that somebody matched with a column. Raises `SheetError`."""
    walk = iter(rows)
    head = _first_filled_rows(walk)
    if not head:
        raise SheetError(Flaw("roster-empty", "", "the list is empty", "Look whether this is the right file."))
    at = find_header_position([cells for _, cells in head], known)
    if at is None:
        raise SheetError(
            Flaw(
                "list-without-headings",
                "",
                "no row has the names of the columns",
                f"Put a row above the people that names the columns, for example: {', '.join(STANDARD_COLUMNS[:4])}.",
            )
        )
    number, headings = head[at]
    _refuse_people_above(head[:at])
    found = ListSurvey(number, [ListColumn(place, clean_text(cell)) for place, cell in enumerate(headings)])
    found.titles = [row for row, _ in head[:at]]
    said = [heading_key(cell) for cell in headings]
    for row, cells in _chained(head[at + 1 :], walk):
        _note_row(found, row, cells, said)
    while found.columns and not found.columns[-1].heading and not found.columns[-1].filled:
        found.columns.pop()
    return found


def find_header_position(rows: Sequence[Sequence[str]], known: frozenset[str]) -> int | None:
    """Which of these rows has the headings: the one with most that are known, else the first that may be one."""
    scores = [_heading_score(cells, known) for cells in rows]
    best = max(scores, default=0)
    if best:
        return scores.index(best)
    for at, cells in enumerate(rows):
        filled = [cell for cell in cells if cell.strip()]
        if any(_looks_like_address(cell) for cell in filled):
            return None
        if len(filled) > 1:
            return at
    return None


def count_known_headings(cells: Sequence[str], known: frozenset[str] = frozenset()) -> int:
    """How many of these cells are headings whose meaning is known."""
    return sum(1 for cell in cells if heading_key(cell) in known or heading_meaning(cell))


def _heading_score(cells: Sequence[str], known: frozenset[str]) -> int:
    # Somebody may be called Name, but nobody has an address among the headings.
    return 0 if any(_looks_like_address(cell) for cell in cells) else count_known_headings(cells, known)


def _first_filled_rows(walk: Iterator[NumberedRow]) -> list[NumberedRow]:
    head: list[NumberedRow] = []
    for row, cells in walk:
        if any(cell.strip() for cell in cells):
            head.append((row, cells))
        if len(head) >= HEADING_SEARCH_ROWS:
            break
    return head


def _chained(first: Iterable[NumberedRow], rest: Iterable[NumberedRow]) -> Iterator[NumberedRow]:
    yield from first
    yield from rest


def _refuse_people_above(rows: Iterable[NumberedRow]) -> None:
    for row, cells in rows:
        if any(_looks_like_address(cell) for cell in cells):
            message = f"row {row} has an address in it and stands above the row with the headings"
            raise SheetError(Flaw("list-above-headings", "", message, "Put the headings above all people."))


def _note_row(found: ListSurvey, row: int, cells: Sequence[str], headings: list[str]) -> None:
    filled = [(place, value) for place, cell in enumerate(cells) if (value := cell.strip())]
    if not filled:
        return
    if [heading_key(cell) for cell in cells] == headings:
        found.repeated.append(row)
        return
    if is_total(filled[0][1]) and not any(_looks_like_address(value) for _, value in filled):
        found.totals.append(row)
        return
    found.rows += 1
    while len(found.columns) < len(cells):
        found.columns.append(ListColumn(len(found.columns), ""))
    for place, value in filled:
        found.columns[place].note(value)
    if len(found.samples_of_text) < MOST_SAMPLES * 2:
        odd = next((value for _, value in filled if not value.isascii() and len(value) <= LONGEST_SAMPLE), "")
        if odd and odd not in found.samples_of_text:
            found.samples_of_text.append(odd)


def _looks_like_address(cell: str) -> bool:
    if "@" in cell:
        return True
    digits = sum(map(str.isdecimal, cell))
    return digits >= _DIGITS_OF_A_NUMBER and digits * 2 > len(cell.strip())
