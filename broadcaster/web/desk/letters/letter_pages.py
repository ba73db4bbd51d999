"""Letters: the list, one of them in all its languages, and a new one."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.letters.reading.loader import languages_with_frame_texts
from broadcaster.services.access.permissions import Permission
from broadcaster.services.writing import letter_audiences, letter_catalogue, letter_languages, letter_texts, saving
from broadcaster.services.writing.creating import (
    LETTER_KINDS,
    LONGEST_TITLE,
    LetterImpossibleError,
    NewLetter,
    copy_letter,
    create_letter,
)
from broadcaster.services.writing.letter_list import LetterListCache
from broadcaster.services.writing.outdated_translations import list_outdated_languages
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.draft_threads import in_draft_threads
from broadcaster.web.desk.routing.route_permissions import requires

_LETTER_LIST = LetterListCache()


@get("/letters", opt=requires(Permission.LOOK))
@in_draft_threads
def show_letters(visit: NamedDependency[Visit]) -> Response[Any]:
    """Every letter: what it is, in which languages, where it is used, and whether anything is wrong with it."""
    return visit.page("letters", rows=_LETTER_LIST.rows(visit.view, visit.who))


@get("/letters/{letter:str}", opt=requires(Permission.LOOK))
@in_draft_threads
def show_letter(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One letter, its languages side by side."""
    if letter not in letter_catalogue.list_letters(visit.view):
        raise NotFoundException
    found = letter_catalogue.check_letter(visit.view, letter)
    spoken = letter_languages.list_languages(visit.view, letter)
    first = found.letter.fallback if found.letter else ""
    return visit.page(
        "letter",
        name=letter,
        found=found,
        first=first,
        texts={
            language: _letter_text(visit, letter, language) for language in sorted(spoken, key=lambda one: one != first)
        },
        lagging=list_outdated_languages(visit.view, letter) if first else [],
        others=_named_languages(visit, letter_languages.list_addable_languages(visit.view, letter)),
        signatory=visit.view.settings.signatories.get(found.letter.signatory) if found.letter else None,
        helplines=visit.view.settings.helplines,
        campaigns=[
            one.name
            for one in letter_audiences.list_campaigns_sending(visit.view, letter)
            if visit.can_see(*one.audiences)
        ],
        theirs=saving.can_change_letter(visit.view, letter, visit.who),
    )


@get("/letters/new", opt=requires(Permission.WRITE), sync_to_thread=True)
def show_letter_form(visit: NamedDependency[Visit]) -> Response[Any]:
    """What has to be known of a new one, or of a copy of the one that the address names."""
    return _letter_form_page(visit, copied=_known_letter(visit, visit.asked("copy")))


@post("/letters/new", opt=requires(Permission.WRITE), status_code=200, sync_to_thread=True)
def post_letter(visit: NamedDependency[Visit]) -> Response[Any]:
    """Make it, and go to where it is written."""
    if copied := _known_letter(visit, visit.field("copy")):
        return _post_copy(visit, copied)
    helplines = tuple(one for one in visit.form.getall("helpline", []) if isinstance(one, str))
    kind, signatory, language = (visit.field(name) for name in ("kind", "signatory", "language"))
    new = NewLetter(visit.field("title"), kind, signatory, helplines, language)
    try:
        name = create_letter(visit.project, new, visit.actor(Permission.WRITE))
    except LetterImpossibleError as error:
        return _letter_form_page(visit, 422, error)
    return visit.redirect_to("letters", name, language, "edit", said="letter-made")


ROUTES = (show_letters, show_letter, show_letter_form, post_letter)


def _known_letter(visit: Visit, name: str) -> str:
    """The name of a letter that is there; "" where it is not."""
    return name if name in letter_catalogue.list_letters(visit.view) else ""


def _post_copy(visit: Visit, copied: str) -> Response[Any]:
    """Make it of another one's words."""
    try:
        name = copy_letter(visit.project, copied, visit.field("title"), visit.actor(Permission.WRITE))
    except (LetterImpossibleError, ProblemsFoundError) as error:
        return _letter_form_page(visit, 422, error, copied)
    first = letter_texts.get_first_language(visit.view, name)
    return visit.redirect_to("letters", name, *((first, "edit") if first else ()), said="letter-copied")


def _letter_form_page(
    visit: Visit, status: int = 200, error: BroadcasterError | None = None, copied: str = ""
) -> Response[Any]:
    settings = visit.view.settings
    return visit.page(
        "letter-new",
        status,
        error=error,
        copied=copied,
        kinds=LETTER_KINDS,
        longest=LONGEST_TITLE,
        signatories=settings.signatories,
        helplines=settings.helplines,
        spoken=_named_languages(visit, languages_with_frame_texts(visit.view.templates)),
        typed=visit.field,
        ticked=visit.form.getall("helpline", []),
    )


def _named_languages(visit: Visit, tags: list[str]) -> list[tuple[str, str]]:
    """Languages with what they are called, in that order."""
    return sorted(((tag, visit.locale.language_name(tag)) for tag in tags), key=lambda one: one[1])


def _letter_text(visit: Visit, letter: str, language: str) -> str | None:
    """What it says, or None where the file cannot be read: why stands among the letter's problems."""
    try:
        return saving.current_version(visit.view, letter, language).text
    except ProblemsFoundError:
        return None
