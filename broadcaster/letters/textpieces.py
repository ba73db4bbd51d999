"""Plain text with sentinels, cut into pieces, with what runs against its direction isolated."""

import re

from broadcaster.letters.bidi import LRI, PDI, isolate_text
from broadcaster.letters.pieces import Gap, Pieces, Place, cut, fold
from broadcaster.letters.source import Source

_LINK = re.compile(r"https?://[^\s)>\]]*[^\s)>\].,;:!?]")
_WORD = re.compile(r"\w")


def text_pieces(text: str, source: Source) -> Pieces:
    """The pieces of a subject, a text message or a plain text part."""
    pieces: list[str | Gap] = []
    for line in text.splitlines(keepends=True):
        pieces += _line(line, source)
    return fold(pieces)


def _line(line: str, source: Source) -> list[str | Gap]:
    pieces: list[str | Gap] = []
    at = 0
    for link in _LINK.finditer(line):
        pieces += _words(line[at : link.start()], source)
        pieces += _link(link[0], source, last=not _WORD.search(line, link.end()))
        at = link.end()
    return pieces + _words(line[at:], source)


def _words(text: str, source: Source) -> list[str | Gap]:
    pieces: list[str | Gap] = []
    at = 0
    for gap in source.marks.gaps.finditer(text):
        pieces += [isolate_text(text[at : gap.start()], source.direction), *cut(gap[0], source, Place.TEXT)]
        at = gap.end()
    return [*pieces, isolate_text(text[at:], source.direction)]


def _link(link: str, source: Source, *, last: bool) -> list[str | Gap]:
    """A link. In right-to-left text it is isolated from what follows it on its line. A space keeps the end of the
    isolate away from it, for many programs would take that for a part of the link (Android's Linkify does).
    """
    pieces = cut(link, source, Place.TEXT)
    return [LRI, *pieces, " ", PDI] if source.direction == "rtl" and not last else pieces
