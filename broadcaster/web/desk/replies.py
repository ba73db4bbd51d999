"""What people wrote to us: urgent first."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.addresses import is_e164
from broadcaster.domain.text_cleaning import clean
from broadcaster.services.access.permissions import Deed
from broadcaster.services.recipients.suppression_list import masked
from broadcaster.services.replies import inbound_texts as replying
from broadcaster.services.replies import inbox, senders
from broadcaster.services.replies.inbound_texts import ReplyUnknownError
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit

LONGEST_ID = 64

_SHOWN: dict[str, Any] = {"masked": masked, "clean": clean, "is_e164": is_e164}
"""How a reply's number and words are shown."""


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
        **_SHOWN,
    )


@post("/replies/{reply_id:str}/seen", opt=needs(Deed.LOOK_AT_REPLY), sync_to_thread=True)
def seen(reply_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Somebody has read it, and takes care of it."""
    if inbox.find(visit.view, visit.who, reply_id) is None:
        raise NotFoundException
    replying.mark_seen(visit.project, [reply_id], visit.actor(Deed.LOOK_AT_REPLY))
    return visit.go("replies", said="saved")


@post("/replies/{reply_id:str}/open", opt=needs(Deed.OPEN_REPLY), status_code=200, sync_to_thread=True)
def opened(reply_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Who wrote it, shown in the answer alone: neither number nor name belongs into a link."""
    by = visit.actor(Deed.OPEN_REPLY)
    try:
        sender = senders.open_sender(visit.project, reply_id, by)
    except ReplyUnknownError:
        raise NotFoundException from None
    return visit.page("reply", sender=sender, people=visit.project.settings.people, **_SHOWN)


@post("/replies/{reply_id:str}/say-no", opt=needs(Deed.SUPPRESS), sync_to_thread=True)
def said_no(reply_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Whoever wrote it wants no more texts, and did not find the word that stops them."""
    by = visit.actor(Deed.SUPPRESS)
    try:
        is_new = senders.say_no(visit.project, reply_id, by)
    except ReplyUnknownError:
        raise NotFoundException from None
    return visit.go("replies", said="texts-stopped" if is_new else "suppressed-before")


ROUTES = (replies, seen, opened, said_no)
