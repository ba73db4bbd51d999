"""What the outbox kept instead of sending it: the messages of the demo, and of rehearsals."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.services import outboxed
from broadcaster.services.outboxed import Message
from broadcaster.services.people import Deed
from broadcaster.web.desk.frames import framed
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit


@get("/outbox", opt=needs(Deed.SEE_OUTBOX), sync_to_thread=True)
def outbox(visit: NamedDependency[Visit]) -> Response[Any]:
    """The broadcasts that are theirs to see and went there, and tests."""
    before = visit.asked("before")
    return visit.page(
        "outbox",
        rows=outboxed.kept(visit.view, visit.who, before),
        tests=outboxed.tests(visit.view, visit.who) if not before else [],
        first=not before,
        size=outboxed.SHOWN,
    )


@get("/outbox/of/{broadcast_id:str}", opt=needs(Deed.SEE_OUTBOX), sync_to_thread=True)
def messages(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The messages of one broadcast."""
    broadcast, after = visit.broadcast(broadcast_id), visit.asked("after")
    page = outboxed.messages(visit.view, broadcast, int(after[:15]) if after.isdecimal() else 0)
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
    found = outboxed.find(visit.view, visit.who, delivery_id)
    if found is None:
        raise NotFoundException
    return found
