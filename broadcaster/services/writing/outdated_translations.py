"""Languages that lag behind the first one: it says something else than it did when they were written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.ledger.letters import letter_revisions
from broadcaster.ledger.letters.letter_revisions import RevisionSummary
from broadcaster.services.project.project import ProjectView
from broadcaster.services.writing import letter_files, letter_languages, letter_texts

COPY_TOLERANCE = timedelta(seconds=60)
"""Files that were copied together differ by moments."""


@dataclass(frozen=True, slots=True)
class OutdatedTranslation:
    """A language that lags behind. `then` is what the first one said when it was written, and `now` what it says; ""
    where nobody kept what it said then.
    """

    first: str
    then: str
    now: str


def list_outdated_languages(project: ProjectView, letter: str) -> list[str]:
    """Which languages lag behind. What was saved at the desk is known by its revisions; of files that never were, the
    time of the file tells.
    """
    first = letter_texts.get_first_language(project, letter)
    pairs = _LanguagePairs(project, letter, first)
    return [
        one
        for one in letter_languages.list_languages(project, letter)
        if one != first and pairs.outdated_since(one) is not None
    ]


def find_outdated_translation(project: ProjectView, letter: str, language: str) -> OutdatedTranslation | None:
    """What the first language said when this one was written, if it says something else now."""
    first = letter_texts.get_first_language(project, letter)
    if language == first or language not in letter_languages.list_languages(project, letter):
        return None
    pairs = _LanguagePairs(project, letter, first)
    found = pairs.outdated_since(language)
    if found is None or found == 0:
        return None if found is None else OutdatedTranslation(first, "", pairs.said)
    with project.ledger.reading() as conn:
        then = letter_revisions.get(conn, found)
    return OutdatedTranslation(first, then.content if then else "", pairs.said)


class _LanguagePairs:
    """The first language of a letter beside each of the others."""

    def __init__(self, project: ProjectView, letter: str, first: str) -> None:
        self._project = project
        self._folder = project.templates / letter
        self._first = self._folder / f"{first}.md"
        with project.ledger.reading() as conn:
            self._marks = letter_revisions.list_of_letter(conn, letter)
        self.said = self._text(self._first)

    def outdated_since(self, language: str) -> int | None:
        """The number of the revision in which the first one said what it did then, or 0 where it is not known; None
        where this language does not lag.
        """
        other = self._folder / f"{language}.md"
        if not self.said or not other.exists():
            return None
        kept = self._of(self._first)
        written = self._written(other)
        if not kept or kept[0].digest != letter_files.text_digest(self.said):
            return 0 if _modified_at(self._first) > written + COPY_TOLERANCE else None
        # Before all that is kept it said what is kept first.
        then = next((one for one in kept if one.at <= written), kept[-1])
        return then.seq if then.digest != kept[0].digest else None

    def _written(self, path: Path) -> datetime:
        """When the file came to say what it says."""
        kept = self._of(path)
        same = bool(kept) and kept[0].digest == letter_files.text_digest(self._text(path))
        return kept[0].at if same else _modified_at(path)

    def _of(self, path: Path) -> Sequence[RevisionSummary]:
        return [one for one in self._marks if one.file == path.name]

    def _text(self, path: Path) -> str:
        """ "" of one that cannot be read: it has worse to tell."""
        try:
            return letter_files.read_letter_file(self._project, path)
        except ProblemsFoundError:
            return ""


def _modified_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
