"""Writing a file whole or not at all, so that neither a crash nor a full disk leaves half of it.

The content is written to a temporary file in the same folder: a rename is atomic only within one file system.
"""

import fcntl
import glob
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_NEW_FILE_SUFFIX = ".part"
_REPLACEMENT_SUFFIX = ".tmp"
_JUST_MADE_SECONDS = 2.0
"""Seconds within which a temporary file may be made and not yet locked."""


@contextmanager
def replacing_file(path: Path, new_mode: int = 0o666) -> Iterator[BinaryIO]:
    """Open a temporary file; when the block ends without an error, it takes the place of `path` and is on disk.

    An existing file's permissions are kept; a new one gets `new_mode`, less the umask. A symbolic link becomes a file.
    The block may flush, and read the temporary file by its `name`. What a killed process left half written goes.
    Raises OSError, and what the block raises.
    """
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    remove_unfinished(path.parent, path.name)
    temporary = _temporary_path(path, _REPLACEMENT_SUFFIX)
    try:
        with _open_new(temporary, new_mode if mode is None else 0o600) as file:
            yield file
            file.flush()
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_path(path.parent)


def create_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put `content` at `path`, whole and on disk. Raises FileExistsError where a file is already, and OSError.

    The content is complete before the name exists, and a hard link fails on an existing name: neither a crash nor a
    second process can leave half a file or replace one.
    """
    temporary = _temporary_path(path, _NEW_FILE_SUFFIX)
    try:
        with _open_new(temporary, mode) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)
    finally:
        with suppress(OSError):
            temporary.unlink()
    sync_path(path.parent)


def remove_unfinished(folder: Path, name: str = "") -> None:
    """Remove temporary files of this folder, or of one file, that a killed process left: they may hold personal data.

    A file that a living process still writes is locked, and stays.
    """
    pattern = f"{glob.escape(name)}.*" if name else "*"
    for suffix in (_NEW_FILE_SUFFIX, _REPLACEMENT_SUFFIX):
        for path in folder.glob(f".{pattern}{suffix}"):
            with suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - os.fstat(file.fileno()).st_mtime > _JUST_MADE_SECONDS:
                    path.unlink()


def sync_path(path: Path) -> None:
    """Wait until a file's content, or a folder's names, are on disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _temporary_path(path: Path, suffix: str) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{suffix}")


@contextmanager
def _open_new(path: Path, mode: int) -> Iterator[BinaryIO]:
    """A new file, locked until it is closed, so that `remove_unfinished` leaves it alone."""
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        with suppress(OSError):  # some network shares have no locks
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file
