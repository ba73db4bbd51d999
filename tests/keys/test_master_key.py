import base64
import os
import stat
from pathlib import Path

import pytest

from broadcaster.keys import KeyExistsError, KeyMalformedError, KeyMissingError, Keyring, KeyUnprotectedError


def test_a_new_key_is_private_and_loads_again(tmp_path: Path) -> None:
    path = tmp_path / "var" / "key"
    made = Keyring.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Keyring.load(path, {}).check_value == made.check_value


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    Keyring.create(tmp_path / "key")
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(KeyExistsError):
        Keyring.create(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == before


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    Keyring.create(tmp_path / "key")
    text = base64.b64encode(bytes(32)).decode()
    ring = Keyring.load(tmp_path / "key", {"BROADCASTER_KEY": f" {text}\n"})
    assert ring.check_value == Keyring(bytes(32)).check_value
    assert Keyring.load(tmp_path / "none", {"BROADCASTER_KEY": text}).check_value == ring.check_value


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_key_that_others_may_use_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    Keyring.create(path)
    path.chmod(mode)
    with pytest.raises(KeyUnprotectedError) as caught:
        Keyring.load(path, {})
    assert caught.value.remedy == f"chmod 600 {path}"


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(bytes(31)).decode(), "é" * 44])
def test_what_is_no_key_is_named_without_being_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(KeyMalformedError) as caught:
        Keyring.load(path, {})
    assert not text or text not in str(caught.value)
    if text:
        with pytest.raises(KeyMalformedError):
            Keyring.load(path, {"BROADCASTER_KEY": text})


def test_a_missing_or_unreadable_key_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyMissingError, match="no key file"):
        Keyring.load(tmp_path / "key", os.environ | {"BROADCASTER_KEY": ""})
    with pytest.raises(KeyMissingError, match="cannot be read"):
        Keyring.load(tmp_path, {})
