"""The files of letters as the desk reads and writes them: none outside of `templates/`, each whole or not at all."""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.letters.reading.template_files import read_as_written
from broadcaster.services.project.project import ProjectView

FileStamps = tuple[tuple[str, int, int], ...]


def stamp_letter(project: ProjectView, letter: str) -> FileStamps:
    """Every file that a letter may be made of, with its time and size: the same stamp, the same letter."""
    folders = (project.templates / name for name in (letter, "_frames", "_shared"))
    return stamp_files(path for folder in folders for path in sorted(folder.rglob("*")))


def stamp_files(files: Iterable[Path]) -> FileStamps:
    """As `stamp_letter`, of these files, as far as they are there."""
    found = []
    for path in files:
        with suppress(OSError):
            seen = path.stat()
            found.append((str(path), seen.st_mtime_ns, seen.st_size))
    return tuple(found)


def read_letter_file(project: ProjectView, path: Path) -> str:
    """What a letter's file says, with plain line ends; "" where there is none.

    Raises ProblemsFoundError for one that leads out of `templates/`, is no text, or is larger than a letter can be.
    """
    text = read_as_written(project.templates, path.relative_to(project.templates).as_posix())
    if isinstance(text, str):
        return text
    if text.code == "file-missing":
        return ""
    raise ProblemsFoundError((text,))


def text_digest(text: str) -> str:
    """By which two versions of a file are told apart."""
    return hashlib.sha256(text.encode()).hexdigest()


def replace_file(path: Path, text: str) -> None:
    """Make this what the file says. It keeps its mode; a link in its place becomes a file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o777)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Nobody else saves in this folder meanwhile, in whichever process. What one that was killed left half written
    goes.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for left in folder.glob(".*.md.*.tmp"):
            left.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)
