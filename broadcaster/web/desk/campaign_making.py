"""Making a campaign: letter, audience, channel, when. Each step's answers stand in the address of the next one, and
nothing is written before the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.errors import BroadcasterError
from broadcaster.services import letterbook
from broadcaster.services.declare import CHANNELS, WEEKDAYS, NewCampaign, Weekly, declare, move, take_out
from broadcaster.services.people import Deed
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit, wall_of


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen so far; "" and () where nothing was."""

    letter: str = ""
    audiences: tuple[str, ...] = ()
    channel: str = ""

    @property
    def step(self) -> int:
        """The step that comes next, from 1."""
        answers = (self.letter, self.audiences, self.channel)
        return next((n for n, answer in enumerate(answers, 1) if not answer), 4)


@get("/campaigns/new", opt=needs(Deed.PLAN), sync_to_thread=True)
def step(visit: NamedDependency[Visit]) -> Response[Any]:
    """The first step that has no answer yet."""
    fields = visit.request.query_params
    chosen = _chosen(visit, visit.asked("letter"), fields.getall("audience", []), visit.asked("channel"))
    return _page(visit, chosen)


@post("/campaigns/new", opt=needs(Deed.PLAN), status_code=200, sync_to_thread=True)
def made(visit: NamedDependency[Visit]) -> Response[Any]:
    """Write it into config.yaml, and go to its review."""
    audiences = [one for one in visit.form.getall("audience", []) if isinstance(one, str)]
    chosen = _chosen(visit, visit.field("letter"), audiences, visit.field("channel"))
    when, wrong = _when(visit)
    if chosen.step < 4 or when is None:
        return _page(visit, chosen, 422, wrong=wrong)
    by = visit.actor(Deed.PLAN, *chosen.audiences)
    new = NewCampaign(visit.field("title"), chosen.letter, chosen.audiences, chosen.channel, when)
    try:
        name = declare(visit.project, new, by)
    except BroadcasterError as error:
        return _page(visit, chosen, 422, error=error)
    return visit.go("campaigns", name, said="made")


@get("/campaigns/{name:str}/change", opt=needs(Deed.PLAN), sync_to_thread=True)
def changing(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Another time, or none."""
    return visit.page("campaign-change", campaign=visit.campaign(name), error=None, wrong="")


@post("/campaigns/{name:str}/change", opt=needs(Deed.PLAN), status_code=200, sync_to_thread=True)
def changed(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Move it."""
    campaign = visit.campaign(name)
    by, when = visit.actor(Deed.PLAN, *campaign.audiences), wall_of(visit.field("when"))
    if campaign.when is None:
        raise NotFoundException
    if when is None:
        return visit.page("campaign-change", 422, campaign=campaign, error=None, wrong="day-and-time")
    try:
        move(visit.project, campaign, when, by)
    except BroadcasterError as error:
        return visit.page("campaign-change", 422, campaign=campaign, error=error, wrong="")
    return visit.go("campaigns", name, said="moved")


@post("/campaigns/{name:str}/remove", opt=needs(Deed.PLAN), sync_to_thread=True)
def removed(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Take it out of config.yaml."""
    campaign = visit.campaign(name)
    take_out(visit.project, campaign, visit.actor(Deed.PLAN, *campaign.audiences))
    return visit.go("campaigns", said="removed")


ROUTES = (step, made, changing, changed, removed)


def _chosen(visit: Visit, letter: str, audiences: Sequence[str], channel: str) -> Chosen:
    """The answers that can be: anything else is asked once more."""
    theirs = _audiences(visit)
    return Chosen(
        letter if letter in letterbook.names(visit.project) else "",
        tuple(dict.fromkeys(one for one in audiences if one in theirs)),
        channel if channel in CHANNELS else "",
    )


def _audiences(visit: Visit) -> list[str]:
    return [one for one in letterbook.audience_names(visit.project) if visit.sees(one)]


def _when(visit: Visit) -> tuple[datetime | Weekly | None, str]:
    """The time that was chosen, or which of the fields is wrong."""
    if visit.field("repeat") != "weekly":
        when = wall_of(visit.field("when"))
        return when, "" if when else "when"
    try:
        at, until = time.fromisoformat(visit.field("at")), date.fromisoformat(visit.field("until"))
    except ValueError:
        return None, "weekly"
    return Weekly(visit.field("day"), at, until), ""


def _page(
    visit: Visit, chosen: Chosen, status: int = 200, wrong: str = "", error: BroadcasterError | None = None
) -> Response[Any]:
    empty = Chosen()
    earlier = (
        empty,
        replace(empty, letter=chosen.letter),
        replace(empty, letter=chosen.letter, audiences=chosen.audiences),
    )
    return visit.page(
        "campaign-new",
        status,
        chosen=chosen,
        letters=letterbook.names(visit.project),
        audiences=_audiences(visit),
        channels=CHANNELS,
        weekdays=WEEKDAYS,
        back=[_address(visit, one) for one in earlier],
        typed=visit.field,
        wrong=wrong,
        error=error,
    )


def _address(visit: Visit, chosen: Chosen) -> str:
    """The page of the step after these answers."""
    answers = [("letter", chosen.letter)] if chosen.letter else []
    answers += [("audience", one) for one in chosen.audiences]
    return visit.url("campaigns", "new") + (f"?{urlencode(answers)}" if answers else "")
