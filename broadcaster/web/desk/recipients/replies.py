"""What people wrote to us: urgent first."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.contact.addresses import is_e164
from broadcaster.domain.text.cleaning import clean_text
from broadcaster.services.access.permissions import Permission
from broadcaster.services.recipients.suppression_list import mask_address
from broadcaster.services.replies import inbound_texts, inbox, senders
from broadcaster.services.replies.inbound_texts import ReplyUnknownError
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires

MAX_ID_LENGTH = 64

_TEMPLATE_HELPERS: dict[str, Any] = {"masked": mask_address, "clean": clean_text, "is_e164": is_e164}
"""How a reply's number and words are shown."""


@get("/replies", opt=requires(Permission.SEE_REPLIES), sync_to_thread=True)
def show_replies(visit: NamedDependency[Visit]) -> Response[Any]:
    """Those that nobody has seen, or all of them."""
    everything, before = visit.asked("all") == "yes", visit.asked("before")[:MAX_ID_LENGTH]
    return visit.page(
        "replies",
        page=inbox.list_readable_replies(visit.view, visit.who, before, seen=everything),
        people=visit.view.settings.people,
        everything=everything,
        first=not before,
        **_TEMPLATE_HELPERS,
    )


@post("/replies/{reply_id:str}/seen", opt=requires(Permission.LOOK_AT_REPLY), sync_to_thread=True)
def post_seen(reply_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Somebody has read it, and takes care of it."""
    if inbox.find_readable_reply(visit.view, visit.who, reply_id) is None:
        raise NotFoundException
    inbound_texts.mark_seen(visit.project, [reply_id], visit.actor(Permission.LOOK_AT_REPLY))
    return visit.redirect_to("replies", said="saved")


@post("/replies/{reply_id:str}/open", opt=requires(Permission.OPEN_REPLY), status_code=200, sync_to_thread=True)
def post_open_sender(reply_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Who wrote it, shown in the answer alone: neither number nor name belongs into a link."""
    by = visit.actor(Permission.OPEN_REPLY)
    try:
        sender = senders.open_sender(visit.project, reply_id, by)
    except ReplyUnknownError:
        raise NotFoundException from None
    return visit.page("reply", sender=sender, people=visit.project.settings.people, **_TEMPLATE_HELPERS)


@post("/replies/{reply_id:str}/say-no", opt=requires(Permission.SUPPRESS), sync_to_thread=True)
def post_stop_texts(reply_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Whoever wrote it wants no more texts, and did not find the word that stops them."""
    by = visit.actor(Permission.SUPPRESS)
    try:
        is_new = senders.suppress_sender(visit.project, reply_id, by)
    except ReplyUnknownError:
        raise NotFoundException from None
    return visit.redirect_to("replies", said="texts-stopped" if is_new else "suppressed-before")


ROUTES = (show_replies, post_seen, post_open_sender, post_stop_texts)
