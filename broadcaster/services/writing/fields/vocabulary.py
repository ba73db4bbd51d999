"""The chips of one letter, in the words of whoever writes it."""

from collections.abc import Mapping

from broadcaster.services.project.project import ProjectView
from broadcaster.services.writing.fields.chips import Chip, ChipVocabulary, ChipWords
from broadcaster.services.writing.insert_menu import (
    PEOPLE,
    Insertion,
    list_fixed_insertions,
    list_other_passages,
)


def make_vocabulary(
    project: ProjectView,
    place: tuple[str, str],
    insertions: Mapping[str, list[Insertion]],
    words: Mapping[str, str],
    english: Mapping[str, str],
) -> ChipVocabulary:
    """The chips for what can be put into a letter (`insertions`, in its reader's language), and for the passages of
    other languages.

    `words` are the words of conditions, and those of `list_insertions`, in that language. Chips in `english` are
    understood too: a text may come from somebody who reads another language.
    """
    if words == english:
        return _vocabulary(project, place, insertions, words, None)
    same = {PEOPLE: insertions.get(PEOPLE, []), **list_fixed_insertions(project, place, "en", english)}
    return _vocabulary(project, place, insertions, words, _vocabulary(project, place, same, english, None))


def _vocabulary(
    project: ProjectView,
    place: tuple[str, str],
    insertions: Mapping[str, list[Insertion]],
    words: Mapping[str, str],
    also: ChipVocabulary | None,
) -> ChipVocabulary:
    offered = [one for group in insertions.values() for one in group]
    offered += list_other_passages(project, place[1], words)
    conditions = (words[f"chip.{name}"] for name in ("condition", "equals", "person", "otherwise", "end"))
    return ChipVocabulary((Chip(one.label, one.code) for one in offered), ChipWords(*conditions), also)
