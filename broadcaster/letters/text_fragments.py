"""Plain text with sentinels, cut into pieces, with what runs against its direction isolated."""

import re

from broadcaster.letters.addresses import spaced, web_addresses
from broadcaster.letters.bidi import LRI, PDI, isolate_text
from broadcaster.letters.fragments import Gap, Pieces, Place, cut, fold
from broadcaster.letters.source import Source

_WORD = re.compile(r"\w")


def text_pieces(text: str, source: Source) -> Pieces:
    """The pieces of a subject or a plain text part."""
    pieces: list[str | Gap] = []
    for line in spaced(text).splitlines(keepends=True):
        pieces += _line(line, source)
    return fold(pieces)


def _line(line: str, source: Source) -> list[str | Gap]:
    pieces: list[str | Gap] = []
    at = 0
    for start, end in web_addresses(line):
        pieces += _words(line[at:start], source)
        in_order = source.direction == "ltr" or not _WORD.search(line, end)
        pieces += _link(line[start:end], source) if in_order else _isolated_link(line[start:end], source)
        at = end if in_order or line[end] != " " else end + 1
    return pieces + _words(line[at:], source)


def _words(text: str, source: Source) -> list[str | Gap]:
    pieces: list[str | Gap] = []
    at = 0
    for gap in source.marks.gaps.finditer(text):
        pieces += [isolate_text(text[at : gap.start()], source.direction), *cut(gap[0], source, Place.TEXT)]
        at = gap.end()
    return [*pieces, isolate_text(text[at:], source.direction)]


def _link(link: str, source: Source) -> list[str | Gap]:
    return cut(source.marks.in_url(link), source, Place.TEXT)


def _isolated_link(link: str, source: Source) -> list[str | Gap]:
    """A link in right-to-left text, isolated from what follows it on its line. A space keeps the end of the isolate
    away from it, for many programs would take that for a part of the link (Android's Linkify does).
    """
    return [LRI, *_link(link, source), " ", PDI]
