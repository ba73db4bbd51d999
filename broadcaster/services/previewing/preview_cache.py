"""The cache of letters that the desk previews: compiled once, for as long as none of their files changes."""

from dataclasses import dataclass
from datetime import date
from threading import Lock

from cachetools import LRUCache

from broadcaster.audiences.model.recipient import Recipient
from broadcaster.config import Settings
from broadcaster.domain.language.language_tags import language_name
from broadcaster.letters.reading.recipient_fields import fields_used
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.previewing.preview import letter_for_audience, preview_wall_time
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.roster_rows import RosterRows, RosterRowsCache
from broadcaster.services.writing import letter_files

_MAX_LETTERS = 8

INVENTED_NAME = "Robin Sample"
_INVENTED = {"email": "robin@sample.example", "phone": "+447700900000"}


@dataclass(frozen=True, slots=True)
class OpenedLetter:
    """A letter, compiled, as an audience would get it; `rows` is None where only an invented person is shown."""

    messages: CampaignMessages
    rows: RosterRows | None

    def invented(self, language: str | None = None) -> Recipient:
        """An invented person: every column that the letter uses holds a word."""
        letter = self.messages.letter
        tag = language or letter.fallback
        words = {
            column: column.replace("_", " ").capitalize() for column in fields_used(letter, letter.language_for(tag))
        }
        fields = words | _INVENTED | {"name": INVENTED_NAME, "language": language_name(tag)}
        return Recipient(0, INVENTED_NAME, _INVENTED["email"], _INVENTED["phone"], tag, None, "UTC", fields, b"")


@dataclass(frozen=True, slots=True)
class _CachedLetter:
    """A compiled letter, and the state of the files that it was made of."""

    stamp: letter_files.FileStamps
    messages: CampaignMessages

    def is_current(self, stamp: letter_files.FileStamps, settings: Settings, day: date) -> bool:
        """Whether the letter would be the same again, made of these files, with these settings, for this day."""
        messages = self.messages
        return self.stamp == stamp and messages.project.settings is settings and messages.wall.date() == day


class PreviewCache:
    """The letters opened last. Safe to share between threads. It keeps no recipients."""

    def __init__(self) -> None:
        self._letters: LRUCache[tuple[str, str, str], _CachedLetter] = LRUCache(_MAX_LETTERS)
        self._rows = RosterRowsCache()
        self._lock = Lock()

    def open(self, project: ProjectView, letter: str, audience: str, campaign: str) -> OpenedLetter:
        """The letter for an audience ("" for none), at a campaign's time ("" for now). Raises ProblemsFoundError."""
        messages = self._messages(project, letter, audience, campaign)
        rows = self._rows.open(project, messages.audiences[0]) if audience else None
        return OpenedLetter(messages, rows)

    def open_for_nobody(self, project: ProjectView, letter: str, audience: str, campaign: str) -> OpenedLetter:
        """The same letter without the audience's people: no roster is read. Raises ProblemsFoundError."""
        return OpenedLetter(self._messages(project, letter, audience, campaign), None)

    def _messages(self, project: ProjectView, letter: str, audience: str, campaign: str) -> CampaignMessages:
        key, stamp = (letter, audience, campaign), _stamp(project, letter, audience)
        wall = preview_wall_time(project, campaign or None)
        with self._lock:
            cached = self._letters.get(key)
        if cached is not None and cached.is_current(stamp, project.settings, wall.date()):
            return cached.messages
        messages = letter_for_audience(project, letter, audience, campaign or None, wall)
        with self._lock:
            self._letters[key] = _CachedLetter(stamp, messages)
        return messages


def open_without_audience(project: ProjectView, letter: str) -> OpenedLetter:
    """A letter for nobody in particular, now; not kept."""
    return OpenedLetter(letter_for_audience(project, letter, "", None), None)


def _stamp(project: ProjectView, letter: str, audience: str) -> letter_files.FileStamps:
    """The state of the files that a compiled letter depends on. Of the roster only its path: rows are read anew."""
    stamp = letter_files.stamp_letter(project, letter)
    if not audience:
        return stamp
    paths = sorted(project.audiences.glob(f"{audience}.*"))
    descriptions = letter_files.stamp_files(path for path in paths if path.suffix == ".yaml")
    return (*stamp, *((str(path), 0, 0) for path in paths), *descriptions)
