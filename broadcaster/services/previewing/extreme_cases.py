"""The people of an audience whose message is most likely to look wrong: whoever checks these has seen the extremes."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from broadcaster.audiences.model.recipient import Recipient
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.letters.compiling.compiler import REQUIRED_PARTS
from broadcaster.letters.reading.recipient_fields import GREETING, fields_used
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.previewing.preview_cache import OpenedLetter

MAX_ROWS = 20_000
"""Rows that are looked at, from the first; each is traced, which takes up to a tenth of a millisecond."""

MOST_WORDINGS = 12
"""Wordings of one language that are shown; a letter with more is better looked at row by row."""


class ExtremeKind(StrEnum):
    """What is extreme about somebody's message."""

    LONGEST_NAME = "longest-name"
    LONGEST_VALUE = "longest-value"
    MISSING = "missing"
    RIGHT_TO_LEFT = "right-to-left"
    LANGUAGE = "language"
    WORDING = "wording"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class ExtremeCase:
    """One such person. `about` is the column, the language tag, or which of how many wordings; `language` theirs."""

    kind: ExtremeKind
    about: str
    person: Recipient
    language: str


@dataclass(frozen=True, slots=True)
class ExtremeCases:
    """What was found, and whether all rows were looked at."""

    found: tuple[ExtremeCase, ...]
    whole: bool


def find_extreme_cases(opened: OpenedLetter) -> ExtremeCases:
    """The extremes of an audience that was opened with its roll: each named once, in a calm order."""
    if opened.roll is None:
        return ExtremeCases((), whole=True)
    search = _ExtremeCaseSearch(opened.prospects)
    rows = opened.roll.walk()
    for person in islice(rows, MAX_ROWS):
        search.look(person)
    return ExtremeCases(search.found(), next(rows, None) is None)


class _ExtremeCaseSearch:
    """Keeps the most extreme of each kind while the rows go by."""

    def __init__(self, prospects: CampaignMessages) -> None:
        self._prospects = prospects
        self._columns: dict[str, frozenset[str]] = {}
        self._best: dict[tuple[ExtremeKind, str], tuple[int, Recipient]] = {}
        self._wordings: dict[str, dict[tuple[bytes, ...], Recipient]] = {}

    def look(self, person: Recipient) -> None:
        """One more row."""
        language = self._prospects.letter.language_for(person.language)
        self._keep_longest(ExtremeKind.LONGEST_NAME, "", len(person.name), person)
        for column in self._used(language):
            value = person.fields.get(column, "")
            if column != "name" and value:
                self._keep_longest(ExtremeKind.LONGEST_VALUE, column, len(value), person)
            elif not value and column != GREETING:
                self._keep_longest(ExtremeKind.MISSING, column, 0, person)
        self._keep_longest(
            ExtremeKind.RIGHT_TO_LEFT if writing_direction(language) == "rtl" else ExtremeKind.LANGUAGE,
            language,
            0,
            person,
        )
        try:
            wording = self._wording(language, person)
        except BroadcasterError as error:
            self._keep_longest(ExtremeKind.TROUBLE, error.code, 0, person)
        else:
            known = self._wordings.setdefault(language, {})
            if len(known) < MOST_WORDINGS:
                known.setdefault(wording, person)

    def found(self) -> tuple[ExtremeCase, ...]:
        """All of them."""
        language_for: Callable[[str], str] = self._prospects.letter.language_for
        best = [
            ExtremeCase(kind, about, person, language_for(person.language))
            for (kind, about), (_, person) in sorted(
                self._best.items(), key=lambda item: list(ExtremeKind).index(item[0][0])
            )
        ]
        # With one wording only, it is what everybody gets, and whoever stands above shows it.
        wordings = [
            ExtremeCase(ExtremeKind.WORDING, f"{number}/{len(known)}", person, language)
            for language, known in self._wordings.items()
            if len(known) > 1
            for number, person in enumerate(known.values(), 1)
        ]
        return (*best, *wordings)

    def _keep_longest(self, kind: ExtremeKind, about: str, length: int, person: Recipient) -> None:
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
            trace(language, person.fields, channel).skeleton
            for channel in Channel
            if parts.issuperset(REQUIRED_PARTS[channel])
        )
