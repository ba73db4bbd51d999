"""How the cells of a file become the columns of a roster: where the headings are, what each column is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from broadcaster.audiences.columns.column_names import check_column_names, normalised_names
from broadcaster.domain.text.cleaning import clean_text

LEFT_OUT = "-"
"""Matched with the heading of a column that is left out."""


@dataclass(frozen=True, slots=True)
class ColumnRecipe:
    """One column of the roster. `places` are the cells it is made of, counted from 0: joined by spaces, or with
    `labels` the first of them whose label (in the cell of the same rank) is one of `preferred`, else the first that is
    not empty. With `only` it must have such a label.
    """

    column: str
    places: tuple[int, ...]
    labels: tuple[int, ...] = ()
    preferred: frozenset[str] = frozenset()
    only: bool = False

    def of(self, cells: Sequence[str]) -> str:
        """The column's value in a row of the file."""
        if not self.labels:
            return cells[self.places[0]] if len(self.places) == 1 else _join_cells(cells[at] for at in self.places)
        pairs = [
            (cells[label].strip("* ").casefold(), cells[at]) for label, at in zip(self.labels, self.places, strict=True)
        ]
        fitting = [value for label, value in pairs if value.strip() and label in self.preferred]
        others = [] if self.only else [value for _, value in pairs if value.strip()]
        return next(iter(fitting + others), "")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a file is to be read. Without `recipes` its own headings are the columns, but for those that `columns` names
    otherwise (heading → column). `header_row` 0 is the first row with anything in it; `skipped` rows are passed over;
    `accept` has the codes of flaws whose likely reading is taken.
    """

    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    recipes: tuple[ColumnRecipe, ...] = ()
    header_row: int = 0
    encoding: str = ""
    delimiter: str = ""
    skipped: frozenset[int] = frozenset()
    accept: frozenset[str] = frozenset()


DEFAULT_ARRANGEMENT = Arrangement()


def make_recipes(headings: Sequence[str], columns: Mapping[str, str]) -> tuple[ColumnRecipe, ...]:
    """The columns of a file whose headings an audience's `columns` gives other names.

    Headings are compared by `heading_key`; two of them for one column are joined. Raises `SheetError`.
    """
    by_heading = columns_by_heading_key(columns, headings)
    made: dict[str, list[int]] = {}
    names: list[str] = []
    for place, (heading, own) in enumerate(zip(headings, normalised_names(headings), strict=False)):
        column = by_heading.get(heading_key(heading), "")
        if column == LEFT_OUT:
            continue
        if column and column in made:
            made[column].append(place)
            continue
        names.append(column or own)
        # Two headings that nobody named alike stay two, and are told of.
        made[column or f"{own} {place}"] = [place]
    columns_made = check_column_names(names)
    return tuple(ColumnRecipe(name, tuple(places)) for name, places in zip(columns_made, made.values(), strict=True))


def columns_by_heading_key(columns: Mapping[str, str], headings: Sequence[str]) -> dict[str, str]:
    """An audience's `columns` by the keys of headings, as far as they hold for a file with these.

    A file that was made of a list (a roster that was taken in, an export) has names of columns for headings. What
    `Phone` meant in a list whose numbers for texts stood below `Mobile` does not hold for its `phone`.
    """
    found = {heading_key(heading): column for heading, column in columns.items()}
    matched = [cleaned for heading in headings if heading_key(cleaned := clean_text(heading)) in found]
    return found if any(heading not in columns.values() for heading in matched) else {}


def heading_key(heading: str) -> str:
    """The key of a heading: its text on one line, without regard to case."""
    return " ".join(clean_text(heading).casefold().split())


def with_accepted_codes(arrangement: Arrangement, codes: frozenset[str]) -> Arrangement:
    """The same, and the likely reading of these flaws is taken."""
    return replace(arrangement, accept=codes) if codes else arrangement


def _join_cells(parts: Iterable[str]) -> str:
    return " ".join(filter(None, map(clean_text, parts)))
