"""The people of an audience whose message is most likely to look wrong: whoever checks these has seen the extremes."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from broadcaster.audiences import Recipient
from broadcaster.domain.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.languages import direction
from broadcaster.letters import fields_used
from broadcaster.letters.compiler import NEEDS
from broadcaster.letters.fields import GREETING
from broadcaster.services.composing.messages import Prospects
from broadcaster.services.previewing.preview_cache import Opened

LOOKED_AT = 20_000
"""Rows that are looked at, from the first; each is traced, which takes up to a tenth of a millisecond."""

MOST_WORDINGS = 12
"""Wordings of one language that are shown; a letter with more is better looked at row by row."""


class Kind(StrEnum):
    """What is extreme about somebody's message."""

    LONGEST_NAME = "longest-name"
    LONGEST_VALUE = "longest-value"
    MISSING = "missing"
    RIGHT_TO_LEFT = "right-to-left"
    LANGUAGE = "language"
    WORDING = "wording"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Edge:
    """One such person. `about` is the column, the language tag, or which of how many wordings; `language` theirs."""

    kind: Kind
    about: str
    person: Recipient
    language: str


@dataclass(frozen=True, slots=True)
class Edges:
    """What was found, and whether all rows were looked at."""

    found: tuple[Edge, ...]
    whole: bool


def edges(opened: Opened) -> Edges:
    """The extremes of an audience that was opened with its roll: each named once, in a calm order."""
    if opened.roll is None:
        return Edges((), whole=True)
    search = _Search(opened.prospects)
    rows = opened.roll.walk()
    for person in islice(rows, LOOKED_AT):
        search.look(person)
    return Edges(search.found(), next(rows, None) is None)


class _Search:
    """Keeps the most extreme of each kind while the rows go by."""

    def __init__(self, prospects: Prospects) -> None:
        self._prospects = prospects
        self._columns: dict[str, frozenset[str]] = {}
        self._best: dict[tuple[Kind, str], tuple[int, Recipient]] = {}
        self._wordings: dict[str, dict[tuple[bytes, ...], Recipient]] = {}

    def look(self, person: Recipient) -> None:
        """One more row."""
        language = self._prospects.letter.language_for(person.language)
        self._longer(Kind.LONGEST_NAME, "", len(person.name), person)
        for column in self._used(language):
            value = person.fields.get(column, "")
            if column != "name" and value:
                self._longer(Kind.LONGEST_VALUE, column, len(value), person)
            elif not value and column != GREETING:
                self._longer(Kind.MISSING, column, 0, person)
        self._longer(Kind.RIGHT_TO_LEFT if direction(language) == "rtl" else Kind.LANGUAGE, language, 0, person)
        try:
            wording = self._wording(language, person)
        except BroadcasterError as error:
            self._longer(Kind.TROUBLE, error.code, 0, person)
        else:
            known = self._wordings.setdefault(language, {})
            if len(known) < MOST_WORDINGS:
                known.setdefault(wording, person)

    def found(self) -> tuple[Edge, ...]:
        """All of them."""
        language_for: Callable[[str], str] = self._prospects.letter.language_for
        best = [
            Edge(kind, about, person, language_for(person.language))
            for (kind, about), (_, person) in sorted(self._best.items(), key=lambda item: list(Kind).index(item[0][0]))
        ]
        # With one wording only, it is what everybody gets, and whoever stands above shows it.
        wordings = [
            Edge(Kind.WORDING, f"{number}/{len(known)}", person, language)
            for language, known in self._wordings.items()
            if len(known) > 1
            for number, person in enumerate(known.values(), 1)
        ]
        return (*best, *wordings)

    def _longer(self, kind: Kind, about: str, length: int, person: Recipient) -> None:
        known = self._best.get((kind, about))
        if known is None or length > known[0]:
            self._best[kind, about] = (length, person)

    def _used(self, language: str) -> frozenset[str]:
        if language not in self._columns:
            self._columns[language] = frozenset(fields_used(self._prospects.letter, language))
        return self._columns[language]

    def _wording(self, language: str, person: Recipient) -> tuple[bytes, ...]:
        """Which skeletons this person's row chooses, on every channel that the letter has: each branch is another."""
        parts, trace = self._prospects.letter.parts(language), self._prospects.compiler.trace
        return tuple(
            trace(language, person.fields, channel).skeleton for channel in Channel if parts.issuperset(NEEDS[channel])
        )
