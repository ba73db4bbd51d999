"""The files of letters as the desk reads and writes them: none outside of `templates/`, each whole or not at all."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.files.locks import folder_lock
from broadcaster.files.whole_files import replacing_file
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
    """Replace what a file says, whole or not at all."""
    with replacing_file(path) as file:
        file.write(text.encode())


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Save alone in this folder, in whichever process; half-written letters of killed processes are removed."""
    with folder_lock(folder):
        for unfinished in folder.glob(".*.md.*.tmp"):
            unfinished.unlink(missing_ok=True)
        yield
