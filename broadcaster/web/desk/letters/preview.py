"""One message as one person would get it, in every shape it can take; by the same compiled letter that is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.audiences.model.recipient import Recipient
from broadcaster.domain.errors import BroadcasterError
from broadcaster.letters.text.sms_encoding import (
    characters_forcing_ucs2,
    count_segments,
    most_segments,
    replace_forcing_characters,
)
from broadcaster.services.access.permissions import Permission
from broadcaster.services.previewing.extreme_cases import MAX_ROWS, find_extreme_cases
from broadcaster.services.previewing.preview import highlight, make_preview
from broadcaster.services.previewing.preview_cache import OpenedLetter, PreviewCache
from broadcaster.services.previewing.printed_notice import notice_html, printing_obstacle, render_notice
from broadcaster.services.rosters import audiences
from broadcaster.services.writing import letter_audiences, letter_catalogue
from broadcaster.web.desk.rendering.email_frame import email_frame_answer
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.draft_threads import in_draft_threads
from broadcaster.web.desk.routing.route_permissions import requires

SHAPES = ("email", "text", "sms", "notice", "raw")

_OPENED_LETTERS = PreviewCache()


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """What somebody wants to look at. `marked` shows what comes from the person's row."""

    letter: str
    audience: str
    campaign: str
    row: int
    language: str
    shape: str
    marked: bool

    def fields(self, **others: str) -> dict[str, str]:
        """The fields of an address that leads here, with others in place of these."""
        kept = {"audience": self.audience, "campaign": self.campaign, "language": self.language}
        kept["row"] = str(self.row) if self.row else ""
        kept["shape"] = self.shape if self.shape != SHAPES[0] else ""
        kept["marked"] = "yes" if self.marked else ""
        return {name: value for name, value in (kept | others).items() if value}


@dataclass(frozen=True, slots=True)
class DeskPreview:
    """A letter, opened, and whose message is looked at."""

    asked: PreviewRequest
    opened: OpenedLetter
    person: Recipient

    @property
    def language(self) -> str | None:
        """The language that was asked for; None for the person's own."""
        return self.asked.language or None

    @property
    def spoken(self) -> str:
        """The language that is shown."""
        return self.asked.language or self.opened.messages.letter.language_for(self.person.language)


def requested_preview(visit: Visit, letter: str, given: Callable[[str], str]) -> DeskPreview:
    """What is asked for in these fields, as far as it is there and theirs to see.

    Those who may not see who is written to look at nobody real.
    """
    if letter not in letter_catalogue.list_letters(visit.view):
        raise NotFoundException
    campaign = given("campaign")
    if campaign:
        visit.campaign(campaign)
    row = given("row")[:9]
    asked = PreviewRequest(
        letter,
        _audience_of_preview(visit, letter, given("audience")),
        campaign,
        int(row) if row.isdecimal() else 0,
        given("language"),
        given("shape") if given("shape") in SHAPES else SHAPES[0],
        bool(given("marked")),
    )
    opened = _OPENED_LETTERS.open(visit.view, letter, asked.audience, campaign)
    if opened.rows is None or not visit.has_permission("see_people"):
        return DeskPreview(asked, opened, opened.invented(asked.language or None))
    return DeskPreview(asked, opened, opened.rows.row(asked.row))


@get("/letters/{letter:str}/preview", opt=requires(Permission.LOOK))
@in_draft_threads
def show_preview(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The message, in the shape that was asked for."""
    look = requested_preview(visit, letter, visit.asked)
    if look.asked.shape == "raw" and not visit.has_permission("see_people"):
        raise NotFoundException
    return preview_page(visit, look)


def preview_page(visit: Visit, look: DeskPreview, refused: BroadcasterError | None = None) -> Response[Any]:
    """The page; `refused` is why something that was done on it was not."""
    asked, person, messages = look.asked, look.person, look.opened.messages
    before, behind = look.opened.rows.rows_around(person.row) if look.opened.rows and person.row else (None, None)
    values: dict[str, Any] = {"shown": None, "marks": None, "trouble": None, "forced": (), "plain": None}
    try:
        values |= _notice_values(look) if asked.shape == "notice" else _message_values(look)
    except BroadcasterError as error:
        values["trouble"] = error
    return visit.page(
        "preview",
        422 if refused else 200,
        asked=asked,
        refused=refused,
        language=look.spoken,
        person=person,
        before=before,
        behind=behind,
        letter=messages.letter,
        price=visit.view.settings.prices.sms_segment,
        audiences=[name for name in audiences.list_audiences(visit.view) if visit.can_see(name)],
        **values,
    )


def _message_values(look: DeskPreview) -> dict[str, Any]:
    """This person's message, for the page."""
    whose = (look.opened.messages, look.person, look.language)
    shown = make_preview(*whose)
    values: dict[str, Any] = {"shown": shown, "marks": highlight(*whose) if look.asked.marked else None}
    if shown.sms:
        values |= {
            "forced": characters_forcing_ucs2(shown.sms.body),
            "plain": count_segments(replace_forcing_characters(shown.sms.body)),
        }
        values["most"] = most_segments(shown.sms)
    return values


def _notice_values(look: DeskPreview) -> dict[str, Any]:
    """The notice, for the page: whether it can be made, and printed here."""
    notice_html(look.opened.messages, look.spoken)
    return {"obstacle": printing_obstacle()}


@get("/letters/{letter:str}/preview/frame", opt=requires(Permission.LOOK))
@in_draft_threads
def show_preview_frame(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The email or the notice itself, for the frames of that page: nothing in it runs, loads or leads anywhere."""
    look = requested_preview(visit, letter, visit.asked)
    whose = (look.opened.messages, look.person, look.language)
    if look.asked.shape == "notice":
        page: str | None = notice_html(look.opened.messages, look.spoken)
    else:
        page = highlight(*whose).page if look.asked.marked else make_preview(*whose).page
    if page is None:
        raise NotFoundException
    return email_frame_answer(page, dark=visit.asked("light") == "dark")


@get("/letters/{letter:str}/preview/notice", opt=requires(Permission.LOOK))
@in_draft_threads
def print_notice(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The notice, to print."""
    look = requested_preview(visit, letter, visit.asked)
    pdf = render_notice(look.opened.messages, look.spoken)
    name = f"{letter}-{look.spoken}.pdf"
    named = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(pdf, media_type="application/pdf", headers=named)


@get("/letters/{letter:str}/preview/edges", opt=requires(Permission.SEE_PEOPLE))
@in_draft_threads
def show_extreme_cases(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Those of the audience whose message is most likely to look wrong."""
    look = requested_preview(visit, letter, visit.asked)
    return visit.page(
        "preview-edges",
        asked=look.asked,
        letter=look.opened.messages.letter,
        edges=find_extreme_cases(look.opened),
        most=MAX_ROWS,
    )


ROUTES = (show_preview, show_preview_frame, print_notice, show_extreme_cases)


def _audience_of_preview(visit: Visit, letter: str, wanted: str) -> str:
    """The audience that was asked for, or the first of theirs that gets this letter; "" when there is none."""
    if wanted:
        return visit.audience(wanted)
    theirs = (name for name in letter_audiences.list_audiences_by_use(visit.view, letter) if visit.can_see(name))
    return next(theirs, "")
