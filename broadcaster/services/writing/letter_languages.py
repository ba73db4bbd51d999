"""The languages that a letter is written in, and those that it could be written in."""

from broadcaster.domain.language.language_tags import is_language_tag
from broadcaster.letters.reading.frame_texts import languages_with_frame_texts
from broadcaster.services.project.project import ProjectView


def list_languages(project: ProjectView, letter: str) -> list[str]:
    """The languages that a letter has a file for, whether or not the file can be read."""
    return sorted(path.stem for path in (project.templates / letter).glob("*.md") if is_language_tag(path.stem))


def list_addable_languages(project: ProjectView, letter: str) -> list[str]:
    """The languages that a letter has no file for, and that the frames of letters have texts in."""
    written = {language.lower() for language in list_languages(project, letter)}
    return [language for language in languages_with_frame_texts(project.templates) if language.lower() not in written]


def list_possible_languages(project: ProjectView, letter: str) -> list[str]:
    """The languages that a letter has a file for, then those that can be added."""
    return [*list_languages(project, letter), *list_addable_languages(project, letter)]
