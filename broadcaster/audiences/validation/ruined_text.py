"""Text that a program has ruined on its way: replacement characters, a spreadsheet's errors, letters that were decoded
wrongly ("mojibake").

The ftfy library judges mojibake and mends it, a part of a text too. It leaves out code pages in which nearly every
character is a letter, such as those of Russian and Arabic Windows, where a long right text can look like a wrong one. A
name or a borough is short, and can be asked whether *all* of it is UTF-8 once more: that is done here first, with the
codecs of Python, and holds for those pages too.
"""

import re
import unicodedata
from functools import lru_cache

from broadcaster.domain.language.scripts import script_of

_REPLACEMENT_CHARACTER = "\ufffd"

# Excel, Google Sheets and LibreOffice write these into a cell whose formula failed, in the language of the program; a
# cell that is too narrow is exported as ######## by some.
_SPREADSHEET_ERROR = re.compile(
    r"#{3,}|#(?:N/[AV]|NV|NAME\?|[^\W\d_]{2,}[/?!][^\W_]*[!?]?|DIV/0!)|Err:\d{3}", re.IGNORECASE
)

# Windows-1252 shown as the code pages of DOS and of old Macs; no name and no place holds these.
_BOX_DRAWING = re.compile("[\u2200-\u22ff\u2500-\u259f]")

_CONTROLS = re.compile("[\x80-\x9f]")

# In the order of how often each is the culprit.
_CODE_PAGES = ("cp1252", "cp1250", "cp1251", "cp1254", "cp1256", "iso8859-2", "mac_roman", "cp437", "cp850")

# What no language writes: a letter outside ASCII and then one of the signs that code pages have where UTF-8 has its
# second bytes; a capital and then a letter that follows none; a capital outside ASCII inside a word of small letters.
_ODD = re.compile(
    "[^\x00-\x7f\u2000-\u2fff](?![\u00b7\u2018\u2019\u2010-\u2013])[\u00a1-\u00bf\u02c6-\u02dd\u2013-\u2122]"
    "|[\u00c0-\u00df][\u0153\u0161\u017e\u0192]"
    "|[\u00c3\u0102\u0139][^\x00-\x7f]"
    "|[a-z][\u00c0-\u00de\u0102\u0139]"
    "|[\u2200-\u22ff\u2500-\u259f]"
)


def _misread_images(first: int, last: int) -> str:
    """What the bytes from first to last are shown as in any of the code pages, and as themselves; for a regex."""
    shown = {bytes([byte]).decode(page, "ignore") for byte in range(first, last + 1) for page in _CODE_PAGES}
    return re.escape("".join(sorted(shown | {chr(byte) for byte in range(first, last + 1)})))


# UTF-8 that was read as something else has the image of a first byte and that of a following one side by side. Nearly
# all right text has none of that, and need not be tried with every code page. A no-break space may have become a plain
# one since.
_MAY_BE_MISREAD = re.compile(f"[{_misread_images(0xC2, 0xF4)}][{_misread_images(0x80, 0xBF)}]|\u00c3(?: |$)")


def is_spreadsheet_error(text: str) -> bool:
    """Whether this is what a spreadsheet shows where a formula failed (`#N/A`, `#NAME?`, `Err:502`)."""
    return _SPREADSHEET_ERROR.fullmatch(text) is not None


def is_ruined(text: str) -> bool:
    """Whether any of this is so: a spreadsheet's error, letters that were lost or misread."""
    return is_spreadsheet_error(text.strip()) or has_lost_letters(text) or is_misread(text)


def has_lost_letters(text: str) -> bool:
    """Whether letters were replaced by U+FFFD: what they were is gone."""
    return _REPLACEMENT_CHARACTER in text


def is_misread(text: str) -> bool:
    """Whether a program decoded this wrongly. `text` is as it stands in the file, control characters included."""
    return not text.isascii() and (_has_traces(text) or _repaired_if_misread(text) is not None)


def repair_text(text: str) -> str | None:
    """What misread text most likely was before it was read; None if it is right, or nobody can tell."""
    return None if text.isascii() else _repaired_if_misread(text)


def _repaired_if_misread(text: str) -> str | None:
    return _try_repairs(text) if _MAY_BE_MISREAD.search(text) else None


@lru_cache(maxsize=2_000)
def _try_repairs(text: str) -> str | None:
    if found := next(filter(None, (_decode_again(text, page) for page in _CODE_PAGES)), None):
        return found
    import ftfy  # noqa: PLC0415 - a fifth of a second that only lists with other letters pay

    by_library = ftfy.fix_encoding(text)
    right = by_library != text and _REPLACEMENT_CHARACTER not in by_library and not _has_traces(by_library)
    return by_library if right else None


def _has_traces(text: str) -> bool:
    return _CONTROLS.search(text) is not None or _BOX_DRAWING.search(text) is not None


def _decode_again(text: str, code_page: str) -> str | None:
    """The words that read as this text if their UTF-8 is taken for another code page; None where there are none.

    One such character happens to be a right one now and then ("Лі" is a name, and is UTF-8 in Windows-1251): alone it
    counts only where the text looks like nothing that people write.
    """
    try:
        found = text.encode(code_page).decode("utf-8")
    except UnicodeError:
        return None
    foreign = [char for char in found if not char.isascii()]
    if any(unicodedata.category(char)[0] not in "LMP" for char in foreign):
        return None
    letters = [char for char in foreign if char.isalpha()]
    is_one_script = len({script_of(char) for char in letters}) <= 1
    return found if is_one_script and (len(letters) > 1 or _is_odd(text)) else None


def _is_odd(text: str) -> bool:
    """Whether a word mixes Latin letters with another script's, or a sign follows a letter outside ASCII in it."""
    for word in text.split():
        scripts = {script_of(char) for char in word if char.isalpha()}
        if _ODD.search(word) or ("LATIN" in scripts and len(scripts) > 1):
            return True
    return False
