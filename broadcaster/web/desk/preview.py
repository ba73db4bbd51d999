"""One message as one person would get it, in every shape it can take; by the same compiled letter that is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.audiences import Recipient
from broadcaster.domain.errors import BroadcasterError
from broadcaster.letters.sms import count, forcing, most_segments, plainer
from broadcaster.services.access.permissions import Deed
from broadcaster.services.previewing.extreme_cases import LOOKED_AT, edges
from broadcaster.services.previewing.preview import highlight, preview
from broadcaster.services.previewing.preview_cache import Opened, Shelf
from broadcaster.services.previewing.printed_notice import notice_of, printed, printing_obstacle
from broadcaster.services.writing import letter_catalogue
from broadcaster.web.desk.drafting import drafting
from broadcaster.web.desk.email_frame import framed
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit

SHAPES = ("email", "text", "sms", "notice", "raw")

_SHELF = Shelf()


@dataclass(frozen=True, slots=True)
class Asked:
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
class Look:
    """A letter, opened, and whose message is looked at."""

    asked: Asked
    opened: Opened
    person: Recipient

    @property
    def language(self) -> str | None:
        """The language that was asked for; None for the person's own."""
        return self.asked.language or None

    @property
    def spoken(self) -> str:
        """The language that is shown."""
        return self.asked.language or self.opened.prospects.letter.language_for(self.person.language)


def look_at(visit: Visit, letter: str, given: Callable[[str], str]) -> Look:
    """What is asked for in these fields, as far as it is there and theirs to see.

    Those who may not see who is written to look at nobody real.
    """
    if letter not in letter_catalogue.names(visit.view):
        raise NotFoundException
    campaign = given("campaign")
    if campaign:
        visit.campaign(campaign)
    row = given("row")[:9]
    asked = Asked(
        letter,
        _audience(visit, letter, given("audience")),
        campaign,
        int(row) if row.isdecimal() else 0,
        given("language"),
        given("shape") if given("shape") in SHAPES else SHAPES[0],
        bool(given("marked")),
    )
    opened = _SHELF.open(visit.view, letter, asked.audience, campaign)
    if opened.roll is None or not visit.may("see_people"):
        return Look(asked, opened, opened.invented(asked.language or None))
    return Look(asked, opened, opened.roll.row(asked.row))


@get("/letters/{letter:str}/preview", opt=needs(Deed.LOOK))
@drafting
def show(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The message, in the shape that was asked for."""
    look = look_at(visit, letter, visit.asked)
    asked, person, prospects = look.asked, look.person, look.opened.prospects
    if asked.shape == "raw" and not visit.may("see_people"):
        raise NotFoundException
    before, behind = look.opened.roll.neighbours(person.row) if look.opened.roll and person.row else (None, None)
    values: dict[str, Any] = {"shown": None, "marks": None, "trouble": None, "forced": (), "plain": None}
    try:
        values |= _notice(look) if asked.shape == "notice" else _message(look)
    except BroadcasterError as error:
        values["trouble"] = error
    return visit.page(
        "preview",
        asked=asked,
        language=look.spoken,
        person=person,
        before=before,
        behind=behind,
        letter=prospects.letter,
        price=visit.view.settings.prices.sms_segment,
        audiences=[name for name in letter_catalogue.audience_names(visit.view) if visit.sees(name)],
        **values,
    )


def _message(look: Look) -> dict[str, Any]:
    """This person's message, for the page."""
    whose = (look.opened.prospects, look.person, look.language)
    shown = preview(*whose)
    values: dict[str, Any] = {"shown": shown, "marks": highlight(*whose) if look.asked.marked else None}
    if shown.sms:
        values |= {"forced": forcing(shown.sms.body), "plain": count(plainer(shown.sms.body))}
        values["most"] = most_segments(shown.sms)
    return values


def _notice(look: Look) -> dict[str, Any]:
    """The notice, for the page: whether it can be made, and printed here."""
    notice_of(look.opened.prospects, look.spoken)
    return {"obstacle": printing_obstacle()}


@get("/letters/{letter:str}/preview/frame", opt=needs(Deed.LOOK))
@drafting
def frame(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The email or the notice itself, for the frames of that page: nothing in it runs, loads or leads anywhere."""
    look = look_at(visit, letter, visit.asked)
    whose = (look.opened.prospects, look.person, look.language)
    if look.asked.shape == "notice":
        page: str | None = notice_of(look.opened.prospects, look.spoken)
    else:
        page = highlight(*whose).page if look.asked.marked else preview(*whose).page
    if page is None:
        raise NotFoundException
    return framed(page, dark=visit.asked("light") == "dark")


@get("/letters/{letter:str}/preview/notice", opt=needs(Deed.LOOK))
@drafting
def notice(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The notice, to print."""
    look = look_at(visit, letter, visit.asked)
    pdf = printed(look.opened.prospects, look.spoken)
    name = f"{letter}-{look.spoken}.pdf"
    named = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(pdf, media_type="application/pdf", headers=named)


@get("/letters/{letter:str}/preview/edges", opt=needs(Deed.SEE_PEOPLE))
@drafting
def extremes(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Those of the audience whose message is most likely to look wrong."""
    look = look_at(visit, letter, visit.asked)
    return visit.page(
        "preview-edges",
        asked=look.asked,
        letter=look.opened.prospects.letter,
        edges=edges(look.opened),
        most=LOOKED_AT,
    )


ROUTES = (show, frame, notice, extremes)


def _audience(visit: Visit, letter: str, wanted: str) -> str:
    """The audience that was asked for, or the first of theirs that gets this letter; "" when there is none."""
    if wanted:
        return visit.audience(wanted)
    theirs = (name for name in letter_catalogue.audiences_of(visit.view, letter) if visit.sees(name))
    return next(theirs, "")
