"""Writing letters: what is saved is the file in `templates/`, whole or not at all, and nobody's work is overwritten.

Whoever saves says which version they began from. Where the file has become another one meanwhile, it is refused, and
the person decides. What a file said before stays in the ledger.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.languages import is_tag
from broadcaster.ledger import audit, letter_revisions
from broadcaster.ledger.audit import Entry
from broadcaster.ledger.letter_revisions import Revision
from broadcaster.letters import letter_names
from broadcaster.services.people import Actor
from broadcaster.services.project import Project

BEFORE_THE_DESK = "(a file, before it was changed here)"
LONGEST = 200_000
"""Bytes; what is larger no letter can be (`letters.folder`)."""


class NoSuchLetterError(BroadcasterError):
    """There is no letter of this name, or no such language of it."""

    code = "unknown-letter"
    default_remedy = "Choose one from the list of letters."


class ChangedMeanwhileError(BroadcasterError):
    """Somebody else has changed the file since it was opened."""

    code = "changed-meanwhile"
    default_remedy = "Look at both versions, put together what you need, and save again."


class TooLongError(BroadcasterError):
    """The text is longer than a letter can be."""

    code = "letter-too-large"
    default_remedy = "Shorten it; a letter of four pages has ten thousand bytes."


@dataclass(frozen=True, slots=True)
class Version:
    """A file as it stands: its text with plain line ends, its digest, and who saved it here last, if anybody did."""

    text: str
    digest: str
    last: Revision | None


def version(project: Project, letter: str, language: str) -> Version:
    """The file of a letter's language. One that is not there yet is empty. Raises NoSuchLetterError."""
    path = _path(project, letter, language)
    with project.ledger.reading() as conn:
        last = letter_revisions.newest(conn, letter, path.name)
    text = _read(path)
    digest = _digest(text)
    return Version(text, digest, last if last is not None and last.digest == digest else None)


def save(project: Project, place: tuple[str, str], text: str, began_from: str, by: Actor) -> Version:
    """Write the file of a letter and language (`place`), and keep what it said before.

    Raises NoSuchLetterError, TooLongError, and ChangedMeanwhileError unless the file still is what `began_from` is the
    digest of.
    """
    letter, language = place
    path = _path(project, letter, language)
    whole = text.replace("\r\n", "\n").replace("\r", "\n").rstrip() + "\n"
    if len(whole.encode()) > LONGEST:
        raise TooLongError("This text is longer than a letter can be.")
    with _alone(path.parent):
        there = _read(path)
        if _digest(there) != began_from:
            raise ChangedMeanwhileError("Somebody else has changed this letter since you opened it.")
        with project.ledger.writing() as conn:
            if there:
                letter_revisions.keep(conn, letter, path.name, (_digest(there), there), BEFORE_THE_DESK)
            letter_revisions.keep(conn, letter, path.name, (_digest(whole), whole), by.name)
            detail = {"file": path.name, "digest": _digest(whole)[:12]}
            audit.write(conn, Entry(by.name, "write-letter", letter, detail, by.system_user, by.host))
            # Within the transaction: what the log says was written was written. If the commit fails after it, the file
            # is the newer one, and the next save keeps it as one from before.
            _replace(path, whole)
    return version(project, letter, language)


def revisions(project: Project, letter: str, language: str) -> list[Revision]:
    """What the file said, the newest first."""
    path = _path(project, letter, language)
    with project.ledger.reading() as conn:
        return letter_revisions.of(conn, letter, path.name)


def _path(project: Project, letter: str, language: str) -> Path:
    if letter not in letter_names(project.templates) or not is_tag(language):
        raise NoSuchLetterError("There is no such letter.")
    return project.templates / letter / f"{language}.md"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError):
        raise NoSuchLetterError(
            f"{path.name} cannot be read.", remedy="See it with an editor on the machine."
        ) from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _replace(path: Path, text: str) -> None:
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
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else saves in this folder meanwhile, in whichever process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
