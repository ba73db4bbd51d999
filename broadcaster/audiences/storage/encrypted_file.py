"""Opening a roster's bytes, encrypted ones too. What is decrypted passes through a pipe and never touches the disk."""

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

import pyrage  # type: ignore[import-untyped]  # it ships no types

from broadcaster.domain.errors import BroadcasterError
from broadcaster.files.locks import folder_lock
from broadcaster.files.whole_files import remove_unfinished, replacing_file

ENCRYPTED_SUFFIX = ".age"
_SECRET_KEY_PREFIX = "AGE-SECRET-KEY-1"  # noqa: S105 - the public prefix of all such keys, not a key


class RosterUnreadableError(BroadcasterError):
    """The roster's file cannot be opened."""

    code = "roster-unreadable"
    default_remedy = "Put the file in its place, or mend `roster` in the audience's YAML."


class RosterNotWrittenError(BroadcasterError):
    """The new roster could not be put in the place of the old one, which is as it was."""

    code = "roster-not-written"
    default_remedy = "Look at the free space of the disk and at who may write to the audiences folder, then try again."


class IdentityError(BroadcasterError):
    """The key of encrypted rosters is missing or is none."""

    code = "age-identity"
    default_remedy = (
        "Put the file that `age-keygen -o var/age-identity.txt` made there, or name another as  age_identity: PATH  in "
        "config.yaml."
    )


class DecryptionError(BroadcasterError):
    """The encrypted roster does not open with this key, or is damaged."""

    code = "age-decryption"
    default_remedy = "Encrypt the roster again for the public key of the identity file (age-keygen -y shows it)."


class FileSource(Protocol):
    """Where the bytes of a roster are: a path, or something that is opened like one."""

    @property
    def name(self) -> str: ...

    def open(self, mode: Literal["rb"]) -> io.BufferedReader: ...


def is_encrypted(source: FileSource) -> bool:
    """Whether a roster of this name is encrypted with age."""
    return source.name.endswith(ENCRYPTED_SUFFIX)


def open_roster(source: FileSource, identity: Path | None) -> io.BufferedReader:
    """The plain bytes of a roster. Raises `RosterUnreadableError`, `IdentityError` or `DecryptionError`.

    Damage further on in an encrypted file is only found when it is reached: reading then raises `DecryptionError`.
    """
    keys = read_identity(identity) if is_encrypted(source) else []
    try:
        stream = source.open("rb")
    except FileNotFoundError:
        raise RosterUnreadableError("The roster does not exist.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise RosterUnreadableError(f"The roster cannot be read: {reason}.") from None
    return io.BufferedReader(_DecryptedStream(stream, keys), 1 << 16) if keys else stream


def read_identity(identity: Path | None) -> list[pyrage.x25519.Identity]:
    """The keys in an identity file, one a line; lines with # are remarks. Raises `IdentityError`."""
    if identity is None:
        raise IdentityError("The roster is encrypted, and no identity file is known.")
    try:
        lines = [line.strip() for line in identity.read_text("ascii").splitlines()]
    except FileNotFoundError:
        raise IdentityError(f"The roster is encrypted, and {identity.name} does not exist.") from None
    except (OSError, ValueError):
        raise IdentityError(f"The roster is encrypted, and {identity.name} cannot be read.") from None
    try:
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines if line.startswith(_SECRET_KEY_PREFIX)]
    except pyrage.IdentityError:
        keys = []
    if not keys:
        raise IdentityError(f"{identity.name} holds no age key.")
    return keys


def replace_roster(path: Path, identity: Path | None, write: Callable[[BinaryIO], object]) -> None:
    """Replace a roster, whole or not at all, by what `write` puts into the stream; encrypted where its name says so.

    One at a time: `write` may read the old one, and nobody else replaces it meanwhile. An encrypted roster is written
    for the identity's own public key. The new file keeps the old one's permissions; a
    new one is for its owner alone. Raises `RosterNotWrittenError`, `IdentityError`, and what `write` raises.
    """
    keys = read_identity(identity) if is_encrypted(path) else []
    try:
        with folder_lock(path.parent):
            remove_unfinished(path.parent)
            with replacing_file(path, new_mode=0o600) as target:
                if keys:
                    _encrypt_stream(target, keys, write)
                else:
                    write(target)
    except OSError as error:
        raise RosterNotWrittenError(f"The roster cannot be written: {error.strerror or 'the disk refuses'}.") from None


def _encrypt_stream(target: BinaryIO, keys: list[pyrage.x25519.Identity], write: Callable[[BinaryIO], object]) -> None:
    plain, sink = os.pipe()
    failed: list[BaseException] = []

    def feed() -> None:
        try:
            with os.fdopen(sink, "wb") as stream:
                write(stream)
        except BaseException as error:
            failed.append(error)

    writer = threading.Thread(target=feed, name="roster-encrypt")
    writer.start()
    try:
        with os.fdopen(plain, "rb") as source:
            pyrage.encrypt_io(source, target, [key.to_public() for key in keys])
    finally:
        writer.join()
    if failed:
        raise failed[0]


class _DecryptedStream(io.RawIOBase):
    """The plain text of an age stream: a thread decrypts into a pipe, from which it is read."""

    def __init__(self, source: BinaryIO, keys: list[pyrage.x25519.Identity]) -> None:
        super().__init__()
        self._plain, sink = os.pipe()
        self._failed = False
        self._thread = threading.Thread(target=self._decrypt, args=(source, sink, keys), name="roster-decrypt")
        self._thread.start()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        got = os.readv(self._plain, [buffer])  # type: ignore[list-item]  # typeshed has no name for this buffer here
        if not got:
            self._thread.join()
            if self._failed:
                raise DecryptionError("The roster cannot be decrypted with this identity, or it is damaged.")
        return got

    def close(self) -> None:
        if not self.closed:
            # Whoever still writes gets a broken pipe, and ends.
            os.close(self._plain)
            self._thread.join()
        super().close()

    def _decrypt(self, source: BinaryIO, sink: int, keys: list[pyrage.x25519.Identity]) -> None:
        try:
            with source, os.fdopen(sink, "wb") as stream:
                pyrage.decrypt_io(source, stream, keys)
        except (pyrage.DecryptError, OSError):
            self._failed = True
