"""Beginning a letter: its folder, with what letter.yaml needs and a first text, appears whole or not at all."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from broadcaster.config.yaml_files.editing import YamlEditor, quote_yaml
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.text.slugs import free_slug
from broadcaster.keys import new_id
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.letters import letter_revisions
from broadcaster.letters.model.letter import LetterKind
from broadcaster.letters.reading.loader import languages_with_frame_texts
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.writing import letter_catalogue, letter_files, letter_languages
from broadcaster.services.writing.starter_text import starter_text, starter_words

LONGEST_TITLE = 100
"""Characters of a title."""

LETTER_KINDS = tuple(kind.value for kind in LetterKind)

"""A page of the desk has this name."""

_UNFINISHED_PREFIX = ".new-"


class LetterImpossibleError(BroadcasterError):
    """A letter as described cannot be."""

    code = "letter-impossible"
    default_remedy = "Choose again."


@dataclass(frozen=True, slots=True)
class NewLetter:
    """What somebody wants to write: `title` becomes its name; `kind` is one of `LETTER_KINDS`; `signatory` and
    `helplines` are keys of config.yaml; `language` is the one that it is written in first, and that people get who have
    no other.
    """

    title: str
    kind: str
    signatory: str
    helplines: tuple[str, ...]
    language: str


def create_letter(project: Project, new: NewLetter, by: Actor) -> str:
    """Make the letter; its name, which no other has. Raises LetterImpossibleError."""
    title = _checked_title(project, new)
    templates = project.templates
    text = starter_text(templates / "_shared", LetterKind(new.kind), new.helplines, new.language)
    with letter_files.lock_folder(templates), _new_folder(templates, title) as (name, made):
        letter_files.replace_file(made / "letter.yaml", "\n".join(_declaration_lines(title, new)))
        letter_files.replace_file(made / f"{new.language}.md", text)
        with project.ledger.writing() as conn:
            version = (letter_files.text_digest(text), text)
            letter_revisions.add(conn, name, f"{new.language}.md", version, by.name)
            audit.record(conn, by, "make-letter", name, language=new.language)
            # Within the transaction, as whenever a letter is saved.
            made.rename(templates / name)
    return name


def copy_letter(project: Project, source: str, title: str, by: Actor) -> str:
    """Make another letter of the same words, declaration and other files; its name, which no other has.

    Raises LetterImpossibleError, and ProblemsFoundError where a file of the source cannot be read.
    """
    title = _printable_title(title)
    if source not in letter_catalogue.list_letters(project):
        raise LetterImpossibleError("There is no such letter.")
    templates = project.templates
    with letter_files.lock_folder(templates), _new_folder(templates, title) as (name, made):
        texts: dict[str, str] = {}
        for path in sorted((templates / source).iterdir()):
            if path.is_file() and path.suffix == ".md":
                texts[path.name] = _includes_of_copy(letter_files.read_letter_file(project, path), source, name)
                letter_files.replace_file(made / path.name, texts[path.name])
            elif path.is_file() and not path.name.startswith("."):
                shutil.copyfile(path, made / path.name)
        declaration = YamlEditor(made / "letter.yaml", templates.parent)
        declaration.set(("title",), quote_yaml(title))
        declaration.save()
        with project.ledger.writing() as conn:
            for language in letter_languages.list_languages(project, source):
                text = texts[f"{language}.md"]
                letter_revisions.add(conn, name, f"{language}.md", (letter_files.text_digest(text), text), by.name)
            audit.record(conn, by, "make-letter", name, copy_of=source)
            # Within the transaction, as whenever a letter is saved.
            made.rename(templates / name)
    return name


def _includes_of_copy(text: str, source: str, name: str) -> str:
    """The text, including files of the copy where it included files of its own letter."""
    return re.sub(rf"(?<=['\"]){re.escape(source)}/(?=[^'\"\n]+\.md['\"])", f"{name}/", text)


@contextmanager
def _new_folder(templates: Path, title: str) -> Iterator[tuple[str, Path]]:
    """A name for a letter and the folder in which it is made, until it gets that name; what is not finished goes."""
    _remove_unfinished(templates)
    taken = {path.name.lower() for path in templates.iterdir()}
    made = templates / f"{_UNFINISHED_PREFIX}{new_id()}"
    try:
        made.mkdir()
        yield free_slug(title, "letter", taken.__contains__), made
    except OSError as error:
        raise LetterImpossibleError(
            f"The folder of the letter cannot be made: {error.strerror}.",
            remedy="Look at who may write to templates/, and at the free space of the disk.",
        ) from None
    finally:
        _remove_unfinished(templates)


def _printable_title(text: str) -> str:
    """The title, as it is kept."""
    title = " ".join(text.split())
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise LetterImpossibleError(
            f"A title has 1 to {LONGEST_TITLE} characters, which can all be seen.", field="title"
        )
    return title


def _checked_title(project: ProjectView, new: NewLetter) -> str:
    """The title, as it is kept."""
    title = _printable_title(new.title)
    if new.kind not in LETTER_KINDS:
        raise LetterImpossibleError("There is no such kind of letter.", field="kind")
    if new.signatory not in project.settings.signatories:
        raise LetterImpossibleError("There is nobody of this name who signs letters.", field="signatory")
    if not set(new.helplines) <= set(project.settings.helplines):
        raise LetterImpossibleError("There is no such helpline.", field="helpline")
    if new.language not in languages_with_frame_texts(project.templates):
        raise LetterImpossibleError("The frames of letters have no words in this language.", field="language")
    return title


def _declaration_lines(title: str, new: NewLetter) -> list[str]:
    """letter.yaml. A text in quotation marks is written in YAML as it is in JSON."""
    lines = ["# Made at the desk. docs/letters.md says what else may stand here."]
    lines += [f"title: {json.dumps(title, ensure_ascii=False)}", f"kind: {new.kind}", f"signatory: {new.signatory}"]
    if new.helplines:
        lines += ["helplines:", *(f"  - {key}" for key in new.helplines)]
    lines += [f"fallback: {new.language}", "never_say:"]
    lines += ["  # What the first text says where its author's words belong: it does not go out like that."]
    return [*lines, f"  - {json.dumps(starter_words(new.language).yours, ensure_ascii=False)}", ""]


def _remove_unfinished(templates: Path) -> None:
    """Take away what was not finished, now or by a process that was killed."""
    for left in templates.glob(f"{_UNFINISHED_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)
