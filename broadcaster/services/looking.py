"""Looking at letters again and again: opened and compiled once, for as long as none of their files changes."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Lock

from broadcaster.audiences import Recipient
from broadcaster.config import Campaign
from broadcaster.domain.channels import ChannelChoice
from broadcaster.domain.languages import name as language_name
from broadcaster.letters import fields_used
from broadcaster.services.audience import read_recipients
from broadcaster.services.preview import NobodyFoundError, prospects_for
from broadcaster.services.project import Project
from broadcaster.services.prospects import Prospects

_KEPT = 8
_ROWS_KEPT = 5_000
"""Rows of a roster kept open for paging through; beyond them the file is read again for each."""

INVENTED_NAME = "Robin Sample"
_INVENTED = {"email": "robin@sample.example", "phone": "+447700900000"}

Stamp = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class Opened:
    """A letter as an audience would get it, compiled; `audience` is "" where only an invented person is shown."""

    prospects: Prospects
    audience: str
    _rows: tuple[Recipient, ...] | None = field(default=None)

    def row(self, number: int) -> Recipient:
        """The person in this row of the roster, or in the next usable one. Raises NobodyFoundError."""
        for one in self._people():
            if one.row >= number:
                return one
        raise NobodyFoundError("There is no usable row like that, and none behind it.")

    def neighbours(self, number: int) -> tuple[int | None, int | None]:
        """The usable rows before and behind."""
        before: int | None = None
        for one in self._people():
            if one.row > number:
                return before, one.row
            if one.row < number:
                before = one.row
        return before, None

    def named(self, words: str) -> list[Recipient]:
        """Those whose name holds these words, twenty at most."""
        wanted = words.casefold().strip()
        return list(islice((one for one in self._people() if wanted and wanted in one.name.casefold()), 20))

    def longest_name(self) -> Recipient | None:
        """Whoever has the longest name among the rows that are kept."""
        return max(islice(self._people(), _ROWS_KEPT), key=lambda one: len(one.name), default=None)

    def invented(self, language: str | None = None) -> Recipient:
        """An invented person: every column that the letter uses holds a word."""
        chosen = language or self.prospects.letter.fallback
        letter = self.prospects.letter
        spoken = letter.language_for(chosen)
        words = {column: column.replace("_", " ").capitalize() for column in fields_used(letter, spoken)}
        fields = words | _INVENTED | {"name": INVENTED_NAME, "language": language_name(chosen)}
        return Recipient(0, INVENTED_NAME, _INVENTED["email"], _INVENTED["phone"], chosen, None, "UTC", fields, b"")

    def _people(self) -> Iterator[Recipient]:
        if self._rows is None:
            first = tuple(islice(self._walk(), _ROWS_KEPT + 1))
            self._rows = first if len(first) <= _ROWS_KEPT else ()
        yield from self._rows or self._walk()

    def _walk(self) -> Iterator[Recipient]:
        for audience in self.prospects.audiences:
            yield from read_recipients(self.prospects.project, audience, lambda _: None)


class Shelf:
    """The letters looked at last. Safe to share between threads."""

    def __init__(self) -> None:
        self._opened: OrderedDict[tuple[str, str, str], tuple[Stamp, int, Opened]] = OrderedDict()
        self._guard = Lock()

    def open(self, project: Project, letter: str, audience: str, campaign: str) -> Opened:
        """The letter for an audience ("" for none), at a campaign's time ("" for now). Raises ProblemsFoundError."""
        key, stamp = (letter, audience, campaign), _stamp(project, letter, audience)
        with self._guard:
            known = self._opened.get(key)
        if known is not None and known[0] == stamp and known[1] == id(project.settings):
            return known[2]
        opened = open_letter(project, letter, audience, campaign)
        with self._guard:
            self._opened[key] = (stamp, id(project.settings), opened)
            self._opened.move_to_end(key)
            while len(self._opened) > _KEPT:
                self._opened.popitem(last=False)
        return opened


def open_letter(project: Project, letter: str, audience: str, campaign: str = "") -> Opened:
    """The same without keeping it."""
    if audience:
        return Opened(prospects_for(project, letter, audience, campaign or None), audience)
    alone = Campaign.model_construct(name=letter, letter=letter, audiences=(), channel=ChannelChoice.BOTH)
    return Opened(Prospects(project, alone, project.wall_now()), "")


def _stamp(project: Project, letter: str, audience: str) -> Stamp:
    """Every file that decides what is shown, with its time and size."""
    folders = (project.templates / letter, project.templates / "_frames", project.templates / "_shared")
    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*"))]
    if audience:
        files += sorted(project.audiences.glob(f"{audience}.*"))
    return tuple(stamp for path in files if (stamp := _of(path)))


def _of(path: Path) -> tuple[str, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (str(path), found.st_mtime_ns, found.st_size)
