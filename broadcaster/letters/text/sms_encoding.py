"""Encoding and segments of a text message, which decide its cost. Pure tables and functions.

Sources: 3GPP TS 23.038 section 6.2.1 (the GSM 7 bit default alphabet and its extension table) and 3GPP TS 23.040
section 9.2.3.24.1 (concatenation, whose header takes 7 septets or 6 octets of each segment).
"""

import re
import unicodedata
from dataclasses import dataclass

from broadcaster.letters.text.bidi import has_letter

GSM_7 = "GSM-7"
UCS_2 = "UCS-2"

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet in code order, without the escape at 0x1B."""

GSM_EXTENSION = "\f^{}\\[~]|€"
"""Characters of the extension table. Each is sent as an escape and a septet, so it counts two."""

DIRECTION_MARKS = "\u200e\u200f\u2066\u2067\u2068\u2069"
"""Characters that `sms_fragments` adds around opposite runs; the isolates are those of older skeletons. No author can
remove them. In a text without right-to-left letters they are the author's own.
"""

GSM_ALONE, GSM_JOINED = 160, 153
UCS_ALONE, UCS_JOINED = 70, 67

_ESCAPE = "\x1b"
_ONLY_BASIC = re.compile(f"[{re.escape(GSM_BASIC)}]*")
_ONLY_GSM = re.compile(f"[{re.escape(GSM_BASIC + GSM_EXTENSION)}]*")
_NOT_GSM = re.compile(f"[^{re.escape(GSM_BASIC + GSM_EXTENSION)}]")
_EXTENDED = re.compile(f"[{re.escape(GSM_EXTENSION)}]")

_PLAIN_LOOKALIKES = {
    "'": "\u2018\u2019\u201a\u201b\u2032\u2039\u203a\u00b4\u02bc\u0060",
    '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u2023\u2043\u00b7\u25aa\u25cf",
    "...": "\u2026",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\x0b\x85\u2028\u2029",
    "/": "\u2044\u2215",
    "x": "\u00d7",
    "fi": "\ufb01",
    "fl": "\ufb02",
    # Removing these loses nothing: a text that then fits GSM-7 has no right-to-left letter.
    "": "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff",
}
_PLAIN = {char: plain for plain, chars in _PLAIN_LOOKALIKES.items() for char in chars}
_TO_PLAIN = str.maketrans(_PLAIN)


@dataclass(frozen=True, slots=True)
class SmsText:
    """A text as it will be sent. `segments` is what is paid for; `encoding` is "GSM-7" or "UCS-2"."""

    body: str
    segments: int
    encoding: str


@dataclass(frozen=True, slots=True)
class ForcingCharacter:
    """A character that GSM-7 lacks, so that the whole text is sent as UCS-2, with 70 instead of 160 to a segment.

    `name` is its Unicode name. `plain` is a GSM-7 replacement: None when there is none, "" when it can be removed.
    `positions` are its indexes in the body, in code points from 0.
    """

    char: str
    name: str
    plain: str | None
    positions: tuple[int, ...]


def count_segments(body: str) -> SmsText:
    """The encoding a body needs and the segments it fills; an empty body fills none.

    UCS-2 is counted in UTF-16 code units. Neither an escape pair nor a surrogate pair is cut by the end of a segment:
    it moves whole to the next one, as phones expect.
    """
    if _ONLY_BASIC.fullmatch(body):
        length = len(body)
        return SmsText(body, -(-length // GSM_JOINED) if length > GSM_ALONE else min(length, 1), GSM_7)
    if _ONLY_GSM.fullmatch(body):
        septets = _EXTENDED.sub(_ESCAPE + "*", body)
        starts = [unit == _ESCAPE for unit in septets]
        return SmsText(body, _count_paired_segments(starts, GSM_ALONE, GSM_JOINED), GSM_7)
    octets = body.encode("utf-16-be", "surrogatepass")
    starts = [0xD8 <= octets[at] <= 0xDB for at in range(0, len(octets), 2)]
    return SmsText(body, _count_paired_segments(starts, UCS_ALONE, UCS_JOINED), UCS_2)


def count_characters(text: SmsText) -> tuple[int, int]:
    """How much of its segments a text fills, and how much fits into them, in the units that segments are counted in: a
    character of the GSM extension table counts two, and so does one outside of the Basic Multilingual Plane.
    """
    if text.encoding == GSM_7:
        used, alone, joined = len(text.body) + len(_EXTENDED.findall(text.body)), GSM_ALONE, GSM_JOINED
    else:
        used, alone, joined = len(text.body.encode("utf-16-be", "surrogatepass")) // 2, UCS_ALONE, UCS_JOINED
    return used, alone if text.segments < 2 else joined * text.segments


def most_segments(text: SmsText) -> int:
    """The most segments that a text may take: more than `segments` on networks that do not cut before combining signs.

    3GPP TS 23.040 lets a segment end anywhere. Some networks keep a letter and its signs together and move them to the
    next segment.
    """
    if text.encoding != UCS_2 or text.segments < 2:
        return text.segments
    octets = text.body.encode("utf-16-be", "surrogatepass")
    units = [octets[at : at + 2] for at in range(0, len(octets), 2)]
    segments = at = 0
    while at < len(units):
        end = at + UCS_JOINED
        while at < end < len(units) and _joins(units, end):
            end -= 1
        at = end if end > at else at + UCS_JOINED
        segments += 1
    return max(segments, text.segments)


def _joins(units: list[bytes], at: int) -> bool:
    """Whether a unit belongs to the one before it: the second half of a surrogate pair, or a combining sign."""
    if 0xDC <= units[at][0] <= 0xDF:
        return True
    pair = b"".join(units[at : at + 2]) if 0xD8 <= units[at][0] <= 0xDB else units[at]
    char = pair.decode("utf-16-be", "replace")[:1]
    return unicodedata.category(char)[0] == "M" or char in "\u200c\u200d"


def characters_forcing_ucs2(body: str) -> tuple[ForcingCharacter, ...]:
    """The author's characters that force UCS-2, in order of first use; empty for a GSM-7 body."""
    positions: dict[str, list[int]] = {}
    ours = DIRECTION_MARKS if has_letter(body, "rtl") else ""
    for match in _NOT_GSM.finditer(body):
        if match.group() in ours:
            continue
        positions.setdefault(match.group(), []).append(match.start())
    return tuple(ForcingCharacter(char, _name(char), _PLAIN.get(char), tuple(at)) for char, at in positions.items())


def replace_forcing_characters(body: str) -> str:
    """The body with every harmless replacement made. `count_segments` of it tells what it would cost."""
    return body.translate(_TO_PLAIN)


def _count_paired_segments(starts_pair: list[bool], alone: int, joined: int) -> int:
    """Segments of units; `starts_pair` marks the first halves of pairs that no segment may cut."""
    total = len(starts_pair)
    if total <= alone:
        return 1
    segments = at = 0
    while at < total:
        end = at + joined
        at = end - 1 if end < total and starts_pair[end - 1] else end
        segments += 1
    return segments


def _name(char: str) -> str:
    if char == "\t":
        return "TAB"
    return unicodedata.name(char, f"U+{ord(char):04X}")
