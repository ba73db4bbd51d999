"""What people wrote to us: urgent first."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.cleaning import clean
from broadcaster.services import replies as replying
from broadcaster.services.people import Deed
from broadcaster.services.replies import Reply
from broadcaster.services.suppress import masked
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit


@get("/replies", opt=needs(Deed.SEE_REPLIES), sync_to_thread=True)
def replies(visit: NamedDependency[Visit]) -> Response[Any]:
    """Those that nobody has seen, or all of them."""
    everything = visit.asked("all") == "yes"
    return visit.page("replies", rows=mine(visit, seen=everything), everything=everything, masked=masked, clean=clean)


@post("/replies/{reply_id:str}/seen", opt=needs(Deed.LOOK_AT_REPLY), sync_to_thread=True)
def seen(reply_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Somebody has read it, and takes care of it."""
    if all(one.id != reply_id for one in mine(visit, seen=True)):
        raise NotFoundException
    replying.mark_seen(visit.project, [reply_id], visit.actor(Deed.LOOK_AT_REPLY))
    return visit.go("replies", said="saved")


ROUTES = (replies, seen)


def mine(visit: Visit, *, seen: bool) -> list[Reply]:
    """The replies that are theirs to see: after a letter to their audiences, or, unless they are limited, any."""
    found = replying.listed(visit.project, seen=seen)
    if visit.person.audiences is None:
        return found
    campaigns = visit.project.settings.campaigns
    return [
        one
        for one in found
        if (campaign := campaigns.get(one.words.letter.campaign)) and visit.sees(*campaign.audiences)
    ]
