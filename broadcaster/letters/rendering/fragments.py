"""Fragments: text with gaps, and how values are escaped for each place."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import cast
from urllib.parse import quote

from broadcaster.domain.language.language_tags import Direction
from broadcaster.letters.text.bidi import value_isolator, value_marker
from broadcaster.letters.tracer.skeleton_source import SkeletonSource


class GapPlace(StrEnum):
    """The place of a gap, which decides how its value is escaped."""

    TEXT = "text"
    """In a subject or plain text: unescaped, isolated if it runs against the text's direction."""
    SMS = "sms"
    """In a text message: unescaped, between direction marks if it runs against the text's direction."""
    HTML = "html"
    """In HTML text, inside a `<span dir="auto">` of the skeleton."""
    URL = "url"
    """In the path, query or fragment of a link: percent-encoded (RFC 3986)."""
    LINK_TEXT = "link-text"
    """A whole link in plain text."""
    LINK_HTML = "link-html"
    """A whole link in HTML, as text or in an attribute between double quotes."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap for one of the recipient's values (by number) or one of the delivery's links (by name)."""

    place: GapPlace
    value: int | str


Fragments = tuple[str | Gap, ...]
"""Text and gaps, in their order."""


def escape_html(value: str) -> str:
    """A text for HTML, between tags or between double quotes (HTML Living Standard, 13.3)."""
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    if '"' in value:
        value = value.replace('"', "&quot;")
    return value


def percent_encode(value: str) -> str:
    """A text for the path, query or fragment of a link: all but letters, digits and -._~ is percent-encoded."""
    return quote(value, safe="")


def escaper_for(place: GapPlace, direction: Direction) -> Callable[[str], str]:
    """The function that escapes a value for this place in a text of this direction."""
    if place is GapPlace.TEXT:
        return value_isolator(direction)
    if place is GapPlace.SMS:
        return value_marker(direction)
    if place is GapPlace.URL:
        return percent_encode
    if place is GapPlace.LINK_TEXT:
        return str
    return escape_html


def join_neighbouring_texts(fragments: Sequence[str | Gap]) -> Fragments:
    """The fragments with neighbouring texts joined and empty ones left out."""
    folded: list[str | Gap] = []
    for is_text, group in groupby(fragments, key=lambda fragment: isinstance(fragment, str)):
        if not is_text:
            folded += group
        elif text := "".join(cast("Iterator[str]", group)):
            folded.append(text)
    return tuple(folded)


def cut_at_sentinels(text: str, source: SkeletonSource, place: GapPlace) -> list[str | Gap]:
    """A text cut at its sentinels, with fixed values filled in. Sentinels marked by `in_url` become URL gaps."""
    fragments: list[str | Gap] = []
    at = 0
    for gap in source.sentinels.gaps.finditer(text):
        fragments.append(text[at : gap.start()])
        at = gap.end()
        if gap["link"]:
            fragments.append(
                Gap(
                    GapPlace.LINK_HTML if place in (GapPlace.HTML, GapPlace.LINK_HTML) else GapPlace.LINK_TEXT,
                    gap["link"],
                )
            )
            continue
        here = GapPlace.URL if gap["kind"] == "u" else place
        slot = source.slots[int(gap["slot"], 16)]
        fragments.append(escaper_for(here, source.direction)(slot.text) if slot.value < 0 else Gap(here, slot.value))
    fragments.append(text[at:])
    return fragments


@dataclass(frozen=True, slots=True)
class Links:
    """Links to the pages of one delivery, each a whole https URL; empty without `public_url`."""

    web: str = ""
    check: str = ""
    unsubscribe: str = ""


def fill_fragments(fragments: Fragments, direction: Direction, values: Sequence[str], links: Links) -> str:
    """The fragments as one text, filled with these values and links."""
    texts = []
    for fragment in fragments:
        if isinstance(fragment, str):
            texts.append(fragment)
        else:
            value = values[fragment.value] if isinstance(fragment.value, int) else getattr(links, fragment.value)
            texts.append(escaper_for(fragment.place, direction)(value))
    return "".join(texts)


GAP_MARK = "…"
"""What stands for a recipient's own words where others may read the text."""


def masked_text(fragments: Fragments) -> str:
    """The fragments as one text, with `GAP_MARK` in the place of each gap."""
    return "".join(fragment if isinstance(fragment, str) else GAP_MARK for fragment in fragments)
