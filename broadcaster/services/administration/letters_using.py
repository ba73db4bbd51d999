"""The letters that need an entry of config.yaml, so that nobody takes it from under them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.letters.reading.loader import load_letter
from broadcaster.services.project.project import ProjectView
from broadcaster.services.writing import letter_catalogue


@dataclass(frozen=True, slots=True)
class LetterUsing:
    """A letter that needs an entry; its title is its name where it cannot be read."""

    name: str
    title: str


def list_letters_with_helpline(project: ProjectView, key: str) -> list[LetterUsing]:
    """The letters that require this helpline or name it in their text."""
    named = re.compile(rf"helplines\s*(?:\[\s*['\"]{re.escape(key)}['\"]|\.\s*{re.escape(key)}\b)")
    return [
        LetterUsing(letter.name, letter.title)
        for letter in _letters(project, key)
        if key in letter.helplines or any(named.search(text) for text in letter.sources.values())
    ]


def list_letters_signed_by(project: ProjectView, key: str) -> list[LetterUsing]:
    """The letters that this signatory signs."""
    return [LetterUsing(letter.name, letter.title) for letter in _letters(project, key) if letter.signatory == key]


@dataclass(frozen=True, slots=True)
class _LetterUse:
    name: str
    title: str
    signatory: str
    helplines: tuple[str, ...]
    sources: Mapping[str, str]


def _letters(project: ProjectView, key: str) -> Iterator[_LetterUse]:
    """Every letter. One that cannot be read needs the entry where any of its files has the entry's name in it."""
    for name in letter_catalogue.list_letters(project):
        try:
            letter = load_letter(project.templates, name)
        except ProblemsFoundError:
            if _may_name(project.templates / name, key):
                yield _LetterUse(name, name, key, (key,), {})
        else:
            yield _LetterUse(name, letter.title, letter.signatory, letter.helplines, letter.sources)


def _may_name(folder: Path, key: str) -> bool:
    """Whether a file of the folder has this name in it, or cannot be looked into."""
    name = re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w-])".encode())
    try:
        return any(name.search(file.read_bytes()) for file in folder.iterdir() if file.is_file())
    except OSError:
        return True
