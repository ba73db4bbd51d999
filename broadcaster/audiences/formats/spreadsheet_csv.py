"""CSV files for spreadsheets, as exports at the desk are made (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Sequence

from broadcaster.audiences.formats.csv_injection import escape_formula


def csv_rows(rows: Iterable[Sequence[object]]) -> bytes:
    """The rows in UTF-8, without a byte order mark. No cell is a formula to a spreadsheet."""
    target = io.StringIO()
    csv.writer(target).writerows([escape_formula(str(cell)) for cell in row] for row in rows)
    return target.getvalue().encode()
