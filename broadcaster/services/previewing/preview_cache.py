"""Looking at letters again and again: opened and compiled once, for as long as none of their files changes."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock

from broadcaster.audiences import Recipient
from broadcaster.config import Campaign, Settings
from broadcaster.domain.languages import name as language_name
from broadcaster.letters import fields_used
from broadcaster.services.composing.messages import Prospects
from broadcaster.services.previewing.preview import prospects_like, wall_of
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.row_access import Roll, Rolls
from broadcaster.services.writing import files

_KEPT = 8

INVENTED_NAME = "Robin Sample"
_INVENTED = {"email": "robin@sample.example", "phone": "+447700900000"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A letter, compiled, as an audience would get it; `roll` is None where only an invented person is shown."""

    prospects: Prospects
    roll: Roll | None

    def invented(self, language: str | None = None) -> Recipient:
        """An invented person: every column that the letter uses holds a word."""
        chosen = language or self.prospects.letter.fallback
        letter = self.prospects.letter
        spoken = letter.language_for(chosen)
        words = {column: column.replace("_", " ").capitalize() for column in fields_used(letter, spoken)}
        fields = words | _INVENTED | {"name": INVENTED_NAME, "language": language_name(chosen)}
        return Recipient(0, INVENTED_NAME, _INVENTED["email"], _INVENTED["phone"], chosen, None, "UTC", fields, b"")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A compiled letter, and the files that it was made of."""

    stamp: files.Stamp
    prospects: Prospects

    def holds(self, stamp: files.Stamp, settings: Settings, day: date) -> bool:
        """Whether it would be made the same again: of these files, these very settings, and for this day."""
        mine = self.prospects
        return self.stamp == stamp and mine.project.settings is settings and mine.wall.date() == day


class Shelf:
    """The letters looked at last. Safe to share between threads. No person is kept on it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], _Kept] = OrderedDict()
        self._rolls = Rolls()
        self._guard = Lock()

    def open(self, project: ProjectView, letter: str, audience: str, campaign: str) -> Opened:
        """The letter for an audience ("" for none), at a campaign's time ("" for now). Raises ProblemsFoundError."""
        prospects = self._prospects(project, letter, audience, campaign)
        roll = self._rolls.open(project, prospects.audiences[0]) if audience else None
        return Opened(prospects, roll)

    def _prospects(self, project: ProjectView, letter: str, audience: str, campaign: str) -> Prospects:
        key, stamp = (letter, audience, campaign), _stamp(project, letter, audience)
        wall = wall_of(project, campaign or None)
        with self._guard:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
        if known is not None and known.holds(stamp, project.settings, wall.date()):
            return known.prospects
        made = _made(project, letter, audience, campaign, wall)
        with self._guard:
            self._kept[key] = _Kept(stamp, made)
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made


def open_alone(project: ProjectView, letter: str) -> Opened:
    """A letter for nobody in particular, now; not kept."""
    return Opened(_made(project, letter, "", "", project.wall_now()), None)


def _made(project: ProjectView, letter: str, audience: str, campaign: str, wall: datetime) -> Prospects:
    if audience:
        return prospects_like(project, letter, audience, campaign or None, wall)
    return Prospects(project, Campaign.of_letter(letter), wall)


def _stamp(project: ProjectView, letter: str, audience: str) -> files.Stamp:
    """What decides what is shown; of the roster only which file it is, for its rows are looked up by `roll`."""
    stamp = files.stamp(project, letter)
    if not audience:
        return stamp
    beside = sorted(project.audiences.glob(f"{audience}.*"))
    described = files.stamp_of(path for path in beside if path.suffix == ".yaml")
    return (*stamp, *((str(path), 0, 0) for path in beside), *described)
