"""The people of an audience whose message is most likely to look wrong: whoever checks these has seen the extremes."""

from collections.abc import Iterator
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
"""Rows that are compared, from the first; each is traced, which takes up to a tenth of a millisecond."""

MOST_WORDINGS = 12
"""Wordings of one language that are kept; a letter with more is better previewed row by row."""


class ExtremeKind(StrEnum):
    """What is extreme about a person's message."""

    LONGEST_NAME = "longest-name"
    LONGEST_VALUE = "longest-value"
    MISSING = "missing"
    RIGHT_TO_LEFT = "right-to-left"
    LANGUAGE = "language"
    WORDING = "wording"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class ExtremeCase:
    """One such person, and the language that they get the letter in.

    `about` is the column, the language tag, the error code, or the wording as `1/3`.
    """

    kind: ExtremeKind
    about: str
    person: Recipient
    language: str


@dataclass(frozen=True, slots=True)
class ExtremeCases:
    """The extremes that were found, and whether in the whole roster."""

    found: tuple[ExtremeCase, ...]
    whole: bool


def find_extreme_cases(opened: OpenedLetter) -> ExtremeCases:
    """The extremes of an audience, one person for each, in the order of ExtremeKind; none without an audience."""
    if opened.rows is None:
        return ExtremeCases((), whole=True)
    search = _ExtremeCaseSearch(opened.messages)
    rows = opened.rows.walk()
    for person in islice(rows, MAX_ROWS):
        search.add(person)
    return ExtremeCases((*search.most_extreme(), *search.wordings()), next(rows, None) is None)


class _ExtremeCaseSearch:
    """Keeps the most extreme person of each kind while rows are added."""

    def __init__(self, messages: CampaignMessages) -> None:
        self._letter = messages.letter
        self._compiler = messages.compiler
        self._columns: dict[str, frozenset[str]] = {}
        self._most_extreme: dict[tuple[ExtremeKind, str], tuple[int, Recipient]] = {}
        self._wordings: dict[str, dict[tuple[bytes, ...], Recipient]] = {}

    def add(self, person: Recipient) -> None:
        """Compare one more person."""
        language = self._letter.language_for(person.language)
        self._keep_longest(ExtremeKind.LONGEST_NAME, "", len(person.name), person)
        for column in self._columns_used(language):
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
            wordings = self._wordings.setdefault(language, {})
            if len(wordings) < MOST_WORDINGS:
                wordings.setdefault(wording, person)

    def most_extreme(self) -> Iterator[ExtremeCase]:
        """The people kept of each kind but WORDING."""
        order = list(ExtremeKind)
        for (kind, about), (_, person) in sorted(self._most_extreme.items(), key=lambda item: order.index(item[0][0])):
            yield ExtremeCase(kind, about, person, self._letter.language_for(person.language))

    def wordings(self) -> Iterator[ExtremeCase]:
        """One person for each wording, in languages with several: a single one is that of every other case."""
        for language, people in self._wordings.items():
            if len(people) > 1:
                for number, person in enumerate(people.values(), 1):
                    yield ExtremeCase(ExtremeKind.WORDING, f"{number}/{len(people)}", person, language)

    def _keep_longest(self, kind: ExtremeKind, about: str, length: int, person: Recipient) -> None:
        kept = self._most_extreme.get((kind, about))
        if kept is None or length > kept[0]:
            self._most_extreme[kind, about] = (length, person)

    def _columns_used(self, language: str) -> frozenset[str]:
        if language not in self._columns:
            self._columns[language] = frozenset(fields_used(self._letter, language))
        return self._columns[language]

    def _wording(self, language: str, person: Recipient) -> tuple[bytes, ...]:
        """The skeletons that this person's row chooses, one for each channel that the letter has."""
        parts = self._letter.parts(language)
        return tuple(
            self._compiler.trace(language, person.fields, channel).skeleton
            for channel in Channel
            if parts.issuperset(REQUIRED_PARTS[channel])
        )
