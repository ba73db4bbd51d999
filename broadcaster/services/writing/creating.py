"""Beginning a letter: its folder, with what letter.yaml needs and a first text, appears whole or not at all."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.slugs import free_slug
from broadcaster.keys import new_id
from broadcaster.ledger import audit, letter_revisions
from broadcaster.ledger.audit import Entry
from broadcaster.letters import LetterKind, languages_with_words
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.writing import files
from broadcaster.services.writing.starter_text import first_text, words

LONGEST = 100
"""Characters of a title."""

KINDS = tuple(kind.value for kind in LetterKind)

"""A page of the desk has this name."""

_MAKING = ".new-"


class LetterImpossibleError(BroadcasterError):
    """A letter as described cannot be."""

    code = "letter-impossible"
    default_remedy = "Choose again."


@dataclass(frozen=True, slots=True)
class NewLetter:
    """What somebody wants to write: `title` becomes its name; `kind` is one of `KINDS`; `signatory` and `helplines` are
    keys of config.yaml; `language` is the one that it is written in first, and that people get who have no other.
    """

    title: str
    kind: str
    signatory: str
    helplines: tuple[str, ...]
    language: str


def begin(project: Project, new: NewLetter, by: Actor) -> str:
    """Make the letter; its name, which no other has. Raises LetterImpossibleError."""
    title = _checked(project, new)
    templates = project.templates
    text = first_text(templates / "_shared", LetterKind(new.kind), new.helplines, new.language)
    with files.alone(templates):
        _sweep(templates)
        names = {path.name.lower() for path in templates.iterdir()}
        name = free_slug(title, "letter", names.__contains__)
        made = templates / f"{_MAKING}{new_id()}"
        try:
            made.mkdir()
            files.replace(made / "letter.yaml", "\n".join(_declaration(title, new)))
            files.replace(made / f"{new.language}.md", text)
            with project.ledger.writing() as conn:
                version = (files.digest(text), text)
                letter_revisions.keep(conn, name, f"{new.language}.md", version, by.name)
                entry = Entry(by.name, "make-letter", name, {"language": new.language}, by.system_user, by.host)
                audit.write(conn, entry)
                # Within the transaction, as whenever a letter is saved.
                made.rename(templates / name)
        except OSError as error:
            raise LetterImpossibleError(
                f"The folder of the letter cannot be made: {error.strerror}.",
                remedy="Look at who may write to templates/, and at the free space of the disk.",
            ) from None
        finally:
            _sweep(templates)
    return name


def _checked(project: ProjectView, new: NewLetter) -> str:
    """The title, as it is kept."""
    title = " ".join(new.title.split())
    if not title or len(title) > LONGEST or not title.isprintable():
        raise LetterImpossibleError(f"A title has 1 to {LONGEST} characters, which can all be seen.")
    if new.kind not in KINDS:
        raise LetterImpossibleError("There is no such kind of letter.")
    if new.signatory not in project.settings.signatories:
        raise LetterImpossibleError("There is nobody of this name who signs letters.")
    if not set(new.helplines) <= set(project.settings.helplines):
        raise LetterImpossibleError("There is no such helpline.")
    if new.language not in languages_with_words(project.templates):
        raise LetterImpossibleError("The frames of letters have no words in this language.")
    return title


def _declaration(title: str, new: NewLetter) -> list[str]:
    """letter.yaml. A text in quotation marks is written in YAML as it is in JSON."""
    lines = ["# Made at the desk. docs/letters.md says what else may stand here."]
    lines += [f"title: {json.dumps(title, ensure_ascii=False)}", f"kind: {new.kind}", f"signatory: {new.signatory}"]
    if new.helplines:
        lines += ["helplines:", *(f"  - {key}" for key in new.helplines)]
    lines += [f"fallback: {new.language}", "never_say:"]
    lines += ["  # What the first text says where its author's words belong: it does not go out like that."]
    return [*lines, f"  - {json.dumps(words(new.language).yours, ensure_ascii=False)}", ""]


def _sweep(templates: Path) -> None:
    """Take away what was not finished, now or by a process that was killed."""
    for left in templates.glob(f"{_MAKING}*"):
        shutil.rmtree(left, ignore_errors=True)
