"""The editor: a letter's text in one language, looked at while it is typed, saved as the file it is."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.domain.text.difference import compare_texts
from broadcaster.services.access.permissions import Permission
from broadcaster.services.previewing import draft_preview
from broadcaster.services.previewing.draft_preview import DraftPages, DraftPreview
from broadcaster.services.writing import letter_texts, saving
from broadcaster.services.writing.insert_menu import list_insertions
from broadcaster.services.writing.outdated_translations import find_outdated_translation
from broadcaster.services.writing.saving import (
    ChangedMeanwhileError,
    LetterVersion,
    NoSuchLetterError,
    NoSuchRevisionError,
    TextRefusedError,
)
from broadcaster.web.desk.rendering.email_frame import email_frame_answer
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.draft_threads import in_draft_threads, newest_in_draft_threads
from broadcaster.web.desk.routing.route_permissions import requires

_DRAFT_PAGES = DraftPages()


@get("/letters/{letter:str}/{language:str}/edit", opt=requires(Permission.WRITE))
@in_draft_threads
def show_editor(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The text as it stands, or as it once stood (`revision_text`), to be changed."""
    here, wanted = current_version(visit, letter, language), visit.asked("revision")
    text = here.text or letter_texts.make_text_to_translate(visit.view, letter, language)
    if wanted:
        text = revision_text(visit, (letter, language), wanted)
    return _editor_page(visit, (letter, language), text, here.digest)


@post("/letters/{letter:str}/{language:str}/edit", opt=requires(Permission.WRITE))
@in_draft_threads
def post_text(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Save it; or, where that is what was pressed, only look at it."""
    text, digest = str(visit.form.get("text", "")), visit.field("digest")
    here = current_version(visit, letter, language)
    saving.require_can_change_letter(visit.view, letter, visit.who)
    if visit.field("do") == "look":
        return _editor_page(visit, (letter, language), text, digest)
    by = visit.actor(Permission.WRITE)
    try:
        saving.save_letter(visit.project, (letter, language), text, digest, by)
    except TextRefusedError as error:
        return _editor_page(visit, (letter, language), text, digest, refused=error)
    except ChangedMeanwhileError as error:
        return conflict_page(visit, (letter, language), (text, here), error)
    return visit.redirect_to("letters", letter, said="saved", saved=language)


@post("/letters/{letter:str}/{language:str}/try", opt=requires(Permission.WRITE), status_code=200)
@newest_in_draft_threads
def show_draft(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What is wrong with a text and how it would look, while it is typed."""
    current_version(visit, letter, language)
    saving.require_can_change_letter(visit.view, letter, visit.who)
    found = draft_preview.preview_draft(visit.view, letter, language, str(visit.form.get("text", "")))
    return visit.page("letter-draft", **_draft_values(visit, (letter, language), found))


@get("/letters/{letter:str}/{language:str}/frame", opt=requires(Permission.WRITE), sync_to_thread=True)
def show_draft_frame(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The email made of a text that is not saved, for a frame; `draft` names it."""
    current_version(visit, letter, language)
    page = _DRAFT_PAGES.get(visit.who, visit.asked("draft"))
    if page is None:
        raise NotFoundException
    return email_frame_answer(page)


ROUTES = (show_editor, post_text, show_draft, show_draft_frame)


def current_version(visit: Visit, letter: str, language: str) -> LetterVersion:
    """The file as it stands; where there is no such letter, or language of it, there is no such page."""
    try:
        return saving.current_version(visit.view, letter, language)
    except NoSuchLetterError:
        raise NotFoundException from None


def revision_text(visit: Visit, place: tuple[str, str], number: str) -> str:
    """What the text said in the revision of this number, as `current_version`."""
    try:
        return saving.find_revision(visit.view, place, int(number[:18]) if number.isdecimal() else 0).content
    except NoSuchRevisionError:
        raise NotFoundException from None


def conflict_page(
    visit: Visit, place: tuple[str, str], texts: tuple[str, LetterVersion], error: ChangedMeanwhileError
) -> Response[Any]:
    """Both versions: what was to be saved (the first of `texts`), and what somebody else has saved meanwhile."""
    letter, language = place
    mine, theirs = texts[0].replace("\r\n", "\n"), texts[1]
    return visit.page(
        "letter-conflict",
        409,
        name=letter,
        title=letter_texts.get_title(visit.view, letter),
        language=language,
        direction=writing_direction(language),
        error=error,
        text=mine,
        here=theirs,
        lines=compare_texts(theirs.text, mine),
    )


def _editor_page(
    visit: Visit, place: tuple[str, str], text: str, digest: str, refused: TextRefusedError | None = None
) -> Response[Any]:
    letter, language = place
    found = draft_preview.preview_draft(visit.view, letter, language, text)
    behind = find_outdated_translation(visit.view, letter, language)
    return visit.page(
        "letter-edit",
        422 if refused else 200,
        text=text.replace("\r\n", "\n"),
        digest=digest,
        refused=refused,
        unsaved=visit.request.method == "POST",
        theirs=saving.can_change_letter(visit.view, letter, visit.who),
        here=current_version(visit, letter, language),
        behind=behind,
        behind_direction=writing_direction(behind.first) if behind else None,
        lines=compare_texts(behind.then, behind.now) if behind and behind.then else (),
        inserts=list_insertions(visit.view, letter, language, visit.who, visit.locale.language),
        **_draft_values(visit, place, found),
    )


def _draft_values(visit: Visit, place: tuple[str, str], found: DraftPreview) -> dict[str, Any]:
    """What the page needs to show a draft; `page` names its email for the frame."""
    letter, language = place
    page = found.shown.page if found.shown else None
    return {
        "name": letter,
        "title": letter_texts.get_title(visit.view, letter),
        "language": language,
        "direction": writing_direction(language),
        "draft": found,
        "page": _DRAFT_PAGES.store(visit.who, page) if page else None,
    }
