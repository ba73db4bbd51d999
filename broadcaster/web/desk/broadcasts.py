"""Broadcasts: how far each has come, live, and what can be done about it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage

from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import BroadcastState
from broadcaster.ledger.broadcasts import Broadcast
from broadcaster.services import again, control, signin, status, unsure
from broadcaster.services.people import Deed
from broadcaster.services.progress import Pace
from broadcaster.services.status import Standing
from broadcaster.services.timeline import timeline
from broadcaster.web.desk.cookies import session_cookie
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit
from broadcaster.web.workers import BusyError

LIVE_SECONDS = 120
"""How long one stream lasts; a browser then asks for the next, so that a forgotten page costs little."""

STREAMS = 50
"""Pages that may be live at a time; whoever comes then sees the page as it is when it is loaded."""

_PACE = Pace()
_open_streams = 0


class CountMismatchError(BroadcasterError):
    """The number typed is not the number of messages that would not go out."""

    code = "count-mismatch"
    default_remedy = "Read the page once more, and type the number of messages that still wait."


@get("/broadcasts", opt=needs(Deed.LOOK), sync_to_thread=True)
def broadcasts(visit: NamedDependency[Visit]) -> Response[Any]:
    """The newest ones that are theirs to see."""
    return visit.page("broadcasts", rows=mine(visit, 50))


@get("/broadcasts/{broadcast_id:str}", opt=needs(Deed.LOOK), sync_to_thread=True)
def broadcast(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One of them: where it stands, and what to do next."""
    found = visit.broadcast(broadcast_id)
    told, audiences = timeline(visit.project, found), status.audiences_of(visit.project, found)
    return visit.page("broadcast", told=told, audiences=audiences, **_shown(visit, found))


@get("/broadcasts/{broadcast_id:str}/live", opt=needs(Deed.LOOK))
async def live(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> ServerSentEvent:
    """The part of that page that changes, again whenever it has changed."""
    found = await visit.desk.workers.do(lambda: visit.broadcast(broadcast_id))
    if _open_streams >= STREAMS:
        raise BusyError
    return ServerSentEvent(_changes(visit, found))


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


@post("/broadcasts/{broadcast_id:str}/cancel", opt=needs(Deed.CONTROL), sync_to_thread=True)
def cancel(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """End it for good, when its name was typed."""
    found = visit.broadcast(broadcast_id)
    if visit.field("name") != found.campaign:
        raise CountMismatchError(
            "What you typed is not the name of the campaign, so nothing was cancelled.",
            remedy=f"To cancel it, type {found.campaign}.",
        )
    control.cancel(visit.project, found, visit.actor(Deed.CONTROL))
    return visit.go("broadcasts", found.id, said="cancelled")


@post("/broadcasts/{broadcast_id:str}/unsure", opt=needs(Deed.SETTLE), sync_to_thread=True)
def settle(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Ask the provider about those that are unsure; then hold what stays open, or send it once more."""
    found = visit.broadcast(broadcast_id)
    by = visit.actor(Deed.SETTLE)
    unsure.reconcile(visit.project, found)
    what = visit.field("what")
    if what == "hold":
        unsure.hold(visit.project, found, by)
    elif what == "resend":
        unsure.resend(visit.project, found, by)
    return visit.go("broadcasts", found.id, said="asked")


@get("/broadcasts/{broadcast_id:str}/again", opt=needs(Deed.SETTLE), sync_to_thread=True)
def turned_down(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What was turned down, why, and which of it a second try may bring through."""
    found = visit.broadcast(broadcast_id)
    refusals = again.refusals(visit.project, found)
    count = sum(one.count for one in refusals if one.passing)
    return visit.page("broadcast-again", broadcast=found, refusals=refusals, count=count)


@post("/broadcasts/{broadcast_id:str}/again", opt=needs(Deed.SETTLE), sync_to_thread=True)
def send_again(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Send those once more."""
    found = visit.broadcast(broadcast_id)
    queued = again.send(visit.project, found, visit.actor(Deed.SETTLE))
    return visit.go("broadcasts", found.id, said="queued-again" if queued else "none-again")


ROUTES = (broadcasts, broadcast, live, pause, resume, cancel, settle, turned_down, send_again)


def mine(visit: Visit, limit: int) -> list[Standing]:
    """Where the newest broadcasts stand that are theirs to see."""
    found = status.standings(visit.project, limit)
    return [one for one in found if visit.sees(*status.audiences_of(visit.project, one.broadcast))]


def _shown(visit: Visit, found: Broadcast) -> dict[str, Any]:
    at = status.standing(visit.project, found)
    return {"at": at, "progress": _PACE.progress(at), "moving": at.broadcast.state not in _OVER}


_OVER = frozenset({BroadcastState.FINISHED, BroadcastState.CANCELLED})


async def _changes(visit: Visit, found: Broadcast) -> AsyncIterator[ServerSentEventMessage]:
    """The changing part, each time it is another one; ends with the broadcast, or with their right to see it."""
    global _open_streams  # noqa: PLW0603 (one number for the process, changed on the one loop only)
    _open_streams += 1
    try:
        before = ""
        for second in range(LIVE_SECONDS):
            shown, there = await visit.desk.workers.do(lambda second=second: _look(visit, found, second))  # type: ignore[misc]
            if shown != before:
                before = shown
                yield ServerSentEventMessage(data=shown, event="progress")
            if not there:
                yield ServerSentEventMessage(data="", event="over")  # or the browser would come again at once
                return
            await asyncio.sleep(1)
    finally:
        _open_streams -= 1


def _look(visit: Visit, found: Broadcast, second: int) -> tuple[str, bool]:
    """What to show now, and whether there is more to come."""
    if second % 10 == 9:
        secret = visit.request.cookies.get(session_cookie(visit.project), "")
        if signin.who(visit.project, secret) != visit.who:
            return "", False
    values = _shown(visit, found)
    return visit.part("broadcast-progress", **values), values["moving"]
