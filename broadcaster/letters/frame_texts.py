"""The frames' own small words, by language; a letter can be written in the languages that have them."""

from pathlib import Path

from broadcaster.config.yamlfile import survey
from broadcaster.domain.languages import is_tag
from broadcaster.domain.problems import Problem
from broadcaster.letters.folder import read_file

WORDS = "_frames/words.yaml"

Words = dict[str, dict[str, str]]


def read_words(templates: Path) -> tuple[Words, tuple[Problem, ...]]:
    """The words of each language, and what is wrong with their file, which must be there."""
    document = survey(templates / WORDS, templates.parent)
    words = {
        language: {key: " ".join(text.split()) for key, text in entry.items() if isinstance(text, str)}
        for language, entry in document.data.items()
        if isinstance(entry, dict)
    }
    return words, document.problems


def languages_with_words(templates: Path) -> list[str]:
    """The languages that the frames have words in, spelt as there; none where their file cannot be read."""
    if isinstance(read_file(templates, WORDS), Problem):
        return []
    return sorted(language for language in read_words(templates)[0] if is_tag(language))
