"""The editor: a letter's text in one language, looked at while it is typed, saved as the file it is."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.languages import direction
from broadcaster.domain.text_difference import difference
from broadcaster.services.access.permissions import Deed
from broadcaster.services.previewing import draft_preview
from broadcaster.services.previewing.draft_preview import Draft, Pages
from broadcaster.services.writing import letter_catalogue, saving
from broadcaster.services.writing.insert_menu import insertable
from broadcaster.services.writing.outdated_translations import lag
from broadcaster.services.writing.saving import (
    ChangedMeanwhileError,
    NoSuchLetterError,
    NoSuchRevisionError,
    TextRefusedError,
    Version,
)
from broadcaster.web.desk.drafting import drafting, newest_only
from broadcaster.web.desk.email_frame import framed
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit

_PAGES = Pages()


@get("/letters/{letter:str}/{language:str}/edit", opt=needs(Deed.WRITE))
@drafting
def edit(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The text as it stands, or as it once stood (`revision`), to be changed."""
    here, wanted = version(visit, letter, language), visit.asked("revision")
    text = here.text or letter_catalogue.beginning(visit.view, letter, language)
    if wanted:
        text = revision(visit, (letter, language), wanted)
    return _editor(visit, (letter, language), text, here.digest)


@post("/letters/{letter:str}/{language:str}/edit", opt=needs(Deed.WRITE))
@drafting
def save(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Save it; or, where that is what was pressed, only look at it."""
    text, digest = str(visit.form.get("text", "")), visit.field("digest")
    here = version(visit, letter, language)
    saving.refuse_others(visit.view, letter, visit.who)
    if visit.field("do") == "look":
        return _editor(visit, (letter, language), text, digest)
    by = visit.actor(Deed.WRITE)
    try:
        saving.save(visit.project, (letter, language), text, digest, by)
    except TextRefusedError as error:
        return _editor(visit, (letter, language), text, digest, refused=error)
    except ChangedMeanwhileError as error:
        return conflict(visit, (letter, language), (text, here), error)
    return visit.go("letters", letter, said="saved", saved=language)


@post("/letters/{letter:str}/{language:str}/try", opt=needs(Deed.WRITE), status_code=200)
@newest_only
def look(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What is wrong with a text and how it would look, while it is typed."""
    version(visit, letter, language)
    saving.refuse_others(visit.view, letter, visit.who)
    found = draft_preview.look(visit.view, letter, language, str(visit.form.get("text", "")))
    return visit.page("letter-draft", **_drafted(visit, (letter, language), found))


@get("/letters/{letter:str}/{language:str}/frame", opt=needs(Deed.WRITE), sync_to_thread=True)
def frame(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The email made of a text that is not saved, for a frame; `draft` names it."""
    version(visit, letter, language)
    page = _PAGES.get(visit.who, visit.asked("draft"))
    if page is None:
        raise NotFoundException
    return framed(page)


ROUTES = (edit, save, look, frame)


def version(visit: Visit, letter: str, language: str) -> Version:
    """The file as it stands; where there is no such letter, or language of it, there is no such page."""
    try:
        return saving.version(visit.view, letter, language)
    except NoSuchLetterError:
        raise NotFoundException from None


def revision(visit: Visit, place: tuple[str, str], number: str) -> str:
    """What the text said in the revision of this number, as `version`."""
    try:
        return saving.revision(visit.view, place, int(number[:18]) if number.isdecimal() else 0).content
    except NoSuchRevisionError:
        raise NotFoundException from None


def conflict(
    visit: Visit, place: tuple[str, str], texts: tuple[str, Version], error: ChangedMeanwhileError
) -> Response[Any]:
    """Both versions: what was to be saved (the first of `texts`), and what somebody else has saved meanwhile."""
    letter, language = place
    mine, theirs = texts[0].replace("\r\n", "\n"), texts[1]
    return visit.page(
        "letter-conflict",
        409,
        name=letter,
        title=letter_catalogue.title(visit.view, letter),
        language=language,
        direction=direction(language),
        error=error,
        text=mine,
        here=theirs,
        lines=difference(theirs.text, mine),
    )


def _editor(
    visit: Visit, place: tuple[str, str], text: str, digest: str, refused: TextRefusedError | None = None
) -> Response[Any]:
    letter, language = place
    found = draft_preview.look(visit.view, letter, language, text)
    behind = lag(visit.view, letter, language)
    return visit.page(
        "letter-edit",
        422 if refused else 200,
        text=text.replace("\r\n", "\n"),
        digest=digest,
        refused=refused,
        unsaved=visit.request.method == "POST",
        theirs=saving.may_change(visit.view, letter, visit.who),
        here=version(visit, letter, language),
        behind=behind,
        behind_direction=direction(behind.first) if behind else None,
        lines=difference(behind.then, behind.now) if behind and behind.then else (),
        inserts=insertable(visit.view, letter, language, visit.who, visit.speech.language),
        **_drafted(visit, place, found),
    )


def _drafted(visit: Visit, place: tuple[str, str], found: Draft) -> dict[str, Any]:
    """What the page needs to show a draft; `page` names its email for the frame."""
    letter, language = place
    page = found.shown.page if found.shown else None
    return {
        "name": letter,
        "title": letter_catalogue.title(visit.view, letter),
        "language": language,
        "direction": direction(language),
        "draft": found,
        "page": _PAGES.keep(visit.who, page) if page else None,
    }
