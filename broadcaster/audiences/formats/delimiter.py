"""The delimiter of a text: the one with which its headings are read best."""

import csv
import re
from collections.abc import Sequence

from broadcaster.audiences.columns.list_survey import count_known_headings

_SEPARATORS = ",;\t|"
_SEP_LINE = re.compile(r"sep=(.)[\r\n]*", re.IGNORECASE)
_LINES_LOOKED_AT = 40


def detect_delimiter(lines: Sequence[str], known: frozenset[str]) -> str:
    """The separator of a text that begins with these lines: the one that it names itself (`sep=;`), else the one that
    yields most known headings, else the one that most lines have alike. A comma wins among equals.
    """
    text = [line for line in lines if line.strip()][:_LINES_LOOKED_AT]
    if text and (match := _SEP_LINE.fullmatch(text[0])):
        return match[1]
    return max(_SEPARATORS, key=lambda sign: _delimiter_score(text, sign, known))


def _delimiter_score(lines: Sequence[str], sign: str, known: frozenset[str]) -> tuple[int, int]:
    try:
        rows = list(csv.reader(lines, delimiter=sign))
    except csv.Error:
        return 0, 0
    headings = max((count_known_headings(row, known) for row in rows if len(row) > 1), default=0)
    widths = [len(row) for row in rows if len(row) > 1]
    return headings, max(map(widths.count, set(widths)), default=0) if widths else 0
