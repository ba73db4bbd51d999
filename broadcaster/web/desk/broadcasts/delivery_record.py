"""The record of a broadcast, for those who may see who is written to."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Stream

from broadcaster.audiences.addresses.typed_address import TypedAddressError
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.broadcasting.broadcasts import Broadcast
from broadcaster.services.access.permissions import Permission
from broadcaster.services.reporting import delivery_record
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires


@get("/broadcasts/{broadcast_id:str}/record", opt=requires(Permission.SEE_PEOPLE), sync_to_thread=True)
def show_record(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """A page of it, in all states or in one, and of these for one reason."""
    return visit.page("record", **_record_page_values(visit, visit.broadcast(broadcast_id)))


@post("/broadcasts/{broadcast_id:str}/record/find", opt=requires(Permission.SEE_PEOPLE), sync_to_thread=True)
def find_record_line(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The line of one address. It comes in a form, for addresses do not belong into links and logs."""
    found = visit.broadcast(broadcast_id)
    try:
        line = delivery_record.find_delivery_by_address(visit.view, found, visit.field("address"))
    except (TypedAddressError, delivery_record.NotInBroadcastError) as error:
        return visit.page("record", 422, **_record_page_values(visit, found) | {"error": error})
    return visit.redirect_to("broadcasts", found.id, "record", line.delivery.id)


@get(
    "/broadcasts/{broadcast_id:str}/record/{delivery_id:str}", opt=requires(Permission.SEE_PEOPLE), sync_to_thread=True
)
def show_record_line(
    broadcast_id: FromPath[str], delivery_id: FromPath[str], visit: NamedDependency[Visit]
) -> Response[Any]:
    """One line, with every attempt."""
    found = visit.broadcast(broadcast_id)
    known = delivery_record.get_delivery(visit.view, found, delivery_id)
    if known is None:
        raise NotFoundException
    return visit.page("record-line", broadcast=found, line=known[0], tries=known[1], error=None, missing=False)


@post("/broadcasts/{broadcast_id:str}/record/export", opt=requires(Permission.SEE_PEOPLE), sync_to_thread=True)
def export_record(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Stream:
    """The whole record as a file for a spreadsheet."""
    found = visit.broadcast(broadcast_id)
    rows = delivery_record.export_record(visit.project, found, visit.actor(Permission.SEE_PEOPLE))
    return Stream(
        rows,
        status_code=200,
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="record-{found.id[:8]}.csv"'},
    )


ROUTES = (show_record, find_record_line, show_record_line, export_record)


def _record_page_values(visit: Visit, found: Broadcast) -> dict[str, Any]:
    """What the page is made of."""
    wanted = visit.asked("state")
    state = DeliveryState(wanted) if wanted in set(DeliveryState) else None
    asked = delivery_record.DeliveryFilter(
        state, visit.asked("reason"), _delivery_number(visit, "after"), _delivery_number(visit, "before")
    )
    return {
        "broadcast": found,
        "page": delivery_record.list_deliveries(visit.view, found, asked),
        "state": state or "",
        "states": list(DeliveryState),
        "meaning": delivery_record.explain_delivery_reason,
        "error": None,
    }


def _delivery_number(visit: Visit, name: str) -> int:
    """The number of a delivery in the address; 0 where it is none."""
    said = visit.asked(name)
    return int(said[:15]) if said.isdecimal() else 0
