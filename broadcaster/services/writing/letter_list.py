"""Letters in a list: what is wrong with each is found once, for as long as none of its files changes."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock

from broadcaster.config import Settings
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger.database.errors import LedgerError
from broadcaster.services.access.permissions import can_see
from broadcaster.services.project.project import ProjectView
from broadcaster.services.writing import letter_audiences, letter_catalogue, letter_files, letter_languages
from broadcaster.services.writing.letter_catalogue import CheckedLetter
from broadcaster.services.writing.outdated_translations import list_outdated_languages


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter as the list shows it: its languages, the first one first, those that lag behind it, and the campaigns
    that send it, as far as the person may see them.
    """

    found: CheckedLetter
    languages: tuple[str, ...]
    lagging: tuple[str, ...]
    campaigns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _CachedCheck:
    """What was found, and of what: these files, these very settings (helplines expire), this day."""

    made_of: tuple[letter_files.FileStamps, int, date]
    settings: Settings  # held, so that no others get their id
    found: CheckedLetter


class LetterListCache:
    """The letters that were looked at. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, str], _CachedCheck] = {}
        self._guard = Lock()

    def rows(self, project: ProjectView, who: str) -> list[LetterRow]:
        """All letters of the project, for this person."""
        return [self._row_or_error_row(project, name, who) for name in letter_catalogue.list_letters(project)]

    def _row_or_error_row(self, project: ProjectView, name: str, who: str) -> LetterRow:
        try:
            return self._row(project, name, who)
        except LedgerError:
            raise
        except Exception as error:  # whatever it is, the others are shown, and this one as broken
            problem = unforeseen_error(error, f"templates/{name}").as_problem()
            return LetterRow(CheckedLetter(name, None, (problem,)), (), (), ())

    def _row(self, project: ProjectView, name: str, who: str) -> LetterRow:
        found = self._check_cached(project, name)
        campaigns = [
            one.name
            for one in letter_audiences.list_campaigns_sending(project, name)
            if can_see(project.settings, who, one.audiences)
        ]
        spoken = letter_languages.list_languages(project, name)
        first = found.letter.fallback if found.letter else ""
        behind = list_outdated_languages(project, name) if first else []
        return LetterRow(found, tuple(sorted(spoken, key=lambda one: one != first)), tuple(behind), tuple(campaigns))

    def _check_cached(self, project: ProjectView, name: str) -> CheckedLetter:
        made_of = (letter_files.stamp_letter(project, name), id(project.settings), project.wall_now().date())
        key = (project.templates, name)
        with self._guard:
            kept = self._kept.get(key)
        if kept is not None and kept.made_of == made_of:
            return kept.found
        found = letter_catalogue.check_letter(project, name)
        with self._guard:
            self._kept[key] = _CachedCheck(made_of, project.settings, found)
        return found
