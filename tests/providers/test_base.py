"""What all providers share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.providers.base import DETAIL_LIMIT, without_addresses
from broadcaster.providers.reasons import EXPLANATIONS, Reason, explain


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("550 <Zahra@example.net> unknown", "550 <address> unknown"),
        ("user zahra, zahra@example.net; ZAHRA", "user <address>, <address>; <address>"),
        ("other+tag@mail.example.org bounced", "<address> bounced"),
        ("a\r\nb\x00c", "a b c"),
        ("zahrawi is another", "zahrawi is another"),
    ],
)
def test_addresses_are_taken_out(words: str, kept: str) -> None:
    assert without_addresses(words, "zahra@example.net") == kept


@given(st.text(), st.text())
def test_no_address_survives(before: str, after: str) -> None:
    words = without_addresses(f"{before} nadia.h@example.net {after}", "nadia.h@example.net")
    assert "nadia.h" not in words
    assert len(words) <= DETAIL_LIMIT


def test_every_reason_is_explained() -> None:
    assert set(EXPLANATIONS) == set(Reason)
    assert explain("something-newer").remedy
