"""Looking at letters again and again: opened and compiled once, for as long as none of their files changes."""

from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock

from cachetools import LRUCache

from broadcaster.audiences import Recipient
from broadcaster.config import CampaignSettings, Settings
from broadcaster.domain.language.language_tags import language_name
from broadcaster.letters import fields_used
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.previewing.preview import letter_for_audience_at, preview_wall_time
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.roster_rows import RosterRows, RosterRowsCache
from broadcaster.services.writing import letter_files

_MAX_LETTERS = 8

INVENTED_NAME = "Robin Sample"
_INVENTED = {"email": "robin@sample.example", "phone": "+447700900000"}


@dataclass(frozen=True, slots=True)
class OpenedLetter:
    """A letter, compiled, as an audience would get it; `roll` is None where only an invented person is shown."""

    prospects: CampaignMessages
    roll: RosterRows | None

    def invented(self, language: str | None = None) -> Recipient:
        """An invented person: every column that the letter uses holds a word."""
        chosen = language or self.prospects.letter.fallback
        letter = self.prospects.letter
        spoken = letter.language_for(chosen)
        words = {column: column.replace("_", " ").capitalize() for column in fields_used(letter, spoken)}
        fields = words | _INVENTED | {"name": INVENTED_NAME, "language": language_name(chosen)}
        return Recipient(0, INVENTED_NAME, _INVENTED["email"], _INVENTED["phone"], chosen, None, "UTC", fields, b"")


@dataclass(frozen=True, slots=True)
class _CachedPreview:
    """A compiled letter, and the files that it was made of."""

    stamp: letter_files.FileStamps
    prospects: CampaignMessages

    def holds(self, stamp: letter_files.FileStamps, settings: Settings, day: date) -> bool:
        """Whether it would be made the same again: of these files, these very settings, and for this day."""
        mine = self.prospects
        return self.stamp == stamp and mine.project.settings is settings and mine.wall.date() == day


class PreviewCache:
    """The letters looked at last. Safe to share between threads. No person is kept on it."""

    def __init__(self) -> None:
        self._previews: LRUCache[tuple[str, str, str], _CachedPreview] = LRUCache(_MAX_LETTERS)
        self._rolls = RosterRowsCache()
        self._guard = Lock()

    def open(self, project: ProjectView, letter: str, audience: str, campaign: str) -> OpenedLetter:
        """The letter for an audience ("" for none), at a campaign's time ("" for now). Raises ProblemsFoundError."""
        prospects = self._prospects(project, letter, audience, campaign)
        roll = self._rolls.open(project, prospects.audiences[0]) if audience else None
        return OpenedLetter(prospects, roll)

    def _prospects(self, project: ProjectView, letter: str, audience: str, campaign: str) -> CampaignMessages:
        key, stamp = (letter, audience, campaign), _stamp(project, letter, audience)
        wall = preview_wall_time(project, campaign or None)
        with self._guard:
            cached = self._previews.get(key)
        if cached is not None and cached.holds(stamp, project.settings, wall.date()):
            return cached.prospects
        made = _load_letter(project, letter, audience, campaign, wall)
        with self._guard:
            self._previews[key] = _CachedPreview(stamp, made)
        return made


def open_without_audience(project: ProjectView, letter: str) -> OpenedLetter:
    """A letter for nobody in particular, now; not kept."""
    return OpenedLetter(_load_letter(project, letter, "", "", project.wall_now()), None)


def _load_letter(project: ProjectView, letter: str, audience: str, campaign: str, wall: datetime) -> CampaignMessages:
    if audience:
        return letter_for_audience_at(project, letter, audience, campaign or None, wall)
    return CampaignMessages(project, CampaignSettings.of_letter(letter), wall)


def _stamp(project: ProjectView, letter: str, audience: str) -> letter_files.FileStamps:
    """What decides what is shown; of the roster only which file it is, for its rows are looked up by `roll`."""
    stamp = letter_files.stamp_letter(project, letter)
    if not audience:
        return stamp
    beside = sorted(project.audiences.glob(f"{audience}.*"))
    described = letter_files.stamp_files(path for path in beside if path.suffix == ".yaml")
    return (*stamp, *((str(path), 0, 0) for path in beside), *described)
