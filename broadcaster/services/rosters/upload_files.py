"""Files on their way in: rosters, which nobody but us may read, also when the process dies in the middle.

What has come is sealed piece by piece, in a file of `var/uploads` that has no name from the moment it is made: it is
gone with the process that made it, whatever ends that. Memory holds one piece of it.
"""

import io
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal
from weakref import finalize

from broadcaster.domain.text.cleaning import clean_text
from broadcaster.keys import Keyring
from broadcaster.services.project.project import ProjectView

PIECE_SIZE = 1 << 16
"""Bytes that are sealed together."""

LONGEST_NAME = 80
"""Characters of a file's name; its end tells what it is."""


class Upload:
    """A file that somebody sends: written to its end, then read as often as wanted. Use it in one thread at a time.

    `name` is how it is called where it came from.
    """

    def __init__(self, folder: Path, keyring: Keyring, name: str = "") -> None:
        self.name = clean_file_name(name)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            self._descriptor = os.dup(file.fileno())
        self._closed = finalize(self, os.close, self._descriptor)  # also when a form is given up that it belongs to
        self._keyring = keyring
        self._token = secrets.token_hex(16)
        self._rest = bytearray()
        self._places: list[tuple[int, int]] = []
        self.size = 0

    def write(self, data: bytes | bytearray) -> None:
        """Add to its end."""
        self._rest += data
        self.size += len(data)
        while len(self._rest) >= PIECE_SIZE:
            self._write_sealed(bytes(self._rest[:PIECE_SIZE]))
            del self._rest[:PIECE_SIZE]

    def open(self, mode: Literal["rb"] = "rb") -> io.BufferedReader:
        """What has been written, from its beginning."""
        del mode
        if self._rest:
            self._write_sealed(bytes(self._rest))
            self._rest.clear()
        return io.BufferedReader(_UploadReader(self), PIECE_SIZE)

    def piece(self, number: int) -> bytes:
        """One of the pieces it was sealed in; nothing beyond the last one."""
        if number >= len(self._places):
            return b""
        start, length = self._places[number]
        return self._keyring.open(os.pread(self._descriptor, length, start), self._context(number))

    def close(self) -> None:
        """Let it be gone."""
        self._closed()

    def _write_sealed(self, plain: bytes) -> None:
        sealed = self._keyring.seal(plain, self._context(len(self._places)))
        start = sum(self._places[-1]) if self._places else 0
        view = memoryview(sealed)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._places.append((start, len(sealed)))

    def _context(self, number: int) -> bytes:
        return f"upload:{self._token}:{number}".encode()


class _UploadReader(io.RawIOBase):
    """An upload, read from its beginning."""

    def __init__(self, upload: Upload) -> None:
        super().__init__()
        self._upload = upload
        self._next = 0
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        if not self._plain:
            self._plain = memoryview(self._upload.piece(self._next))
            self._next += 1
        target = memoryview(buffer)  # type: ignore[arg-type]  # typeshed has no name for this buffer here
        count = min(len(target), len(self._plain))
        target[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count


def clean_file_name(said: str) -> str:
    """The name of a file as a browser says it: without its folders, short, and on one line."""
    plain = clean_text(re.split(r"[/\\]", said)[-1])
    return plain if len(plain) <= LONGEST_NAME else f"…{plain[-LONGEST_NAME:]}"


def new_upload(view: ProjectView, name: str = "") -> Upload:
    """A new upload, with nothing in it yet."""
    return Upload(_folder(view), view.keyring, name or "list.csv")


def restore_upload(view: ProjectView, content: bytes, name: str = "") -> Upload:
    """An upload of what was kept of an earlier one."""
    upload = new_upload(view, name)
    upload.write(content)
    return upload


def remove_leftover_files(view: ProjectView) -> None:
    """Remove what stands in the folder: only where files cannot be without a name, and a process died within the moment
    in which theirs has one.
    """
    folder = _folder(view)
    for path in folder.iterdir() if folder.is_dir() else ():
        with suppress(OSError):
            path.unlink()


def _folder(view: ProjectView) -> Path:
    return view.root / "var" / "uploads"
