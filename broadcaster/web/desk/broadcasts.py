"""Broadcasts: how far each has come, and what can be done about it."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.domain import confirmation
from broadcaster.domain.confirmation import NameMismatchError
from broadcaster.services.access.permissions import Deed
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.reporting.broadcast_status import Standing
from broadcaster.services.reporting.progress import count
from broadcaster.services.reporting.timeline import timeline
from broadcaster.services.sending import control, retry_refused
from broadcaster.services.writing import letter_catalogue
from broadcaster.web.desk.live import mark_of_news, shown
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit


@get("/broadcasts", opt=needs(Deed.LOOK), sync_to_thread=True)
def broadcasts(visit: NamedDependency[Visit]) -> Response[Any]:
    """The newest ones that are theirs to see."""
    return visit.page("broadcasts", rows=mine(visit, 50), count=count)


@get("/broadcasts/{broadcast_id:str}", opt=needs(Deed.LOOK), sync_to_thread=True)
def broadcast(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One of them: where it stands, and what to do next."""
    found = visit.broadcast(broadcast_id)
    values = shown(visit, found)
    return visit.page(
        "broadcast",
        told=timeline(visit.view, found),
        audiences=broadcast_status.audiences_of(visit.view, found),
        letter=letter_catalogue.sent_with(visit.view, found),
        letters=letter_catalogue.names(visit.view),
        heard=mark_of_news(visit, values),
        **values,
    )


@post("/broadcasts/{broadcast_id:str}/pause", opt=needs(Deed.CONTROL), sync_to_thread=True)
def pause(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Hand out no more."""
    found = visit.broadcast(broadcast_id)
    control.pause(visit.project, found, visit.actor(Deed.CONTROL))
    return visit.go("broadcasts", found.id, said="paused")


@post("/broadcasts/{broadcast_id:str}/resume", opt=needs(Deed.CONTROL), sync_to_thread=True)
def resume(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Go on."""
    found = visit.broadcast(broadcast_id)
    control.resume(visit.project, found, visit.actor(Deed.CONTROL))
    return visit.go("broadcasts", found.id, said="resumed")


@get("/broadcasts/{broadcast_id:str}/cancel", opt=needs(Deed.CONTROL), sync_to_thread=True)
def cancelling(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What it means to end it, before anybody does."""
    found = visit.broadcast(broadcast_id)
    return visit.page("broadcast-cancel", at=broadcast_status.standing(visit.view, found), error=None)


@post("/broadcasts/{broadcast_id:str}/cancel", opt=needs(Deed.CONTROL), sync_to_thread=True)
def cancel(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """End it for good, when its name was typed."""
    found = visit.broadcast(broadcast_id)
    try:
        confirmation.name(visit.field("name"), found.campaign)
    except NameMismatchError as error:
        return visit.page("broadcast-cancel", 422, at=broadcast_status.standing(visit.view, found), error=error)
    control.cancel(visit.project, found, visit.actor(Deed.CONTROL))
    return visit.go("broadcasts", found.id, said="cancelled")


@get("/broadcasts/{broadcast_id:str}/again", opt=needs(Deed.SETTLE), sync_to_thread=True)
def turned_down(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What was turned down, why, and which of it a second try may bring through."""
    found = visit.broadcast(broadcast_id)
    refusals = retry_refused.refusals(visit.view, found)
    count = sum(one.count for one in refusals if one.passing)
    return visit.page("broadcast-again", broadcast=found, refusals=refusals, count=count)


@post("/broadcasts/{broadcast_id:str}/again", opt=needs(Deed.SETTLE), sync_to_thread=True)
def send_again(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Send those once more."""
    found = visit.broadcast(broadcast_id)
    queued = retry_refused.send(visit.project, found, visit.actor(Deed.SETTLE))
    return visit.go("broadcasts", found.id, said="queued-again" if queued else "none-again")


ROUTES = (broadcasts, broadcast, pause, resume, cancelling, cancel, turned_down, send_again)


def mine(visit: Visit, limit: int) -> list[Standing]:
    """Where the newest broadcasts stand that are theirs to see."""
    found = broadcast_status.standings(visit.view, limit)
    return [one for one in found if visit.sees(*broadcast_status.audiences_of(visit.view, one.broadcast))]
