"""Languages that lag behind the first one: it says something else than it did when they were written."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.ledger import letter_revisions
from broadcaster.ledger.letter_revisions import Mark
from broadcaster.services import letterbook, letterfiles
from broadcaster.services.project import Project

SLACK = timedelta(seconds=60)
"""Files that were copied together differ by moments."""


def lagging(project: Project, letter: str, first: str) -> list[str]:
    """Which languages lag behind `first`. What was saved at the desk is known by its revisions; of files that never
    were, the time of the file tells.
    """
    with project.ledger.reading() as conn:
        marks = letter_revisions.history(conn, letter)
    folder = project.templates / letter
    others = [one for one in letterbook.languages_of(project, letter) if one != first]
    try:
        said = letterfiles.digest(letterfiles.read(project, folder / f"{first}.md"))
        return [one for one in others if _lags(project, folder, (first, one), (marks, said))]
    except (OSError, ProblemsFoundError):
        return []  # a file that cannot be read has worse to tell


def _lags(project: Project, folder: Path, pair: tuple[str, str], known: tuple[Sequence[Mark], str]) -> bool:
    first, other = (folder / f"{language}.md" for language in pair)
    marks, said = known
    its_first = [one for one in marks if one.file == first.name]
    mine = next((one for one in marks if one.file == other.name), None)
    written = _changed(other)
    if mine is not None and mine.digest == letterfiles.digest(letterfiles.read(project, other)):
        written = mine.at
    if not its_first or its_first[0].digest != said:
        return _changed(first) > written + SLACK
    # What it said then; before all that is kept it said what is kept first.
    then = next((one for one in its_first if one.at <= written), its_first[-1])
    return then.digest != said


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
