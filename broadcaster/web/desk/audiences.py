"""Audiences: who they are in numbers, and who of them gets nothing and why."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain import paging
from broadcaster.services.access.permissions import Deed
from broadcaster.services.rosters import count_cache, excluded_rows, list_upload
from broadcaster.services.rosters.creating import makeable
from broadcaster.services.rosters.list_report import ListReport
from broadcaster.services.rosters.list_upload import Sender
from broadcaster.services.writing import letter_catalogue
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit

_TALLIES = count_cache.Tallies()


@get("/audiences", opt=needs(Deed.LOOK), sync_to_thread=True)
def audiences(visit: NamedDependency[Visit]) -> Response[Any]:
    """Those that are theirs to see, each with the counts that are at hand."""
    project = visit.view
    mine = [name for name in letter_catalogue.audience_names(project) if visit.sees(name)]
    rows = [(count_cache.describe(project, name), _TALLIES.at_hand(project, name)) for name in mine]
    may_make = visit.may("keep_audience") and makeable(project, visit.who) != ()
    return visit.page("audiences", rows=rows, may_make=may_make)


@get("/audiences/{name:str}", opt=needs(Deed.LOOK), sync_to_thread=True)
def audience(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One of them."""
    return visit.page("audience", **shown(visit, visit.audience(name)))


@get("/audiences/{name:str}/counts", opt=needs(Deed.LOOK), sync_to_thread=True)
def counts(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The counts of a roster so large that its page does not wait for them; whoever has no scripts gets that page."""
    visit.audience(name)
    if not visit.live:
        return visit.go("audiences", name, count="now")
    whole = visit.asked("part") == "whole"
    return visit.page("audience-counts", name=name, look=_TALLIES.of(visit.view, name), whole=whole)


@get("/audiences/{name:str}/left-out", opt=needs(Deed.LOOK), sync_to_thread=True)
def left_out(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """How many get nothing, by reason, and what to do about it."""
    look = _TALLIES.of(visit.view, visit.audience(name))
    described = count_cache.describe(visit.view, name)
    return visit.page("left-out", one=described, counts=excluded_rows.counts(look))


@get("/audiences/{name:str}/left-out/{reason:str}", opt=needs(Deed.SEE_PEOPLE), sync_to_thread=True)
def left_out_rows(name: FromPath[str], reason: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The rows with one reason, by the page."""
    visit.audience(name)
    if reason not in excluded_rows.REASONS:
        raise NotFoundException
    look = _TALLIES.of(visit.view, name)
    page = excluded_rows.page(visit.view, look, reason, paging.number(visit.asked("page")))
    described = count_cache.describe(visit.view, name)
    return visit.page("left-out-rows", one=described, reason=reason, page=page, whole=len(look.rows.get(reason, ())))


ROUTES = (audiences, audience, counts, left_out, left_out_rows)


def shown(visit: Visit, name: str) -> dict[str, Any]:
    """What the page of an audience shows, whatever was done on it."""
    project = visit.view
    at_hand = _TALLIES.of if visit.asked("count") == "now" else _TALLIES.at_hand
    return {
        "one": count_cache.describe(project, name),
        "look": at_hand(project, name),
        "used": [
            one.name
            for one in project.settings.campaigns.values()
            if name in one.audiences and visit.sees(*one.audiences)
        ],
        "report": _report(visit, name),
        "refused": None,
        "done": None,
    }


def sender(visit: Visit, name: str) -> Sender:
    """They, sending a file for this audience. Raises NotAllowedError."""
    # The token of its forms is made of the session's secret, and says nothing about it.
    return Sender(visit.actor(Deed.KEEP_AUDIENCE, name), visit.csrf)


def _report(visit: Visit, name: str) -> ListReport | None:
    """How the list was read that they just took in."""
    token = visit.asked("report")
    if not token or not visit.may("keep_audience"):
        return None
    return list_upload.report(visit.view, name, token, sender(visit, name))
