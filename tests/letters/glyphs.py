"""Where each letter of a PDF stands, as pdfminer finds it: what is printed, not what was meant."""

import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar


@dataclass(frozen=True, slots=True)
class Line:
    """The characters of one line of a page, from left to right by their places."""

    page: int
    text: str

    @property
    def digits(self) -> str:
        """Its ASCII digits."""
        return "".join(char for char in self.text if char in "0123456789")


def lines(pdf: bytes) -> list[Line]:
    """Each line of each page, from the top; characters that stand at one height are one line."""
    found = []
    for number, page in enumerate(extract_pages(io.BytesIO(pdf), laparams=None), 1):
        rows: dict[int, list[tuple[float, str]]] = defaultdict(list)
        for char in _chars(page):
            rows[round(char.matrix[5])].append((char.x0, char.get_text()))
        found += [Line(number, "".join(text for _, text in sorted(row))) for _, row in sorted(rows.items())[::-1]]
    return found


def _chars(item: object) -> Iterator[LTChar]:
    if isinstance(item, LTChar):
        yield item
    elif isinstance(item, Iterator) or hasattr(item, "__iter__"):
        for child in item:
            yield from _chars(child)
