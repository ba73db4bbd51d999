"""Broadcasts: how far each has come, and what can be done about it."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.services import again, confirm, control, letterbook, status
from broadcaster.services.confirm import NameMismatchError
from broadcaster.services.people import Deed
from broadcaster.services.progress import count
from broadcaster.services.status import Standing
from broadcaster.services.timeline import timeline
from broadcaster.web.desk.live import shown
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit


@get("/broadcasts", opt=needs(Deed.LOOK), sync_to_thread=True)
def broadcasts(visit: NamedDependency[Visit]) -> Response[Any]:
    """The newest ones that are theirs to see."""
    return visit.page("broadcasts", rows=mine(visit, 50), count=count)


@get("/broadcasts/{broadcast_id:str}", opt=needs(Deed.LOOK), sync_to_thread=True)
def broadcast(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One of them: where it stands, and what to do next."""
    found = visit.broadcast(broadcast_id)
    return visit.page(
        "broadcast",
        told=timeline(visit.view, found),
        audiences=status.audiences_of(visit.view, found),
        letter=letterbook.sent_with(visit.view, found),
        letters=letterbook.names(visit.view),
        **shown(visit, found),
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
    return visit.page("broadcast-cancel", at=status.standing(visit.view, found), error=None)


@post("/broadcasts/{broadcast_id:str}/cancel", opt=needs(Deed.CONTROL), sync_to_thread=True)
def cancel(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """End it for good, when its name was typed."""
    found = visit.broadcast(broadcast_id)
    try:
        confirm.name(visit.field("name"), found.campaign)
    except NameMismatchError as error:
        return visit.page("broadcast-cancel", 422, at=status.standing(visit.view, found), error=error)
    control.cancel(visit.project, found, visit.actor(Deed.CONTROL))
    return visit.go("broadcasts", found.id, said="cancelled")


@get("/broadcasts/{broadcast_id:str}/again", opt=needs(Deed.SETTLE), sync_to_thread=True)
def turned_down(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What was turned down, why, and which of it a second try may bring through."""
    found = visit.broadcast(broadcast_id)
    refusals = again.refusals(visit.view, found)
    count = sum(one.count for one in refusals if one.passing)
    return visit.page("broadcast-again", broadcast=found, refusals=refusals, count=count)


@post("/broadcasts/{broadcast_id:str}/again", opt=needs(Deed.SETTLE), sync_to_thread=True)
def send_again(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Send those once more."""
    found = visit.broadcast(broadcast_id)
    queued = again.send(visit.project, found, visit.actor(Deed.SETTLE))
    return visit.go("broadcasts", found.id, said="queued-again" if queued else "none-again")


ROUTES = (broadcasts, broadcast, pause, resume, cancelling, cancel, turned_down, send_again)


def mine(visit: Visit, limit: int) -> list[Standing]:
    """Where the newest broadcasts stand that are theirs to see."""
    found = status.standings(visit.view, limit)
    return [one for one in found if visit.sees(*status.audiences_of(visit.view, one.broadcast))]
