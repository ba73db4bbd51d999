"""The frames' own small words, by language; a letter can be written in the languages that have them."""

from pathlib import Path

from broadcaster.config.yaml_files.document import survey_yaml
from broadcaster.domain.language.language_tags import is_language_tag
from broadcaster.domain.problems import Problem
from broadcaster.letters.reading.template_files import read_file

FRAME_TEXTS_PATH = "_frames/words.yaml"

FrameTexts = dict[str, dict[str, str]]


def read_frame_texts(templates: Path) -> tuple[FrameTexts, tuple[Problem, ...]]:
    """The words of each language, and what is wrong with their file, which must be there."""
    document = survey_yaml(templates / FRAME_TEXTS_PATH, templates.parent)
    words = {
        language: {key: " ".join(text.split()) for key, text in entry.items() if isinstance(text, str)}
        for language, entry in document.data.items()
        if isinstance(entry, dict)
    }
    return words, document.problems


def languages_with_frame_texts(templates: Path) -> list[str]:
    """The languages that the frames have words in, spelt as there; none where their file cannot be read."""
    if isinstance(read_file(templates, FRAME_TEXTS_PATH), Problem):
        return []
    return sorted(language for language in read_frame_texts(templates)[0] if is_language_tag(language))
