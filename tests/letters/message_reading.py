"""What a reader sees of a text of both directions, by the Unicode Bidirectional Algorithm (UAX #9, python-bidi)."""

import html
import re

from bidi import get_display  # type: ignore[import-untyped]  # it has no types

_INVISIBLE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STARTS = {"ltr": "\u2066", "rtl": "\u2067", "auto": "\u2068"}


def seen(line: str, base: str | None = None) -> str:
    """The characters of one line from left to right; `base` is "R", "L" or what its first letter says (UAX #9, P2)."""
    shown: str = get_display(line, base_dir=base)
    return _INVISIBLE.sub("", shown).replace("\u00a0", " ")


def lines_of(markup: str) -> list[str]:
    """The lines of an HTML document's body, each element with a `dir` isolated as a browser does (HTML Living Standard,
    15.3.6), and `<bdi>` dropped with all that it says, as Gmail, Outlook and Yahoo drop it.
    """
    body = re.sub(r"<(style|title|script)\b.*?</\1>|<!--.*?-->", "", markup.partition("<body")[2], flags=re.DOTALL)
    opened: list[bool] = []
    text = ""
    for piece in re.split(r"(<[^>]*>)", body.partition(">")[2]):
        name = re.match(r"</?([a-z0-9]+)", piece)
        if name is None:
            text += html.unescape(piece)
        elif name[1] in ("span", "a"):
            if piece.startswith("</"):
                text += "\u2069" if opened.pop() else ""
            else:
                direction = re.search(r'\sdir="([a-z]+)"', piece)
                opened.append(direction is not None)
                text += _STARTS[direction[1]] if direction else ""
        elif name[1] in ("p", "div", "td", "li", "h1", "h2", "h3", "br", "pre"):
            text += "\n"
    return [" ".join(line.split(" ")) for line in text.split("\n") if line.strip()]
