import hmac
import os

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.keys import Keyring, SealBrokenError

_RING = Keyring(bytes(range(32)))


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_sealed_opens_in_its_place(plain: bytes, context: bytes) -> None:
    assert _RING.open(_RING.seal(plain, context), context) == plain


@given(st.binary(min_size=1, max_size=40), st.data())
def test_one_changed_byte_breaks_the_seal(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(_RING.seal(plain, b"here"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBrokenError):
        _RING.open(bytes(sealed), b"here")


def test_moved_cut_or_foreign_seals_do_not_open() -> None:
    sealed = _RING.seal(b"amina@example.org", b"delivery:a")
    assert b"amina" not in sealed
    assert sealed != _RING.seal(b"amina@example.org", b"delivery:a")
    for ring, value, context in (
        (_RING, sealed, b"delivery:b"),
        (_RING, sealed[:20], b"delivery:a"),
        (_RING, b"", b"delivery:a"),
        (Keyring(os.urandom(32)), sealed, b"delivery:a"),
    ):
        with pytest.raises(SealBrokenError):
            ring.open(value, context)


def test_blind_indexes_find_equal_values_of_one_kind_only() -> None:
    blind = _RING.blind("email", "amina@example.org")
    assert len(blind) == 16
    assert blind == _RING.blind("email", "amina@example.org")
    assert blind != _RING.blind("sms", "amina@example.org")
    assert blind != _RING.blind("email", "amina@example.com")
    assert blind != Keyring(os.urandom(32)).blind("email", "amina@example.org")


def test_signatures_hold_for_one_message_and_key() -> None:
    signature = _RING.sign(b"digest")
    assert _RING.verify(b"digest", signature)
    assert not _RING.verify(b"digest.", signature)
    assert not _RING.verify(b"digest", signature[:-1])
    assert not _RING.verify(b"digest", "é\udcff")
    assert not Keyring(os.urandom(32)).verify(b"digest", signature)


def test_subkeys_differ_by_purpose_and_stay_the_same_for_a_key() -> None:
    again = Keyring(bytes(range(32)))
    assert (again.mark_key, again.check_value) == (_RING.mark_key, _RING.check_value)
    assert len(_RING.mark_key) == 32
    assert len(_RING.check_value) == 16
    # Pinned, for what was sealed yesterday must open tomorrow: a change here needs a new version byte.
    assert _RING.blind("email", "a@example.org").hex() == "c2d89637d369c64feb61e3c5d30f6fb5"
    assert _RING.check_value == "74160e9f388d296e"


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        Keyring(b"short")


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=50))
def test_subkeys_are_those_of_hkdf(master: bytes, message: bytes) -> None:
    """Ours is made of HMAC alone; the library's, of RFC 5869, says the same."""
    ring = Keyring(master)
    subkey = {
        purpose: HKDF(SHA256(), length=32, salt=None, info=f"broadcaster:{purpose}".encode()).derive(master)
        for purpose in ("sign", "mark")
    }
    assert ring.mark_key == subkey["mark"]
    assert ring.sign(message) == hmac.digest(subkey["sign"], message, "sha256").hex()
