"""The first language's text beside a translation: paragraph by paragraph, with what is still to be done."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.language.language_tags import Direction, writing_direction
from broadcaster.letters.reading.loader import load_letter
from broadcaster.letters.translating.paragraphs import Paragraph, list_paragraphs
from broadcaster.letters.translating.wording import translatable_wording
from broadcaster.services.project.project import ProjectView
from broadcaster.services.writing.fields.chips import ChipVocabulary
from broadcaster.services.writing.fields.letter_fields import OnlySource, locate_line, split_letter
from broadcaster.services.writing.outdated_translations import find_outdated_translation

WHOLE_SOURCE = "text"
"""The one field of a letter that is shown as source."""

_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)]|#{1,6})\s")


@dataclass(frozen=True, slots=True)
class SourceParagraph:
    """A paragraph of the first language. `repeated`: the translation still says it in that language; `changed`: it is
    new or another one since the translation was written.
    """

    text: str
    repeated: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class SourceBeside:
    """The first language's text, by field."""

    language: str
    direction: Direction
    fields: Mapping[str, tuple[SourceParagraph, ...]]

    @property
    def repeated(self) -> int:
        """How many paragraphs the translation still has in the first language."""
        return sum(one.repeated for paragraphs in self.fields.values() for one in paragraphs)


def read_source_beside(
    project: ProjectView, place: tuple[str, str], repeated: Sequence[Paragraph], chips: ChipVocabulary | None
) -> SourceBeside | None:
    """What stands beside a translation (`place`: letter and language), of which `repeated` is still to be done.

    It is shown in fields with these chips, or as source without. None where the language is the first one, or the first
    one cannot be read or has no such fields.
    """
    name, language = place
    try:
        letter = load_letter(project.templates, name)
    except ProblemsFoundError:
        return None
    first = letter.fallback
    source = letter.sources.get(letter.path(first), "")
    texts = _texts(source, chips)
    if language == first or not texts:
        return None
    lines = list(list_paragraphs(letter, first))
    own = [one for one in lines if one.path == letter.path(first) and not one.included]
    undone = {translatable_wording(one.text).key for one in repeated}
    repeated_lines = [one for one in own if translatable_wording(one.text).key in undone]
    before = _blocks_before(project, place, chips)
    marked = set(_places(source, repeated_lines, in_fields=chips is not None))
    fields = {
        field: tuple(
            SourceParagraph(
                block,
                any((field, at) in marked for at in lines_of_block),
                before is not None and block not in before,
            )
            for block, lines_of_block in _split_blocks(text)
        )
        for field, text in texts.items()
        if text.strip()
    }
    return SourceBeside(first, writing_direction(first), fields)


def _texts(source: str, chips: ChipVocabulary | None) -> Mapping[str, str]:
    """The source in one field, or in the letter's own; none where these cannot show it."""
    if chips is None:
        return {WHOLE_SOURCE: source}
    found = split_letter(source, chips)
    return {} if isinstance(found, OnlySource) else dict(found.items())


def _places(source: str, paragraphs: Sequence[Paragraph], in_fields: bool) -> Iterator[tuple[str, int]]:
    """Each line on which one of these stands: its field, and its number there."""
    for one in paragraphs:
        for line in range(one.line, one.last + 1):
            found = locate_line(source, line) if in_fields else (WHOLE_SOURCE, line)
            if found is not None:
                yield found


def _blocks_before(project: ProjectView, place: tuple[str, str], chips: ChipVocabulary | None) -> set[str] | None:
    """The paragraphs that the first language had when this one was written; None where it has not changed, or where
    that is not known.
    """
    outdated = find_outdated_translation(project, *place)
    if outdated is None or not outdated.then:
        return None
    return {block for text in _texts(outdated.then, chips).values() for block, _ in _split_blocks(text)}


def _split_blocks(text: str) -> Iterator[tuple[str, range]]:
    """The paragraphs, list items and headings of a text, each with its lines (1-based)."""
    begun, held = 0, list[str]()
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if held and (not line.strip() or _ITEM.match(line)):
            yield "\n".join(held), range(begun, number)
            held = []
        if line.strip():
            begun = number if not held else begun
            held.append(line)
