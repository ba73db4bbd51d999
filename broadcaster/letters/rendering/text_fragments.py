"""Plain text cut at its sentinels, with each run against its direction isolated."""

import re

from broadcaster.letters.rendering.fragments import Fragments, Gap, GapPlace, cut_at_sentinels, join_neighbouring_texts
from broadcaster.letters.text.bidi import LRI, PDI, isolate_text
from broadcaster.letters.text.typed_addresses import space_after_addresses, web_addresses
from broadcaster.letters.tracer.skeleton_source import SkeletonSource

_WORD = re.compile(r"\w")


def cut_text(text: str, source: SkeletonSource) -> Fragments:
    """The fragments of a subject or a plain text part."""
    fragments: list[str | Gap] = []
    for line in space_after_addresses(text).splitlines(keepends=True):
        fragments += _line(line, source)
    return join_neighbouring_texts(fragments)


def _line(line: str, source: SkeletonSource) -> list[str | Gap]:
    fragments: list[str | Gap] = []
    at = 0
    for start, end in web_addresses(line):
        fragments += _without_links(line[at:start], source)
        in_order = source.direction == "ltr" or not _WORD.search(line, end)
        fragments += _link(line[start:end], source) if in_order else _isolated_link(line[start:end], source)
        at = end if in_order or line[end] != " " else end + 1
    return fragments + _without_links(line[at:], source)


def _without_links(text: str, source: SkeletonSource) -> list[str | Gap]:
    fragments: list[str | Gap] = []
    at = 0
    for gap in source.sentinels.gaps.finditer(text):
        fragments += [
            isolate_text(text[at : gap.start()], source.direction),
            *cut_at_sentinels(gap[0], source, GapPlace.TEXT),
        ]
        at = gap.end()
    return [*fragments, isolate_text(text[at:], source.direction)]


def _link(link: str, source: SkeletonSource) -> list[str | Gap]:
    return cut_at_sentinels(source.sentinels.in_url(link), source, GapPlace.TEXT)


def _isolated_link(link: str, source: SkeletonSource) -> list[str | Gap]:
    """A link in right-to-left text, isolated from the rest of its line.

    A space separates it from the end of the isolate, which Android's Linkify and others would make part of the link.
    """
    return [LRI, *_link(link, source), " ", PDI]
