"""Text of both directions, so that each runs reads correctly inside the other.

A telephone number with spaces, a link or a Latin name inside Arabic text is torn apart by the bidirectional algorithm
(UAX #9) unless it is isolated from its surroundings; so is an Arabic name inside English text. In HTML that is the work
of an element with `dir` (HTML Living Standard, 15.3.6); in plain text and text messages of the isolate characters
U+2066 to U+2069.

What is static in a letter is isolated when its skeleton is made, in HTML by a `<span dir>`: Gmail, Outlook and Yahoo
drop `<bdi>` (caniemail). A recipient's value, whose direction is not known yet, is isolated by a `<bdi>` that stands in
the skeleton around every gap; in plain text, where an isolate costs a character (and turns a text message from GSM-7
into UCS-2), only if it runs against the text: that is part of how plain text escapes a value.
"""

import html
import re
from collections.abc import Callable

from broadcaster.domain.languages import Direction

LRI, RLI, FSI, PDI, RLM = "\u2066", "\u2067", "\u2068", "\u2069", "\u200f"

# Letters of right-to-left scripts: Hebrew, Arabic, Syriac, Thaana, NKo, Samaritan, Mandaic, their extensions and
# presentation forms, and the right-to-left blocks of the supplementary plane (Unicode, DerivedBidiClass: R and AL).
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff"
_RTL_LETTER = re.compile(f"[{_RTL}]")

# Letters and digits that run from left to right. Arabic-Indic digits are left alone: they belong to the text.
_LTR_LETTERS = "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8\u0370-\u052f\u0900-\u1fff\u3040-\ud7ff"
_LTR = f"0-9{_LTR_LETTERS}"
_LTR_LETTER = re.compile(f"[{_LTR_LETTERS}]")

_FIRST_LETTER = re.compile(f"[{_RTL}{_LTR_LETTERS}]")

# A run inside right-to-left text: it begins and ends with a letter or digit (or what belongs to one, as in #tag, +44 or
# 50%) and holds what stands between words, but no comma or bracket followed by a space: "999, 101" are two things.
_LTR_RUN = re.compile(f"[#@+£$€]?[{_LTR}](?:[ .,:;/_'’&@+=?~#%-]{{0,3}}(?<![,;:] )[{_LTR}])*[%+]?")
_RTL_RUN = re.compile(f"[{_RTL}](?:[ .:/_'’\u200c\u200d-]{{0,2}}[{_RTL}])*")

# One number that needs no isolate in right-to-left text: separators of these kinds join digits whatever stands before
# them (UAX #9, W4), and nothing about its order depends on the surroundings.
_PLAIN_NUMBER = re.compile(r"[0-9]+(?:[.,:/][0-9]+)*")


def direction_of(text: str, otherwise: Direction) -> Direction:
    """Which way a text runs by its first letter; one of digits runs from left to right, one of neither `otherwise`."""
    first = _FIRST_LETTER.search(text)
    if first is None:
        return "ltr" if any(char.isdigit() for char in text) else otherwise
    return "rtl" if _RTL_LETTER.match(first[0]) else "ltr"


def isolated(direction: Direction) -> Callable[[str], str]:
    """How plain text of a direction takes in a value: isolated if it could run against the text."""
    return _isolated_in_rtl if direction == "rtl" else _isolated_in_ltr


def runs_against(value: str, direction: Direction) -> bool:
    """Whether a value could run against a text of this direction."""
    if direction == "ltr":
        return not value.isascii() and _RTL_LETTER.search(value) is not None
    if _LTR_LETTER.search(value):
        return True
    return any(char.isdigit() for char in value) and not _PLAIN_NUMBER.fullmatch(value)


def _isolated_in_ltr(value: str) -> str:
    return value if value.isascii() or not _RTL_LETTER.search(value) else f"{FSI}{value}{PDI}"


def _isolated_in_rtl(value: str) -> str:
    return f"{FSI}{value}{PDI}" if runs_against(value, "rtl") else value


def isolate_text(text: str, direction: Direction) -> str:
    """Static plain text with each run that goes against its direction isolated. It holds no gaps."""
    if direction == "ltr":
        return text if text.isascii() else _RTL_RUN.sub(f"{RLI}\\g<0>{PDI}", text)
    return _LTR_RUN.sub(_isolate_run, text)


def _isolate_run(run: re.Match[str]) -> str:
    return run[0] if _PLAIN_NUMBER.fullmatch(run[0]) else f"{LRI}{run[0]}{PDI}"


def isolate_html(text: str, direction: Direction) -> str:
    """Static text of HTML, as it stands between tags, with each run that goes against its direction isolated."""
    if direction == "ltr":
        return text if not _RTL_LETTER.search(text) else _RTL_RUN.sub(r'<span dir="rtl">\g<0></span>', text)
    # Entities are undone first, for their names would be taken for Latin words.
    plain = html.unescape(text)
    pieces, at = [], 0
    for run in _LTR_RUN.finditer(plain):
        pieces += [_escape(plain[at : run.start()]), f'<span dir="ltr">{_escape(run[0])}</span>']
        at = run.end()
    return "".join([*pieces, _escape(plain[at:])])


def _escape(text: str) -> str:
    return html.escape(text, quote=False)
