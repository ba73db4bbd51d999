"""The record of a broadcast, for those who may see who is written to."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Stream

from broadcaster.audiences.address import AddressError
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.broadcasts import Broadcast
from broadcaster.services.access.permissions import Deed
from broadcaster.services.reporting import delivery_record
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit


@get("/broadcasts/{broadcast_id:str}/record", opt=needs(Deed.SEE_PEOPLE), sync_to_thread=True)
def lines(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """A page of it, in all states or in one, and of these for one reason."""
    return visit.page("record", **_shown(visit, visit.broadcast(broadcast_id)))


@post("/broadcasts/{broadcast_id:str}/record/find", opt=needs(Deed.SEE_PEOPLE), sync_to_thread=True)
def find(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The line of one address. It comes in a form, for addresses do not belong into links and logs."""
    found = visit.broadcast(broadcast_id)
    try:
        line = delivery_record.find(visit.view, found, visit.field("address"))
    except (AddressError, delivery_record.NotWrittenToError) as error:
        return visit.page("record", 422, **_shown(visit, found) | {"error": error})
    return visit.go("broadcasts", found.id, "record", line.delivery.id)


@get("/broadcasts/{broadcast_id:str}/record/{delivery_id:str}", opt=needs(Deed.SEE_PEOPLE), sync_to_thread=True)
def line(broadcast_id: FromPath[str], delivery_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """One line, with every attempt."""
    found = visit.broadcast(broadcast_id)
    known = delivery_record.one(visit.view, found, delivery_id)
    if known is None:
        raise NotFoundException
    return visit.page("record-line", broadcast=found, line=known[0], tries=known[1], error=None, missing=False)


@post("/broadcasts/{broadcast_id:str}/record/export", opt=needs(Deed.SEE_PEOPLE), sync_to_thread=True)
def export(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Stream:
    """The whole record as a file for a spreadsheet."""
    found = visit.broadcast(broadcast_id)
    rows = delivery_record.export(visit.project, found, visit.actor(Deed.SEE_PEOPLE))
    return Stream(
        rows,
        status_code=200,
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="record-{found.id[:8]}.csv"'},
    )


ROUTES = (lines, find, line, export)


def _shown(visit: Visit, found: Broadcast) -> dict[str, Any]:
    """What the page is made of."""
    wanted = visit.asked("state")
    state = DeliveryState(wanted) if wanted in set(DeliveryState) else None
    asked = delivery_record.Asked(state, visit.asked("reason"), _number(visit, "after"), _number(visit, "before"))
    return {
        "broadcast": found,
        "page": delivery_record.page(visit.view, found, asked),
        "state": state or "",
        "states": list(DeliveryState),
        "meaning": delivery_record.meaning,
        "error": None,
    }


def _number(visit: Visit, name: str) -> int:
    """The number of a delivery in the address; 0 where it is none."""
    said = visit.asked(name)
    return int(said[:15]) if said.isdecimal() else 0
