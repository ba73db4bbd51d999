"""One message as one person would get it, in every shape it can take; by the same compiled letter that is sent."""

from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.audiences import Recipient
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.receipts import Outcome
from broadcaster.letters.sms import forcing
from broadcaster.providers.reasons import explain
from broadcaster.services import letterbook
from broadcaster.services.looking import Opened, Shelf
from broadcaster.services.people import Deed
from broadcaster.services.preview import NobodyFoundError, find, preview, send_trial, trial
from broadcaster.web.desk.frames import framed
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit

SHAPES = ("email", "text", "sms", "raw")

_SHELF = Shelf()


class NotSentError(BroadcasterError):
    """The provider did not take a test."""

    code = "test-not-sent"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to look at."""

    letter: str
    audience: str
    campaign: str
    row: int
    language: str | None

    def fields(self, **others: str) -> dict[str, str]:
        """The fields of an address that leads here, with others in place of these."""
        kept = {"audience": self.audience, "campaign": self.campaign, "language": self.language or ""}
        kept["row"] = str(self.row) if self.row else ""
        return {name: value for name, value in (kept | others).items() if value}


@get("/letters/{letter:str}/preview", opt=needs(Deed.LOOK), sync_to_thread=True)
def show(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The message, in the shape that was asked for."""
    asked = _asked(visit, letter)
    opened = _SHELF.open(visit.project, letter, asked.audience, asked.campaign)
    shape = visit.asked("shape") if visit.asked("shape") in SHAPES else "email"
    person = _person(visit, opened, asked)
    before, behind = opened.neighbours(person.row) if person.row else (None, None)
    values: dict[str, Any] = {"shown": None, "trouble": None, "forced": ()}
    try:
        values["shown"] = shown = preview(opened.prospects, person, asked.language)
        values["forced"] = forcing(shown.sms.body) if shown.sms else ()
    except BroadcasterError as error:
        values["trouble"] = error
    if shape == "raw" and not visit.may("see_people"):
        raise NotFoundException
    return visit.page(
        "preview",
        asked=asked,
        shape=shape,
        person=person,
        before=before,
        behind=behind,
        letter=opened.prospects.letter,
        audiences=[name for name in letterbook.audience_names(visit.project) if visit.sees(name)],
        **values,
    )


@get("/letters/{letter:str}/preview/frame", opt=needs(Deed.LOOK), sync_to_thread=True)
def frame(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The email itself, for the frames of that page: nothing in it runs, loads or leads anywhere."""
    asked = _asked(visit, letter)
    opened = _SHELF.open(visit.project, letter, asked.audience, asked.campaign)
    shown = preview(opened.prospects, _person(visit, opened, asked), asked.language)
    if shown.page is None:
        raise NotFoundException
    return framed(shown.page, dark=visit.asked("light") == "dark")


@post("/letters/{letter:str}/preview/find", opt=needs(Deed.SEE_PEOPLE), sync_to_thread=True)
def look_up(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Whoever has this address, or is called like that. It comes in a form: names do not belong into links."""
    asked = _asked(visit, letter, visit.field("audience"))
    opened = _SHELF.open(visit.project, letter, asked.audience, asked.campaign)
    words = visit.field("who")
    try:
        found = [find(opened.prospects, words)]
    except NobodyFoundError:
        found = opened.named(words)
        if not found:
            raise
    if len(found) == 1:
        return visit.go("letters", letter, "preview", **asked.fields(row=str(found[0].row)))
    return visit.page("preview-found", asked=asked, found=found)


@post("/letters/{letter:str}/preview/test", opt=needs(Deed.TEST), sync_to_thread=True)
def test(letter: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Send this very email to oneself, marked as a test."""
    asked = _asked(visit, letter, visit.field("audience"))
    opened = _SHELF.open(visit.project, letter, asked.audience, asked.campaign)
    by = visit.actor(Deed.TEST)
    person = opened.row(int(visit.field("row") or 0)) if asked.audience else opened.invented()
    language = visit.field("language") or None
    receipt = send_trial(visit.project, trial(opened.prospects, person, visit.field("to"), language))
    letterbook.note_test(visit.project, letter, by)
    if receipt.outcome is not Outcome.ACCEPTED:
        why = explain(receipt.code)
        raise NotSentError(f"The test was not sent. {why.why}", remedy=why.remedy)
    again = asked.fields(row=str(person.row) if person.row else "", language=language or "")
    return visit.go("letters", letter, "preview", said="tested", **again)


ROUTES = (show, frame, look_up, test)


def _asked(visit: Visit, letter: str, audience: str | None = None) -> Asked:
    """What is asked for, as far as it is there and theirs to see."""
    if letter not in letterbook.names(visit.project):
        raise NotFoundException
    wanted = visit.asked("audience") if audience is None else audience
    if wanted:
        visit.audience(wanted)
    else:
        theirs = [name for name in letterbook.audiences_of(visit.project, letter) if visit.sees(name)]
        wanted = theirs[0] if theirs else ""
    campaign = visit.asked("campaign")
    if campaign:
        visit.campaign(campaign)
    row = visit.asked("row")
    return Asked(letter, wanted, campaign, int(row[:9]) if row.isdecimal() else 0, visit.asked("language") or None)


def _person(visit: Visit, opened: Opened, asked: Asked) -> Recipient:
    """Whose message it is: nobody real for those who may not see who is written to."""
    if not visit.may("see_people") or not opened.audience:
        return opened.invented(asked.language)
    return opened.row(asked.row)
