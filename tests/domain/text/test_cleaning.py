"""Cleaning of cells: one line, nothing hidden, and nothing that people write with is lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.text.cleaning import clean_text, hidden_characters, is_clean


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ann", "Ann"),
        ("  Ann\t", "Ann"),
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\tb\vc\fd\x85e\u2028f\u2029g", "a b c d e f g"),
        ("a\x00b\x07c\x1b[31m\x7f", "abc[31m"),
        ("\u202eevil\u202c \u2066x\u2069\u200e\u200f\u061c", "evil x"),
        ("zero\u200bwidth\ufeff\u2060", "zerowidth"),
        ("e\u0301", "é"),
        ("\ud800x", "x"),
        ("\ufffe\U0010ffff", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ক্\u200dষ", "ক্\u200dষ"),
        ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"),
        ("O'Brien <b>", "O'Brien <b>"),
    ],
)
def test_what_is_kept_and_what_goes(value: str, expected: str) -> None:
    assert clean_text(value) == expected


@given(st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF)))
def test_cleaning_is_final(value: str) -> None:
    once = clean_text(value)
    assert clean_text(once) == once
    assert is_clean(once)
    assert unicodedata.is_normalized("NFC", once)
    assert "\n" not in once and "\r" not in once
    once.encode("utf-8")


@given(st.text())
def test_what_is_clean_loses_nothing(value: str) -> None:
    if is_clean(value):
        assert clean_text(value) == unicodedata.normalize("NFC", value).strip()


@given(st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF)))
def test_what_is_hidden_is_what_cleaning_takes_out(value: str) -> None:
    found = hidden_characters(value)
    assert not set(found) & set(clean_text(value))
    assert not set(found) & set("\t\r\n \u200c\u200d")
    rest = "".join(letter for letter in value if letter not in found)
    # What is left is only put on one line, normalised and stripped.
    assert "".join(clean_text(rest).split()) == "".join(unicodedata.normalize("NFC", " ".join(rest.split())).split())
