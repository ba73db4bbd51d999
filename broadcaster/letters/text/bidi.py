"""Isolation of runs of one direction inside text of the other.

The bidirectional algorithm (UAX #9) reorders a telephone number with spaces, a link or a Latin name inside Arabic text
unless it is isolated; so too an Arabic name inside English text. HTML isolates with an element that has `dir` (HTML
Living Standard, 15.3.6), plain text with the characters U+2066 to U+2069. Text messages use direction marks instead
(`sms_fragments`), for older telephones do not know isolates.

A letter's static text is isolated when its skeleton is compiled, in HTML by a `<span dir>`: Gmail, Outlook and Yahoo
drop `<bdi>` (caniemail). Values are isolated in HTML by a `<span dir="auto">` around every gap, for their direction is
not known yet. In plain text a value is isolated when it is escaped, and only if it runs against the text.
"""

import html
import re
from collections.abc import Callable, Iterator

from broadcaster.domain.language.language_tags import Direction

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"
LRM, RLM = "\u200e", "\u200f"

# Characters of right-to-left scripts: Hebrew, Arabic, Syriac, Thaana, NKo, Samaritan, Mandaic, their extensions and
# presentation forms, and the right-to-left blocks of the supplementary plane (Unicode, DerivedBidiClass: R and AL).
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff"
# Their letters alone: neither digits, nor signs without a direction of their own such as the Arabic comma.
_RTL_LETTERS = (
    "\u0590-\u05ff\u0608\u060b\u060d\u061b-\u065f\u066d-\u06dc\u06de-\u06ef\u06fa-\u08ff"
    "\ufb1d-\ufd3d\ufd50-\ufdcf\ufdf0-\ufdfc\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
)
_RTL_LETTER = re.compile(f"[{_RTL_LETTERS}]")

# Letters and digits that run from left to right. Arabic-Indic digits are part of right-to-left text.
_LTR_LETTERS = "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02b8\u0370-\u052f\u0900-\u1fff\u3040-\ud7ff"
_LTR = f"0-9{_LTR_LETTERS}"
_LTR_LETTER = re.compile(f"[{_LTR_LETTERS}]")

_FIRST_LETTER = re.compile(f"[{_RTL_LETTERS}{_LTR_LETTERS}]")
_LETTER_OR_DIGIT = re.compile(f"[{_RTL_LETTERS}{_LTR_LETTERS}\\d]")

# A run in right-to-left text begins and ends with a letter or digit, or a sign that belongs to one (#tag, +44, 50%).
# It includes what separates words, but no comma or bracket before a space: "999, 101" are two runs.
# A telephone number may have brackets as well: +44 (0)20 7946 0000.
_LTR_RUN = re.compile(
    r"(?:\+?[0-9]{1,4}[ \u00a0]?)?\([0-9]{1,6}\)(?:[ \u00a0\u2011./-]?[0-9]){3,14}"
    f"|[#@+£$€]?[{_LTR}](?:[ \u00a0\u2011.,:;/_'’&@+=?~#%-]{{0,3}}(?<![,;:] )[{_LTR}])*[%+]{{0,2}}"
)
_RTL_RUN = re.compile(f"[{_RTL}](?:[ .:/_'’\u200c\u200d-]{{0,2}}[{_RTL}])*")

# A number that needs no isolate in right-to-left text: these separators always join digits (UAX #9, W4), so its order
# does not depend on the text around it.
PLAIN_NUMBER = re.compile(r"[0-9]+(?:[.,:/][0-9]+)*")

# A telephone number in Arabic-Indic digits. Its groups always run from right to left (UAX #9, N1), unless a character
# that joins digits separates them, such as a no-break space (W4).
_ARABIC_GROUPS = re.compile("[\u0660-\u0669]{2,}(?: [\u0660-\u0669]{2,})+")


def direction_of(text: str, otherwise: Direction) -> Direction:
    """The direction of a text's first letter; "ltr" for digits without letters, `otherwise` without either."""
    first = _FIRST_LETTER.search(text)
    if first is None:
        return "ltr" if any(char.isdigit() for char in text) else otherwise
    return "rtl" if _RTL_LETTER.match(first[0]) else "ltr"


def value_isolator(direction: Direction) -> Callable[[str], str]:
    """The function that isolates a value for plain text of this direction, if the value could run against it."""
    return _isolated_in_rtl if direction == "rtl" else _isolated_in_ltr


def runs_against(value: str, direction: Direction) -> bool:
    """Whether a value could run against a text of this direction."""
    if direction == "ltr":
        return not value.isascii() and _RTL_LETTER.search(value) is not None
    if _LTR_LETTER.search(value):
        return True
    return any(char.isdigit() for char in value) and not PLAIN_NUMBER.fullmatch(value)


def value_marker(direction: Direction) -> Callable[[str], str]:
    """The function that puts a value between direction marks for a text message, if it could run against it."""
    return _marked_in_rtl if direction == "rtl" else _marked_in_ltr


def _marked_in_ltr(value: str) -> str:
    return value if value.isascii() or not _RTL_LETTER.search(value) else f"{LRM}{value}{LRM}"


def _marked_in_rtl(value: str) -> str:
    return f"{RLM}{mark_run_ends(value)}" if runs_against(value, "rtl") else value


def mark_run_ends(run: str) -> str:
    """A run for right-to-left text, with U+200E at each end that is no letter, for it would move to the other side."""
    before = "" if _FIRST_LETTER.match(run[0]) else LRM
    # A digit takes the direction of the strong character before it (UAX #9, W7): here a left-to-right letter or mark.
    after = "" if _LETTER_OR_DIGIT.match(run[-1]) else LRM
    return f"{before}{run}{after}"


def ltr_runs(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each left-to-right run in right-to-left text, single numbers included."""
    return (run.span() for run in _LTR_RUN.finditer(text))


def rtl_runs(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each right-to-left run in left-to-right text."""
    return (run.span() for run in _RTL_RUN.finditer(text))


def has_letter(text: str, direction: Direction) -> bool:
    """Whether a text has a letter of this direction."""
    return (_RTL_LETTER if direction == "rtl" else _LTR_LETTER).search(text) is not None


def next_letter_or_digit(text: str) -> int | None:
    """The position of the first letter or digit."""
    match = _LETTER_OR_DIGIT.search(text)
    return None if match is None else match.start()


def _isolated_in_ltr(value: str) -> str:
    return value if value.isascii() or not _RTL_LETTER.search(value) else f"{FSI}{value}{PDI}"


def _isolated_in_rtl(value: str) -> str:
    return f"{FSI}{value}{PDI}" if runs_against(value, "rtl") else value


def isolate_text(text: str, direction: Direction) -> str:
    """Static plain text, without gaps, with each run against its direction isolated."""
    if direction == "ltr":
        return text if text.isascii() else _RTL_RUN.sub(f"{RLI}\\g<0>{PDI}", text)
    return _LTR_RUN.sub(_isolate_run, join_digit_groups(text))


def join_digit_groups(text: str) -> str:
    """The text with no-break spaces inside telephone numbers in Arabic-Indic digits."""
    return _ARABIC_GROUPS.sub(lambda number: number[0].replace(" ", "\u00a0"), text)


def _isolate_run(run: re.Match[str]) -> str:
    return run[0] if PLAIN_NUMBER.fullmatch(run[0]) else f"{LRI}{run[0]}{PDI}"


def isolate_html(text: str, direction: Direction) -> str:
    """Static HTML text between tags, with each run against its direction isolated."""
    if direction == "ltr":
        return text if not _RTL_LETTER.search(text) else _RTL_RUN.sub(r'<span dir="rtl">\g<0></span>', text)
    # Entities are unescaped first, for their names would look like Latin words.
    plain = join_digit_groups(html.unescape(text))
    pieces, at = [], 0
    for run in _LTR_RUN.finditer(plain):
        pieces += [_escape(plain[at : run.start()]), f'<span dir="ltr">{_escape(run[0])}</span>']
        at = run.end()
    return "".join([*pieces, _escape(plain[at:])])


def _escape(text: str) -> str:
    return html.escape(text, quote=False)
