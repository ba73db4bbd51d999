"""A letter's title, the language that its translations are made from, and the text that a translation begins with."""

import re
from functools import lru_cache
from pathlib import Path

from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.letters.model.letter import LetterKind
from broadcaster.letters.reading.declaration import Declaration, read_declaration
from broadcaster.letters.reading.loader import load_letter
from broadcaster.services.project.project import ProjectView
from broadcaster.services.writing.letter_catalogue import list_letters
from broadcaster.services.writing.letter_files import FileStamps, stamp_files

_MAX_DECLARATIONS = 500


def get_title(project: ProjectView, letter: str) -> str:
    """The title in letter.yaml; the letter's name where the file cannot be read."""
    declaration = _read_declaration(project, letter)
    return declaration.title if declaration else letter


def list_titles(project: ProjectView) -> dict[str, str]:
    """The title of each letter, by the letter's name."""
    return {letter: get_title(project, letter) for letter in list_letters(project)}


def list_kinds(project: ProjectView) -> dict[str, LetterKind]:
    """The kind of each letter whose letter.yaml can be read, by the letter's name."""
    found = {letter: _read_declaration(project, letter) for letter in list_letters(project)}
    return {letter: declaration.kind for letter, declaration in found.items() if declaration}


def get_first_language(project: ProjectView, letter: str) -> str:
    """The language that the others are translations of: `fallback` in letter.yaml; "" where it cannot be read."""
    declaration = _read_declaration(project, letter)
    return declaration.fallback if declaration else ""


def get_signatory_name(project: ProjectView, letter: str) -> str:
    """The name of the person who signs the letter; "" where it cannot be read."""
    declaration = _read_declaration(project, letter)
    signatory = project.settings.signatories.get(declaration.signatory) if declaration else None
    return signatory.name if signatory else ""


def make_text_to_translate(project: ProjectView, letter: str, language: str) -> str:
    """The text that a translation begins with: that of the first language.

    Its includes name the files of the new language where these exist. "" where the letter cannot be read.
    """
    try:
        loaded = load_letter(project.templates, letter)
    except ProblemsFoundError:
        return ""

    def translated_path(path: re.Match[str]) -> str:
        translated = f"{path['stem']}.{language}.md"
        return translated if (project.templates / translated).is_file() else path[0]

    stem = rf"(?P<stem>(?:_shared|{re.escape(letter)})/[^'\"]+)"
    path = rf"(?<=['\"]){stem}\.{re.escape(loaded.fallback)}\.md(?=['\"])"
    return re.sub(path, translated_path, loaded.sources.get(loaded.path(loaded.fallback), ""))


def _read_declaration(project: ProjectView, letter: str) -> Declaration | None:
    path = project.templates / letter / "letter.yaml"
    return _declaration_of(path, project.templates.parent, stamp_files([path]))


@lru_cache(_MAX_DECLARATIONS)
def _declaration_of(path: Path, root: Path, _: FileStamps) -> Declaration | None:
    """The declaration, read once for as long as its file keeps its time and size: every list shows titles."""
    return read_declaration(path, root)[0]
