"""Writing letters: what is saved is the file in `templates/`, whole or not at all, and nobody's work is overwritten.

Whoever saves says which version they began from. Where the file has become another one meanwhile, it is refused, and
the person decides. What a file said before stays in the ledger.
"""

from dataclasses import dataclass
from pathlib import Path

from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.letters import letter_revisions
from broadcaster.ledger.letters.letter_revisions import LetterRevision
from broadcaster.letters.reading.loader import letter_names
from broadcaster.letters.reading.template_files import MAX_BYTES
from broadcaster.services.access.permissions import Actor, NotAllowedError, can_see
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.writing import letter_audiences, letter_files, letter_languages

AUTHOR_BEFORE_THE_DESK = "(a file, before it was changed here)"


class NoSuchLetterError(BroadcasterError):
    """There is no letter of this name, or no such language of it."""

    code = "unknown-letter"
    default_remedy = "Choose one from the list of letters."


class NoSuchRevisionError(BroadcasterError):
    """The text has no revision of this number."""

    code = "unknown-revision"
    default_remedy = "Choose one from the list of what it said before."


class ChangedMeanwhileError(BroadcasterError):
    """Somebody else has changed the file since it was opened."""

    code = "changed-meanwhile"
    default_remedy = "Look at both versions, put together what you need, and save again."


class TextRefusedError(BroadcasterError):
    """No letter can have this text."""


class LetterTooLongError(TextRefusedError):
    """The text is longer than a letter can be."""

    code = "letter-too-large"
    default_remedy = "Shorten it; a letter of four pages has ten thousand bytes."


class EmptyTextError(TextRefusedError):
    """The text is nothing but blanks."""

    code = "letter-empty"
    default_remedy = "Write something, or leave the page without saving to keep what the letter says."


@dataclass(frozen=True, slots=True)
class LetterVersion:
    """A file as it stands: its text with plain line ends, its digest, and who saved it here last, if anybody did."""

    text: str
    digest: str
    last: LetterRevision | None


def current_version(project: ProjectView, letter: str, language: str) -> LetterVersion:
    """The file of a letter's language. One that is not there yet is empty.

    Raises NoSuchLetterError, and ProblemsFoundError where the file cannot be read.
    """
    path = _letter_path(project, letter, language)
    text = letter_files.read_letter_file(project, path)
    with project.ledger.reading() as conn:
        last = letter_revisions.latest_of_file(conn, letter, path.name)
    digest = letter_files.text_digest(text)
    return LetterVersion(text, digest, last if last is not None and last.digest == digest else None)


def can_change_letter(project: ProjectView, letter: str, who: str) -> bool:
    """Whether this person works with all to whom campaigns send the letter. Else they would write to people whom they
    have nothing to do with; a letter that no campaign sends is anybody's.
    """
    return can_see(project.settings, who, letter_audiences.list_audiences_sent_to(project, letter))


def require_can_change_letter(project: ProjectView, letter: str, who: str) -> None:
    """Raise NotAllowedError unless they may change it."""
    if not can_change_letter(project, letter, who):
        raise NotAllowedError(
            f"{letter} goes to audiences that {who} does not work with.",
            remedy="Ask somebody who works with all of them.",
        )


def normalised_text(text: str) -> str:
    """A text as a letter's file holds it. Raises TextRefusedError where no letter can have it."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").lstrip("\ufeff").rstrip()
    if not plain:
        raise EmptyTextError("This text is empty.")
    if len(plain.encode()) >= MAX_BYTES:
        raise LetterTooLongError("This text is longer than a letter can be.")
    return plain + "\n"


def save_letter(project: Project, place: tuple[str, str], text: str, began_from: str, by: Actor) -> LetterVersion:
    """Write the file of a letter and language (`place`), and keep what it said before.

    Raises NoSuchLetterError, NotAllowedError, TextRefusedError, and ChangedMeanwhileError unless the file still is what
    `began_from` is the digest of. A text that is there already is not written again.
    """
    letter, language = place
    path = _letter_path(project, letter, language)
    require_can_change_letter(project, letter, by.name)
    new = normalised_text(text)
    with letter_files.lock_folder(path.parent):
        there = letter_files.read_letter_file(project, path)
        if letter_files.text_digest(there) != began_from:
            raise ChangedMeanwhileError("Somebody else has changed this letter since you opened it.")
        if there != new:
            _write_letter(project, path, (there, new), by)
    return current_version(project, letter, language)


def find_revision(project: ProjectView, place: tuple[str, str], seq: int) -> LetterRevision:
    """One of the file's revisions. Raises NoSuchRevisionError."""
    letter, language = place
    path = _letter_path(project, letter, language)
    with project.ledger.reading() as conn:
        found = letter_revisions.get(conn, seq)
    if found is None or (found.letter, found.file) != (letter, path.name):
        raise NoSuchRevisionError("There is no such revision of this text.")
    return found


def list_revisions(project: ProjectView, letter: str, language: str) -> list[LetterRevision]:
    """What the file said, the newest first."""
    path = _letter_path(project, letter, language)
    with project.ledger.reading() as conn:
        return letter_revisions.list_of_file(conn, letter, path.name)


def _write_letter(project: Project, path: Path, texts: tuple[str, str], by: Actor) -> None:
    """Put the second text in the place of the first one, and keep both."""
    letter, (before, after) = path.parent.name, texts
    digest = letter_files.text_digest(after)
    with project.ledger.writing() as conn:
        if before:
            letter_revisions.add(
                conn, letter, path.name, (letter_files.text_digest(before), before), AUTHOR_BEFORE_THE_DESK
            )
        letter_revisions.add(conn, letter, path.name, (digest, after), by.name)
        audit.record(conn, by, "write-letter", letter, file=path.name, digest=digest[:12])
        # Within the transaction: what the log says was written was written. If the commit fails after it, the file is
        # the newer one, and the next save keeps it as one from before.
        letter_files.replace_file(path, after)


def _letter_path(project: ProjectView, letter: str, language: str) -> Path:
    known = letter in letter_names(project.templates)
    if not known or language not in letter_languages.list_possible_languages(project, letter):
        raise NoSuchLetterError("There is no such letter.")
    return project.templates / letter / f"{language}.md"
