"""The master key: read from its file or the environment, and refused if others may read it."""

import base64
import binascii
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from broadcaster.keys.errors import KeyExistsError, KeyMalformedError, KeyMissingError, KeyUnprotectedError

KEY_VARIABLE = "BROADCASTER_KEY"
KEY_BYTES = 32


def load_master_key(key_file: Path, environ: Mapping[str, str]) -> bytes:
    """The 32 bytes from `BROADCASTER_KEY`, which wins when it is set and not empty, else from `key_file`.

    Raises `KeyMissingError`, `KeyMalformedError`, `KeyUnprotectedError`.
    """
    if text := environ.get(KEY_VARIABLE, "").strip():
        return _decode(text, f"the environment variable {KEY_VARIABLE}")
    return _decode(_read_private(key_file), f"the key file {key_file}")


def create_master_key(key_file: Path) -> bytes:
    """Make a new key and keep it in `key_file`, which only its owner may read. Raises `KeyExistsError`."""
    key_file.parent.mkdir(parents=True, exist_ok=True)
    master = os.urandom(KEY_BYTES)
    try:
        descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyExistsError(f"there is already a key file {key_file}") from None
    except OSError as error:
        raise KeyMissingError(f"the key file {key_file} cannot be made: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(master) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return master


def _read_private(key_file: Path) -> str:
    try:
        with key_file.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise KeyUnprotectedError(
                    f"the key file {key_file} may be used by others on this machine (mode {mode:04o})",
                    remedy=f"chmod 600 {key_file}",
                )
            return file.read(1024).decode("ascii", errors="replace")
    except FileNotFoundError:
        raise KeyMissingError(f"there is no key file {key_file}, and {KEY_VARIABLE} is not set") from None
    except OSError as error:
        raise KeyMissingError(
            f"the key file {key_file} cannot be read: {error.strerror}",
            remedy=f"Make {key_file} a file that belongs to the user who runs broadcaster, with mode 600.",
        ) from None


def _decode(text: str, where: str) -> bytes:
    try:
        master = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise KeyMalformedError(f"{where} does not hold base64") from None
    if len(master) != KEY_BYTES:
        raise KeyMalformedError(f"{where} holds {len(master)} bytes; a key has {KEY_BYTES}")
    return master
