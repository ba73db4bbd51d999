"""What the outbox kept instead of sending it: the messages of the demo, and of rehearsals."""

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.services import outboxed, status
from broadcaster.services.outboxed import Kept, Message
from broadcaster.services.people import Deed
from broadcaster.web.desk.frames import framed
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit


@get("/outbox", opt=needs(Deed.SEE_OUTBOX), sync_to_thread=True)
def outbox(visit: NamedDependency[Visit]) -> Response[Any]:
    """The newest ones that are theirs to see."""
    kept = outboxed.newest(visit.project, visit.asked("before"))
    theirs = {one: _theirs(visit, one) for one in {one.broadcast for one in kept}}
    rows = [(one, datetime.fromtimestamp(one.at, UTC)) for one in kept if theirs[one.broadcast]]
    return visit.page("outbox", rows=rows, older=kept[-1].delivery if len(kept) == outboxed.SHOWN else "")


@get("/outbox/{delivery_id:str}", opt=needs(Deed.SEE_OUTBOX), sync_to_thread=True)
def message(delivery_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One of them."""
    kept, opened = _found(visit, delivery_id)
    return visit.page("outbox-message", kept=kept, message=opened)


@get("/outbox/{delivery_id:str}/frame", opt=needs(Deed.SEE_OUTBOX), sync_to_thread=True)
def frame(delivery_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Its HTML, for a frame."""
    _, opened = _found(visit, delivery_id)
    if not opened.html:
        raise NotFoundException
    return framed(opened.html)


ROUTES = (outbox, message, frame)


def _found(visit: Visit, delivery_id: str) -> tuple[Kept, Message]:
    found = outboxed.find(visit.project, delivery_id)
    if found is None or not _theirs(visit, found[0].broadcast):
        raise NotFoundException
    return found


def _theirs(visit: Visit, broadcast_id: str) -> bool:
    """Whether a message of this broadcast is theirs to see; one of none is a test, and not for the limited."""
    known = status.known(visit.project, broadcast_id) if broadcast_id else None
    if known is None:
        return visit.person.audiences is None
    return visit.sees(*status.audiences_of(visit.project, known))
