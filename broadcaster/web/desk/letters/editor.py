"""The editor: a letter's text in one language, looked at while it is typed, saved as the file it is."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.language.language_tags import writing_direction
from broadcaster.domain.text.difference import compare_texts
from broadcaster.letters.text.sms_encoding import count_characters
from broadcaster.services.access.permissions import Permission
from broadcaster.services.previewing import draft_preview
from broadcaster.services.previewing.draft_preview import DraftPages, DraftPreview
from broadcaster.services.writing import letter_texts, saving
from broadcaster.services.writing.outdated_translations import find_outdated_translation
from broadcaster.services.writing.saving import (
    ChangedMeanwhileError,
    LetterVersion,
    NoSuchLetterError,
    NoSuchRevisionError,
    TextRefusedError,
)
from broadcaster.web.desk.letters.letter_form import LetterForm, WrittenLetter, readable
from broadcaster.web.desk.rendering.email_frame import email_frame_answer
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.draft_threads import in_draft_threads, newest_in_draft_threads
from broadcaster.web.desk.routing.route_permissions import requires

_DRAFT_PAGES = DraftPages()


@get("/letters/{letter:str}/{language:str}/edit", opt=requires(Permission.WRITE))
@in_draft_threads
def show_editor(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The text as it stands, or as it once stood (`revision_text`), to be changed."""
    place = letter, language
    here, wanted = current_version(visit, letter, language), visit.asked("revision")
    text = revision_text(visit, place, wanted) if wanted else _text_to_begin_with(visit, place, here)
    form = LetterForm(visit, place)
    return _editor_page(visit, place, (form, form.show(text)), here.digest)


@post("/letters/{letter:str}/{language:str}/edit", opt=requires(Permission.WRITE))
@in_draft_threads
def post_text(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Save it; or, where that is what was pressed, only look at it."""
    place, digest = (letter, language), visit.field("digest")
    here = current_version(visit, letter, language)
    saving.require_can_change_letter(visit.view, letter, visit.who)
    form = LetterForm(visit, place)
    written = form.read(_text_to_begin_with(visit, place, here))
    if visit.field("do") == "look":
        return _editor_page(visit, place, (form, written), digest)
    if written.refused:
        return _editor_page(visit, place, (form, written), digest)
    by = visit.actor(Permission.WRITE)
    try:
        saving.save_letter(visit.project, place, written.source, digest, by)
    except TextRefusedError as error:
        return _editor_page(visit, place, (form, written), digest, error)
    except ChangedMeanwhileError as error:
        theirs = form.readable(here.text) if written.fields else here.text
        return conflict_page(visit, place, (written, here, theirs), error)
    return visit.redirect_to("letters", letter, said="saved", saved=language)


@post("/letters/{letter:str}/{language:str}/try", opt=requires(Permission.WRITE), status_code=200)
@newest_in_draft_threads
def show_draft(letter: FromPath[str], language: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What is wrong with a text and how it would look, while it is typed."""
    place = letter, language
    here = current_version(visit, letter, language)
    saving.require_can_change_letter(visit.view, letter, visit.who)
    form = LetterForm(visit, place)
    written = form.read(_text_to_begin_with(visit, place, here))
    return visit.page("letter-draft", **_draft_values(visit, place, form, written))


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
    visit: Visit, place: tuple[str, str], texts: tuple[WrittenLetter, LetterVersion, str], error: ChangedMeanwhileError
) -> Response[Any]:
    """Both versions: what was to be saved (the first of `texts`), and what somebody else has saved meanwhile, as their
    file and as it is to be compared.
    """
    letter, language = place
    mine, here, theirs = texts
    shown = readable(mine.fields) if mine.fields else mine.source.replace("\r\n", "\n")
    return visit.page(
        "letter-conflict",
        409,
        name=letter,
        title=letter_texts.get_title(visit.view, letter),
        language=language,
        direction=writing_direction(language),
        error=error,
        text=mine.source.replace("\r\n", "\n"),
        fields=dict(mine.fields.items()) if mine.fields else None,
        here=here,
        lines=compare_texts(theirs, shown),
    )


def _text_to_begin_with(visit: Visit, place: tuple[str, str], here: LetterVersion) -> str:
    return here.text or letter_texts.make_text_to_translate(visit.view, *place)


def _editor_page(
    visit: Visit,
    place: tuple[str, str],
    edited: tuple[LetterForm, WrittenLetter],
    digest: str,
    refused: TextRefusedError | None = None,
) -> Response[Any]:
    letter, language = place
    form, written = edited
    behind = find_outdated_translation(visit.view, letter, language)
    posted = visit.request.method == "POST"
    wrong = written.refused if posted and visit.field("do") != "look" else ()
    return visit.page(
        "letter-edit",
        422 if wrong or refused else 200,
        text=written.source.replace("\r\n", "\n"),
        fields=dict(written.fields.items()) if written.fields else None,
        only=written.only,
        digest=digest,
        refused=refused,
        wrong=wrong,
        unsaved=posted,
        theirs=saving.can_change_letter(visit.view, letter, visit.who),
        here=current_version(visit, letter, language),
        behind=behind,
        behind_direction=writing_direction(behind.first) if behind else None,
        lines=compare_texts(behind.then, behind.now) if behind and behind.then else (),
        inserts=form.insertions(as_source=written.fields is None),
        **_draft_values(visit, place, form, written),
    )


def _draft_values(visit: Visit, place: tuple[str, str], form: LetterForm, written: WrittenLetter) -> dict[str, Any]:
    """What the page needs to show a draft; `page` names its email for the frame."""
    letter, language = place
    found = DraftPreview((), None)
    if not written.refused:
        found = draft_preview.preview_draft(visit.view, letter, language, written.source)
    page = found.shown.page if found.shown else None
    return {
        "name": letter,
        "title": letter_texts.get_title(visit.view, letter),
        "language": language,
        "direction": writing_direction(language),
        "in_fields": written.fields is not None,
        "draft": found,
        "findings": form.problems(written, found),
        "beside": form.source_beside(written, found),
        "counted": count_characters(found.shown.sms) if found.shown and found.shown.sms else None,
        "page": _DRAFT_PAGES.store(visit.who, page) if page else None,
    }
