"""What the outbox kept instead of sending it: the messages of the demo, and of rehearsals."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.services.access.permissions import Permission
from broadcaster.services.reporting import outbox_files
from broadcaster.services.reporting.outbox_files import OutboxMessage
from broadcaster.web.desk.rendering.email_frame import email_frame_answer
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires


@get("/outbox", opt=requires(Permission.SEE_OUTBOX), sync_to_thread=True)
def show_outbox(visit: NamedDependency[Visit]) -> Response[Any]:
    """The broadcasts that are theirs to see and went there, and tests."""
    before = visit.asked("before")
    return visit.page(
        "outbox",
        rows=outbox_files.list_broadcasts(visit.view, visit.who, before),
        tests=outbox_files.list_test_messages(visit.view, visit.who) if not before else [],
        first=not before,
        size=outbox_files.PAGE_SIZE,
    )


@get("/outbox/of/{broadcast_id:str}", opt=requires(Permission.SEE_OUTBOX), sync_to_thread=True)
def show_messages(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The messages of one broadcast."""
    broadcast, after = visit.broadcast(broadcast_id), visit.asked("after")
    page = outbox_files.list_messages(visit.view, broadcast, int(after[:15]) if after.isdecimal() else 0)
    return visit.page("outbox-messages", broadcast=broadcast, page=page, first=not after)


@get("/outbox/{delivery_id:str}", opt=requires(Permission.SEE_OUTBOX), sync_to_thread=True)
def show_message(delivery_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One of them."""
    return visit.page("outbox-message", delivery=delivery_id, message=_visible_message(visit, delivery_id))


@get("/outbox/{delivery_id:str}/frame", opt=requires(Permission.SEE_OUTBOX), sync_to_thread=True)
def show_message_frame(delivery_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Its HTML, for a frame."""
    opened = _visible_message(visit, delivery_id)
    if not opened.html:
        raise NotFoundException
    return email_frame_answer(opened.html)


ROUTES = (show_outbox, show_messages, show_message, show_message_frame)


def _visible_message(visit: Visit, delivery_id: str) -> OutboxMessage:
    found = outbox_files.find_message(visit.view, visit.who, delivery_id)
    if found is None:
        raise NotFoundException
    return found
