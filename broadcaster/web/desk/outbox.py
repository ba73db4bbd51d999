"""What the outbox kept instead of sending it: the messages of the demo, and of rehearsals."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.services.access.permissions import Deed
from broadcaster.services.reporting import outbox_files
from broadcaster.services.reporting.outbox_files import Message
from broadcaster.web.desk.email_frame import framed
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit


@get("/outbox", opt=needs(Deed.SEE_OUTBOX), sync_to_thread=True)
def outbox(visit: NamedDependency[Visit]) -> Response[Any]:
    """The broadcasts that are theirs to see and went there, and tests."""
    before = visit.asked("before")
    return visit.page(
        "outbox",
        rows=outbox_files.kept(visit.view, visit.who, before),
        tests=outbox_files.tests(visit.view, visit.who) if not before else [],
        first=not before,
        size=outbox_files.SHOWN,
    )


@get("/outbox/of/{broadcast_id:str}", opt=needs(Deed.SEE_OUTBOX), sync_to_thread=True)
def messages(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The messages of one broadcast."""
    broadcast, after = visit.broadcast(broadcast_id), visit.asked("after")
    page = outbox_files.messages(visit.view, broadcast, int(after[:15]) if after.isdecimal() else 0)
    return visit.page("outbox-messages", broadcast=broadcast, page=page, first=not after)


@get("/outbox/{delivery_id:str}", opt=needs(Deed.SEE_OUTBOX), sync_to_thread=True)
def message(delivery_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One of them."""
    return visit.page("outbox-message", delivery=delivery_id, message=_found(visit, delivery_id))


@get("/outbox/{delivery_id:str}/frame", opt=needs(Deed.SEE_OUTBOX), sync_to_thread=True)
def frame(delivery_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Its HTML, for a frame."""
    opened = _found(visit, delivery_id)
    if not opened.html:
        raise NotFoundException
    return framed(opened.html)


ROUTES = (outbox, messages, message, frame)


def _found(visit: Visit, delivery_id: str) -> Message:
    found = outbox_files.find(visit.view, visit.who, delivery_id)
    if found is None:
        raise NotFoundException
    return found
