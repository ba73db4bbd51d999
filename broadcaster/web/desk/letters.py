"""Letters: the list, and one of them in all its languages."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain import languages
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.services import letterbook, writing
from broadcaster.services.people import Deed
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit


@get("/letters", opt=needs(Deed.LOOK), sync_to_thread=True)
def letters(visit: NamedDependency[Visit]) -> Response[Any]:
    """Every letter, and whether anything is wrong with it."""
    names = letterbook.names(visit.project)
    return visit.page("letters", found=[letterbook.look(visit.project, name) for name in names])


@get("/letters/{letter:str}", opt=needs(Deed.LOOK), sync_to_thread=True)
def letter(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One letter, its languages side by side."""
    if letter not in letterbook.names(visit.project):
        raise NotFoundException
    found = letterbook.look(visit.project, letter)
    spoken = letterbook.languages_of(visit.project, letter)
    others = letterbook.languages_to_add(visit.project, letter)
    return visit.page(
        "letter",
        name=letter,
        found=found,
        texts={language: _text(visit, letter, language) for language in spoken},
        lagging=letterbook.lagging(visit.project, letter),
        others=sorted(((tag, languages.name(tag)) for tag in others), key=lambda one: one[1]),
        theirs=writing.may_change(visit.project, letter, visit.who),
    )


ROUTES = (letters, letter)


def _text(visit: Visit, letter: str, language: str) -> str | None:
    """What it says, or None where the file cannot be read: why stands among the letter's problems."""
    try:
        return writing.version(visit.project, letter, language).text
    except ProblemsFoundError:
        return None
