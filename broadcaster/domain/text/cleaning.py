"""Cleaning of what people wrote into cells, before anything else sees it."""

import re
import unicodedata

# Tab, line feed, vertical tab, form feed, carriage return, the information separators, next line, line and paragraph
# separator: what a cell may hold as white space and a header may not.
_SPACES = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]+")

# Controls of ASCII and Latin-1, the bidirectional controls of UAX #9, invisible format characters that only serve to
# fool a reader, halves of surrogate pairs and noncharacters. Joiners (U+200C, U+200D) stay: Urdu, Persian, Bengali and
# emoji are written with them.
_UNWANTED_SET = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
)
_UNWANTED = re.compile(f"[{_UNWANTED_SET}]")

# As white space people type tabs and line breaks only.
_HIDDEN = re.compile(f"[{_UNWANTED_SET}\v\f\x1c-\x1f\x85\u2028\u2029]")


def clean_text(value: str) -> str:
    """The value on one line, without control and bidirectional characters, in Unicode form NFC, and stripped.

    Line breaks and tabs become a space. Cleaning twice changes nothing more.
    """
    if value.isascii() and value.isprintable():
        return value.strip()
    value = _UNWANTED.sub("", _SPACES.sub(" ", value))
    return unicodedata.normalize("NFC", value).strip()


def hidden_characters(value: str) -> list[str]:
    """The control, bidirectional and invisible characters that `clean_text` takes out of a value, each once. Tabs and
    line breaks are none of them, nor are the joiners U+200C and U+200D.
    """
    return [] if value.isprintable() else sorted(set(_HIDDEN.findall(value)))


def is_clean(value: str) -> bool:
    """Whether a value holds nothing that `clean_text` takes out or turns into a space."""
    return (value.isascii() and value.isprintable()) or not (_SPACES.search(value) or _UNWANTED.search(value))
