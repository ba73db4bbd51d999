import os

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.keys import Keyring, new_id, new_ids

_RING = Keyring(bytes(range(32)))
_WEB = _RING.tokens("web")


def test_tokens_are_22_characters_and_read_back() -> None:
    ids = new_ids(300)
    minted = _WEB.mint(ids)
    assert all(len(token) == 22 for token in minted)
    assert [_WEB.read(token) for token in minted] == ids
    assert _WEB.mint([]) == []


def test_another_purpose_or_key_does_not_read_them() -> None:
    one = new_id()
    [token] = _WEB.mint([one])
    assert _RING.tokens("unsubscribe").read(token) != one
    assert Keyring(os.urandom(32)).tokens("web").read(token) != one
    assert _RING.tokens("unsubscribe").mint([one]) != [token]


def test_minting_what_is_no_id_is_refused() -> None:
    for bad in ("", "x", "A" * 26):
        try:
            _WEB.mint([bad])
        except ValueError:
            continue
        raise AssertionError(bad)


@given(st.one_of(st.text(max_size=30), st.text(alphabet="ABCabc019-_=+/ \n", min_size=22, max_size=22)))
def test_reading_never_raises_and_has_one_spelling(token: str) -> None:
    found = _WEB.read(token)
    assert found is None or _WEB.mint([found]) == [token]
