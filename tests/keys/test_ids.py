import string

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.keys.ids import ID_LENGTH, decode_id, encode_id, new_id, new_ids

_LETTERS = set(string.ascii_lowercase + "234567")


def test_an_id_is_26_lower_case_base32_characters() -> None:
    ids = [new_id(), *new_ids(500)]
    assert all(len(one) == ID_LENGTH and set(one) <= _LETTERS for one in ids)
    assert len(set(ids)) == 501


@given(st.binary(min_size=16, max_size=16))
def test_an_id_gives_its_bytes_back(raw: bytes) -> None:
    assert decode_id(encode_id(raw)) == raw


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("abz27 _+-A\n\t018")), min_size=25, max_size=27))
def test_what_no_id_looks_like_is_none(text: str) -> None:
    raw = decode_id(text)
    assert raw is None or encode_id(raw) == text


def test_int_would_take_these_but_an_id_is_not_spelt_so() -> None:
    one = "a" * 26
    assert decode_id(one) == bytes(16)
    for bad in ("\n" + one[1:], "+" + one[1:], "a_" + one[2:], "A" + one[1:], one[:-1] + "b", "é" + one[1:], ""):
        assert decode_id(bad) is None


def test_every_letter_can_stand_anywhere_and_eight_at_the_end() -> None:
    ids = new_ids(4000)
    assert all(set(place) == _LETTERS for place in zip(*(one[:-1] for one in ids), strict=True))
    assert {one[-1] for one in ids} == set("aeimquy4")
    assert all(decode_id(one) is not None for one in ids)
