"""What people wrote to us: urgent first."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.cleaning import clean
from broadcaster.services import inbox
from broadcaster.services import replies as replying
from broadcaster.services.people import Deed
from broadcaster.services.suppress import masked
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit

LONGEST_ID = 64


@get("/replies", opt=needs(Deed.SEE_REPLIES), sync_to_thread=True)
def replies(visit: NamedDependency[Visit]) -> Response[Any]:
    """Those that nobody has seen, or all of them."""
    everything, before = visit.asked("all") == "yes", visit.asked("before")[:LONGEST_ID]
    return visit.page(
        "replies",
        page=inbox.page(visit.view, visit.who, before, seen=everything),
        people=visit.view.settings.people,
        everything=everything,
        first=not before,
        masked=masked,
        clean=clean,
    )


@post("/replies/{reply_id:str}/seen", opt=needs(Deed.LOOK_AT_REPLY), sync_to_thread=True)
def seen(reply_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Somebody has read it, and takes care of it."""
    if inbox.find(visit.view, visit.who, reply_id) is None:
        raise NotFoundException
    replying.mark_seen(visit.project, [reply_id], visit.actor(Deed.LOOK_AT_REPLY))
    return visit.go("replies", said="saved")


ROUTES = (replies, seen)
