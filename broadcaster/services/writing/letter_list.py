"""Letters in a list: what is wrong with each is found once, for as long as none of its files changes."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock

from broadcaster.config import Settings
from broadcaster.domain.unexpected_error import unforeseen
from broadcaster.ledger.errors import LedgerError
from broadcaster.services.access.permissions import sees
from broadcaster.services.project.project import ProjectView
from broadcaster.services.writing import files, letter_catalogue
from broadcaster.services.writing.letter_catalogue import Found
from broadcaster.services.writing.outdated_translations import lagging


@dataclass(frozen=True, slots=True)
class Row:
    """A letter as the list shows it: its languages, the first one first, those that lag behind it, and the campaigns
    that send it, as far as the person may see them.
    """

    found: Found
    languages: tuple[str, ...]
    lagging: tuple[str, ...]
    campaigns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was found, and of what: these files, these very settings (helplines expire), this day."""

    made_of: tuple[files.Stamp, int, date]
    settings: Settings  # held, so that no others get their id
    found: Found


class Letters:
    """The letters that were looked at. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Path, str], _Kept] = {}
        self._guard = Lock()

    def rows(self, project: ProjectView, who: str) -> list[Row]:
        """All letters of the project, for this person."""
        return [self._row_or_why_not(project, name, who) for name in letter_catalogue.names(project)]

    def _row_or_why_not(self, project: ProjectView, name: str, who: str) -> Row:
        try:
            return self._row(project, name, who)
        except LedgerError:
            raise
        except Exception as error:  # whatever it is, the others are shown, and this one as broken
            problem = unforeseen(error, f"templates/{name}").as_problem()
            return Row(Found(name, None, (problem,)), (), (), ())

    def _row(self, project: ProjectView, name: str, who: str) -> Row:
        found = self._look(project, name)
        campaigns = [
            one.name for one in letter_catalogue.used_by(project, name) if sees(project.settings, who, one.audiences)
        ]
        spoken = letter_catalogue.languages_of(project, name)
        first = found.letter.fallback if found.letter else ""
        behind = lagging(project, name) if first else []
        return Row(found, tuple(sorted(spoken, key=lambda one: one != first)), tuple(behind), tuple(campaigns))

    def _look(self, project: ProjectView, name: str) -> Found:
        made_of = (files.stamp(project, name), id(project.settings), project.wall_now().date())
        key = (project.templates, name)
        with self._guard:
            kept = self._kept.get(key)
        if kept is not None and kept.made_of == made_of:
            return kept.found
        found = letter_catalogue.look(project, name)
        with self._guard:
            self._kept[key] = _Kept(made_of, project.settings, found)
        return found
