"""What a page needs on paper: numbers in one piece and in their order, and the addresses of links written out.

WeasyPrint 70 has no bidirectional isolation: `<bdi>` without `dir` is laid out as if it were not there, so that the
groups of a telephone number come out in reverse inside Arabic (findings/weasyprint-bdi-without-dir.sh). Each `<bdi>`
gets the direction that a browser would find: that of the first letter in it (HTML Living Standard, 15.3.6).
"""

import html
import re
from dataclasses import replace

from broadcaster.domain.languages import Direction
from broadcaster.letters.bidi import direction_of
from broadcaster.letters.letter import Surroundings

NO_BREAK_SPACE = "\u00a0"

_BDI = re.compile(r"<bdi>(.*?)</bdi>", re.DOTALL)
_LINK = re.compile(r"<a\b[^>]*?\shref=\"([^\"]*)\"[^>]*>(.*?)</a>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def on_paper(around: Surroundings) -> Surroundings:
    """The same for a notice: no recipients' pages to link to, and telephone numbers that no line breaks."""
    lines = {
        key: {**line, "number": NO_BREAK_SPACE.join(line.get("number", "").split())}
        for key, line in around.helplines.items()
    }
    return replace(around, helplines=lines, links=False)


def for_paper(page: str, direction: Direction) -> str:
    """A whole HTML page as it is printed."""
    return _BDI.sub(lambda bdi: _directed(bdi, direction), _LINK.sub(_typed, page))


def _directed(bdi: re.Match[str], direction: Direction) -> str:
    return f'<bdi dir="{direction_of(_words(bdi[1]), direction)}">{bdi[1]}</bdi>'


def _typed(link: re.Match[str]) -> str:
    """A link with its address behind it, for nobody can press underlined words on paper."""
    address = re.sub(r"^(?:mailto|tel):", "", html.unescape(link[1]))
    if not address or "".join(address.split()) == "".join(_words(link[2]).split()):
        return link[0]
    return f'{link[0]} (<bdi dir="ltr">{html.escape(address)}</bdi>)'


def _words(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup))
