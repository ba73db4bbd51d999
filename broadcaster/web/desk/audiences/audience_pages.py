"""Audiences: who they are in numbers, and who of them gets nothing and why."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain import paging
from broadcaster.services.access.permissions import Permission
from broadcaster.services.rosters import audiences, count_cache, deleting, excluded_rows, roster_upload
from broadcaster.services.rosters.creating import list_creatable_audiences
from broadcaster.services.rosters.import_report import ImportReport
from broadcaster.services.rosters.roster_upload import UploadSender
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires

_COUNTS = count_cache.SHARED_COUNTS


@get("/audiences", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_audiences(visit: NamedDependency[Visit]) -> Response[Any]:
    """Those that are theirs to see, each with the counts that are at hand."""
    project = visit.view
    mine = [name for name in audiences.list_audiences(project) if visit.can_see(name)]
    rows = [(count_cache.describe_audience(project, name), _COUNTS.at_hand(project, name)) for name in mine]
    may_make = visit.has_permission("keep_audience") and list_creatable_audiences(project, visit.who) != ()
    return visit.page("audiences", rows=rows, may_make=may_make)


@get("/audiences/{name:str}", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_audience(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One of them."""
    return visit.page("audience", **audience_page_values(visit, visit.audience(name)))


@get("/audiences/{name:str}/counts", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_counts(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The counts of a roster so large that its page does not wait for them; whoever has no scripts gets that page."""
    visit.audience(name)
    if not visit.live:
        return visit.redirect_to("audiences", name, count="now")
    whole = visit.asked("part") == "whole"
    return visit.page("audience-counts", name=name, look=_COUNTS.of(visit.view, name), whole=whole)


@get("/audiences/{name:str}/left-out", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_left_out(name: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """How many get nothing, by reason, and what to do about it."""
    look = _COUNTS.of(visit.view, visit.audience(name))
    described = count_cache.describe_audience(visit.view, name)
    return visit.page("left-out", one=described, counts=excluded_rows.count_excluded(look))


@get("/audiences/{name:str}/left-out/{reason:str}", opt=requires(Permission.SEE_PEOPLE), sync_to_thread=True)
def show_left_out_rows(name: FromPath[str], reason: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The rows with one reason, by the page."""
    visit.audience(name)
    if reason not in excluded_rows.AUDIENCE_EXCLUSIONS:
        raise NotFoundException
    look = _COUNTS.of(visit.view, name)
    page = excluded_rows.list_excluded(visit.view, look, reason, paging.parse_page_number(visit.asked("page")))
    described = count_cache.describe_audience(visit.view, name)
    return visit.page("left-out-rows", one=described, reason=reason, page=page, whole=len(look.rows.get(reason, ())))


ROUTES = (show_audiences, show_audience, show_counts, show_left_out, show_left_out_rows)


def audience_page_values(visit: Visit, name: str) -> dict[str, Any]:
    """What the page of an audience shows, whatever was done on it."""
    project = visit.view
    at_hand = _COUNTS.of if visit.asked("count") == "now" else _COUNTS.at_hand
    look = at_hand(project, name)
    return {
        "one": count_cache.describe_audience(project, name),
        "look": look,
        "deletable": look is not None and not look.usable and deleting.is_deletable(project, name),
        "used": [
            one.name
            for one in project.settings.campaigns.values()
            if name in one.audiences and visit.can_see(*one.audiences)
        ],
        "report": _reading_report(visit, name),
        "refused": None,
        "done": None,
    }


def upload_sender(visit: Visit, name: str) -> UploadSender:
    """They, sending a file for this audience. Raises NotAllowedError."""
    # The token of its forms is made of the session's secret, and says nothing about it.
    return UploadSender(visit.actor(Permission.KEEP_AUDIENCE, name), visit.csrf)


def _reading_report(visit: Visit, name: str) -> ImportReport | None:
    """How the list was read that they just took in."""
    token = visit.asked("report")
    if not token or not visit.has_permission("keep_audience"):
        return None
    return roster_upload.find_import_report(visit.view, name, token, upload_sender(visit, name))
