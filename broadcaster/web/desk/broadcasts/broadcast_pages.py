"""Broadcasts: how far each has come, and what can be done about it."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.domain import confirmation
from broadcaster.domain.confirmation import NameMismatchError
from broadcaster.services.access.permissions import Permission
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.reporting.broadcast_status import BroadcastStatus
from broadcaster.services.reporting.handover_curve import handover_curve
from broadcaster.services.reporting.progress import summarise_states
from broadcaster.services.reporting.timeline import broadcast_timeline
from broadcaster.services.sending import control, retry_refused
from broadcaster.services.writing import letter_catalogue
from broadcaster.web.desk.broadcasts.live_progress import news_mark, progress_values
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires


@get("/broadcasts", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_broadcasts(visit: NamedDependency[Visit]) -> Response[Any]:
    """The newest ones that are theirs to see."""
    return visit.page("broadcasts", rows=list_visible_broadcasts(visit, 50), count=summarise_states)


@get("/broadcasts/{broadcast_id:str}", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_broadcast(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One of them: where it stands, and what to do next."""
    found = visit.broadcast(broadcast_id)
    values = progress_values(visit, found)
    return visit.page(
        "broadcast",
        told=broadcast_timeline(visit.view, found),
        curve=handover_curve(visit.view, found),
        audiences=broadcast_status.audiences_of_broadcast(visit.view, found),
        letter=letter_catalogue.find_letter_of_broadcast(visit.view, found),
        letters=letter_catalogue.list_letters(visit.view),
        heard=news_mark(visit, values),
        **values,
    )


@post("/broadcasts/{broadcast_id:str}/pause", opt=requires(Permission.CONTROL), sync_to_thread=True)
def post_pause(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Hand out no more."""
    found = visit.broadcast(broadcast_id)
    control.pause(visit.project, found, visit.actor(Permission.CONTROL))
    return visit.redirect_to("broadcasts", found.id, said="paused")


@post("/broadcasts/{broadcast_id:str}/resume", opt=requires(Permission.CONTROL), sync_to_thread=True)
def post_resume(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Go on."""
    found = visit.broadcast(broadcast_id)
    control.resume(visit.project, found, visit.actor(Permission.CONTROL))
    return visit.redirect_to("broadcasts", found.id, said="resumed")


@get("/broadcasts/{broadcast_id:str}/cancel", opt=requires(Permission.CONTROL), sync_to_thread=True)
def show_cancel_form(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What it means to end it, before anybody does."""
    found = visit.broadcast(broadcast_id)
    return visit.page("broadcast-cancel", at=broadcast_status.get_broadcast_status(visit.view, found), error=None)


@post("/broadcasts/{broadcast_id:str}/cancel", opt=requires(Permission.CONTROL), sync_to_thread=True)
def post_cancel(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """End it for good, when its name was typed."""
    found = visit.broadcast(broadcast_id)
    try:
        confirmation.check_typed_name(visit.field("name"), found.campaign)
    except NameMismatchError as error:
        return visit.page(
            "broadcast-cancel", 422, at=broadcast_status.get_broadcast_status(visit.view, found), error=error
        )
    control.cancel(visit.project, found, visit.actor(Permission.CONTROL))
    return visit.redirect_to("broadcasts", found.id, said="cancelled")


@get("/broadcasts/{broadcast_id:str}/again", opt=requires(Permission.SETTLE), sync_to_thread=True)
def show_refused(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What was turned down, why, and which of it a second try may bring through."""
    found = visit.broadcast(broadcast_id)
    refusals = retry_refused.count_refused(visit.view, found)
    count = sum(one.count for one in refusals if one.passing)
    return visit.page("broadcast-again", broadcast=found, refusals=refusals, count=count)


@post("/broadcasts/{broadcast_id:str}/again", opt=requires(Permission.SETTLE), sync_to_thread=True)
def post_send_again(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Send those once more."""
    found = visit.broadcast(broadcast_id)
    queued = retry_refused.requeue_refused_deliveries(visit.project, found, visit.actor(Permission.SETTLE))
    return visit.redirect_to("broadcasts", found.id, said="queued-again" if queued else "none-again")


ROUTES = (
    show_broadcasts,
    show_broadcast,
    post_pause,
    post_resume,
    show_cancel_form,
    post_cancel,
    show_refused,
    post_send_again,
)


def list_visible_broadcasts(visit: Visit, limit: int) -> list[BroadcastStatus]:
    """Where the newest broadcasts stand that are theirs to see."""
    found = broadcast_status.list_broadcast_statuses(visit.view, limit)
    return [one for one in found if visit.can_see(*broadcast_status.audiences_of_broadcast(visit.view, one.broadcast))]
