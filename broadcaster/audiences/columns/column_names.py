"""The header row: names as letters use them, each once, and the ones that must be there."""

import re
from collections.abc import Iterator, Sequence

from broadcaster.audiences.model.row_errors import Flaw
from broadcaster.domain.text.cleaning import clean_text

STANDARD_COLUMNS = ("name", "email", "phone", "language", "channel", "timezone")
"""The columns that broadcaster itself reads; all others are for letters."""

MOST_COLUMNS = 200

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NAME_REMEDY = "Begin it with a letter and use letters a to z, digits and _ only, such as post_code."


class SheetError(Exception):
    """The file as a whole, or the rest of it, cannot be read. It never leaves this room."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__(*(flaw.code for flaw in flaws))
        self.flaws = flaws


def read_header(cells: Sequence[str]) -> tuple[str, ...]:
    """The normalised column names: trimmed, in lower case, spaces become underscores. Raises `SheetError`.

    What stands in the cells is not repeated: a file without a header has somebody's name there. Empty cells at the end
    are no columns.
    """
    return check_column_names(normalised_names(cells))


def normalised_names(cells: Sequence[str]) -> list[str]:
    """What columns with these headings would be called, whether or not they can be."""
    names = [re.sub(r"\s+", "_", clean_text(cell).lower()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def check_column_names(names: list[str]) -> tuple[str, ...]:
    """The names, if all of them can be those of columns and none that must be there is missing. Raises `SheetError`."""
    if flaws := list(_column_name_flaws(names)):
        raise SheetError(*flaws)
    return tuple(names)


def is_column_name(name: str) -> bool:
    """Whether letters can use it as a field."""
    return _NAME.fullmatch(name) is not None


def _column_name_flaws(names: list[str]) -> Iterator[Flaw]:
    known = set(names) & set(STANDARD_COLUMNS)
    if not known:
        remedy = (
            f"Put a header row above the people: {','.join(STANDARD_COLUMNS)}. If it has other names, import the list:"
            "  broadcaster audience import NAME FILE"
        )
        yield _header_flaw("the first row does not name the columns", remedy)
        return
    for place, name in enumerate(names):
        if not _NAME.fullmatch(name):
            what = "has a name that letters cannot use" if name else "has no name"
            yield _header_flaw(f"column {column_letter(place)} {what}", _NAME_REMEDY)
        elif (first := names.index(name)) != place:
            message = f"columns {column_letter(first)} and {column_letter(place)} have the same name"
            yield _header_flaw(message, "Rename or delete one of them.")
    if len(names) > MOST_COLUMNS:
        yield _header_flaw(
            f"there are more than {MOST_COLUMNS} columns", "Keep those that letters use, and delete the others."
        )
    if "name" not in known:
        yield _header_flaw("there is no column 'name'", "Add it; letters greet people by it.")
    if not known & {"email", "phone"}:
        yield _header_flaw("there is neither a column 'email' nor a column 'phone'", "Add at least one of them.")


def _header_flaw(message: str, remedy: str) -> Flaw:
    return Flaw("roster-header", "", message, remedy)


def column_letter(position: int) -> str:
    """The letters that a spreadsheet shows above a column; `position` counts from 0."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
