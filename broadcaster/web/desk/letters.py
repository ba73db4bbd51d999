"""Letters: the list, and one of them in all its languages."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain import languages
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
    spoken = found.letter.languages if found.letter else letterbook.languages_of(visit.project, letter)
    texts = {language: writing.version(visit.project, letter, language) for language in spoken}
    others = sorted((tag for tag in languages.known() if tag not in texts), key=languages.name)
    return visit.page(
        "letter",
        name=letter,
        found=found,
        texts=texts,
        lagging=letterbook.lagging(visit.project, letter),
        others=[(tag, languages.name(tag)) for tag in others],
    )


ROUTES = (letters, letter)
