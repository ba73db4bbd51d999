"""CSV injection: an apostrophe keeps a spreadsheet from computing a cell (OWASP, "CSV Injection")."""

import re

BYTE_ORDER_MARK = "\ufeff"
"""What a CSV file for a spreadsheet begins with: else Excel takes UTF-8 for Windows-1252, and shows other letters."""

_FORMULA_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
"""What a formula begins with, in full width too, which spreadsheets of East Asia read alike."""

_CELL_SEPARATORS = ";|\t\r\n"
"""What begins a new cell for a spreadsheet that separates by something else than commas: quotes that do not stand at
the beginning of its own cell hold nothing together.
"""

_BLANKS = '[ "\u00a0]*'

_FORMULA = re.compile(
    rf"\A(?={_BLANKS}[{_FORMULA_SIGNS}]|[\t\r\n])|(?<=[{_CELL_SEPARATORS}])(?={_BLANKS}[{_FORMULA_SIGNS}])"
)
_ESCAPED_FORMULA = re.compile(rf"(?:\A|(?<=[{_CELL_SEPARATORS}]))'(?={_BLANKS}[{_FORMULA_SIGNS}])")


def escape_formula(cell: str) -> str:
    """The cell as a spreadsheet shows it and does not compute it."""
    return _FORMULA.sub("'", cell)


def unescape_formula(cell: str) -> str:
    """The cell as it was before it was guarded."""
    return _ESCAPED_FORMULA.sub("", cell) if "'" in cell else cell
