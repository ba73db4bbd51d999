"""Quoted-printable with gaps: the standard library reads back what was written, whatever stands around a gap."""

import quopri

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.letters.filling.quoted_printable import PLAIN_VALUE, SOFT_BREAK, quote_text, quote_value

texts = st.text(
    st.one_of(st.characters(codec="utf-8", exclude_characters="\r"), st.sampled_from("=.\n From")), max_size=400
)
values = st.text(
    st.one_of(st.characters(codec="utf-8", exclude_characters="\r\n"), st.sampled_from("=. From")), max_size=400
)


@given(texts, values, texts)
def test_what_is_filled_is_read_back(before: str, value: str, after: str) -> None:
    raw = f"{quote_text(before)}{SOFT_BREAK}{quote_value(value)}{SOFT_BREAK}{quote_text(after)}"
    assert quopri.decodestring(raw.encode("ascii")).replace(b"\r\n", b"\n") == f"{before}{value}{after}".encode()
    *whole, last = raw.split("\r\n")  # something always follows the last one
    for line in (*whole, last):
        assert len(line) <= 76
        assert not line.startswith((".", "From "))
        assert all(32 <= ord(char) <= 126 for char in line)
    assert not any(line.endswith((" ", "\t")) for line in whole)


@given(st.from_regex(r"(?!From )[A-Za-z0-9 ,'-]{1,80}", fullmatch=True))
def test_a_plain_value_stands_for_itself(value: str) -> None:
    if PLAIN_VALUE(value):
        assert quote_value(value) == value


def test_what_is_not_plain() -> None:
    for value in ("", " a", "a ", "a=b", ".a", "a.b", "From here", "é", "a" * 74, "<a>", "a&b", "a\n"):
        assert not PLAIN_VALUE(value), value
