"""Letters: the list, one of them in all its languages, and a new one."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.letters import languages_with_words
from broadcaster.services.access.permissions import Deed
from broadcaster.services.writing import letter_catalogue, saving
from broadcaster.services.writing.creating import KINDS, LONGEST, LetterImpossibleError, NewLetter, begin
from broadcaster.services.writing.letter_list import Letters
from broadcaster.services.writing.outdated_translations import lagging
from broadcaster.web.desk.drafting import drafting
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit

_LETTERS = Letters()


@get("/letters", opt=needs(Deed.LOOK))
@drafting
def letters(visit: NamedDependency[Visit]) -> Response[Any]:
    """Every letter: what it is, in which languages, where it is used, and whether anything is wrong with it."""
    return visit.page("letters", rows=_LETTERS.rows(visit.view, visit.who))


@get("/letters/{letter:str}", opt=needs(Deed.LOOK))
@drafting
def letter(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One letter, its languages side by side."""
    if letter not in letter_catalogue.names(visit.view):
        raise NotFoundException
    found = letter_catalogue.look(visit.view, letter)
    spoken = letter_catalogue.languages_of(visit.view, letter)
    first = found.letter.fallback if found.letter else ""
    return visit.page(
        "letter",
        name=letter,
        found=found,
        first=first,
        texts={language: _text(visit, letter, language) for language in sorted(spoken, key=lambda one: one != first)},
        lagging=lagging(visit.view, letter) if first else [],
        others=_named(visit, letter_catalogue.languages_to_add(visit.view, letter)),
        signatory=visit.view.settings.signatories.get(found.letter.signatory) if found.letter else None,
        helplines=visit.view.settings.helplines,
        campaigns=[one.name for one in letter_catalogue.used_by(visit.view, letter) if visit.sees(*one.audiences)],
        theirs=saving.may_change(visit.view, letter, visit.who),
    )


@get("/letters/new", opt=needs(Deed.WRITE), sync_to_thread=True)
def making(visit: NamedDependency[Visit]) -> Response[Any]:
    """What has to be known of a new one."""
    return _form(visit)


@post("/letters/new", opt=needs(Deed.WRITE), status_code=200, sync_to_thread=True)
def made(visit: NamedDependency[Visit]) -> Response[Any]:
    """Make it, and go to where it is written."""
    helplines = tuple(one for one in visit.form.getall("helpline", []) if isinstance(one, str))
    kind, signatory, language = (visit.field(name) for name in ("kind", "signatory", "language"))
    new = NewLetter(visit.field("title"), kind, signatory, helplines, language)
    try:
        name = begin(visit.project, new, visit.actor(Deed.WRITE))
    except LetterImpossibleError as error:
        return _form(visit, 422, error)
    return visit.go("letters", name, language, "edit", said="letter-made")


ROUTES = (letters, letter, making, made)


def _form(visit: Visit, status: int = 200, error: LetterImpossibleError | None = None) -> Response[Any]:
    settings = visit.view.settings
    return visit.page(
        "letter-new",
        status,
        error=error,
        kinds=KINDS,
        longest=LONGEST,
        signatories=settings.signatories,
        helplines=settings.helplines,
        spoken=_named(visit, languages_with_words(visit.view.templates)),
        typed=visit.field,
        ticked=visit.form.getall("helpline", []),
    )


def _named(visit: Visit, tags: list[str]) -> list[tuple[str, str]]:
    """Languages with what they are called, in that order."""
    return sorted(((tag, visit.speech.language_name(tag)) for tag in tags), key=lambda one: one[1])


def _text(visit: Visit, letter: str, language: str) -> str | None:
    """What it says, or None where the file cannot be read: why stands among the letter's problems."""
    try:
        return saving.version(visit.view, letter, language).text
    except ProblemsFoundError:
        return None
