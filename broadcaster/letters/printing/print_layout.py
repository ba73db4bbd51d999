"""What a page needs on paper: numbers in one piece and in their order, and the addresses of links written out.

WeasyPrint 70 has no `dir="auto"`, as it has no `<bdi>` without `dir`: what stands in either is laid out as if they were
not there, so that the groups of a telephone number come out in reverse inside Arabic
(findings/weasyprint-bdi-without-dir.sh). Each gets the direction that a browser would find: that of the first letter in
it (HTML Living Standard, 3.2.6.4).
"""

import html
import re
from dataclasses import replace

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.model.letter import TemplateContext
from broadcaster.letters.text.bidi import direction_of

NO_BREAK_SPACE = "\u00a0"

_AUTO = re.compile(r"<span\b[^>]*\sdir=\"auto\"[^>]*>(.*?)</span>", re.DOTALL)
_LINK = re.compile(r"<a\b[^>]*?\shref=\"([^\"]*)\"[^>]*>(.*?)</a>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def context_for_print(around: TemplateContext) -> TemplateContext:
    """The same for a notice: no recipients' pages to link to, and telephone numbers that no line breaks."""
    lines = {
        key: {**line, "number": NO_BREAK_SPACE.join(line.get("number", "").split())}
        for key, line in around.helplines.items()
    }
    return replace(around, helplines=lines, links=False)


def page_for_print(page: str, direction: Direction) -> str:
    """A whole HTML page as it is printed."""
    return _AUTO.sub(lambda auto: _with_direction(auto, direction), _LINK.sub(_with_written_address, page))


def _with_direction(auto: re.Match[str], direction: Direction) -> str:
    return auto[0].replace('dir="auto"', f'dir="{direction_of(_text_of_markup(auto[1]), direction)}"', 1)


def _with_written_address(link: re.Match[str]) -> str:
    """A link with its address behind it, for nobody can press underlined words on paper."""
    address = re.sub(r"^(?:mailto|tel):", "", html.unescape(link[1]))
    if not address or "".join(address.split()) == "".join(_text_of_markup(link[2]).split()):
        return link[0]
    return f'{link[0]} (<span dir="ltr">{html.escape(address)}</span>)'


def _text_of_markup(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup))
