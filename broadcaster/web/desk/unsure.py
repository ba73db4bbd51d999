"""Messages in doubt: asked after at the provider, then settled all at once, or one by one by what was found out."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access.permissions import Deed
from broadcaster.services.reporting import broadcast_status, delivery_record
from broadcaster.services.sending import unsure
from broadcaster.services.sending.settle_one import Evidence, FoundOut, Verdict, settle
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit

ALL = {"hold": unsure.hold, "resend": unsure.resend}
"""What can be done with all that stay unsure."""


@get("/broadcasts/{broadcast_id:str}/unsure", opt=needs(Deed.SETTLE), sync_to_thread=True)
def doubts(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What is unsure, and what each way out of it means, before anybody takes one."""
    at = broadcast_status.standing(visit.view, visit.broadcast(broadcast_id))
    return visit.page("broadcast-unsure", at=at)


@post("/broadcasts/{broadcast_id:str}/unsure", opt=needs(Deed.SETTLE), sync_to_thread=True)
def settled(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Ask the provider about those that are unsure; then hold what stays open, or send it once more."""
    found = visit.broadcast(broadcast_id)
    by = visit.actor(Deed.SETTLE)
    unsure.reconcile(visit.project, found)
    if deed := ALL.get(visit.field("what")):
        deed(visit.project, found, by)
        return visit.go("broadcasts", found.id, said="settled")
    return visit.go("broadcasts", found.id, "unsure", said="asked")


@post(
    "/broadcasts/{broadcast_id:str}/record/{delivery_id:str}/settle",
    opt=needs(Deed.SETTLE),
    status_code=200,
    sync_to_thread=True,
)
def found_out(broadcast_id: FromPath[str], delivery_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Settle one by what somebody found out about it, and how."""
    found = visit.broadcast(broadcast_id)
    known = delivery_record.one(visit.view, found, delivery_id)
    if known is None:
        raise NotFoundException
    what = {"broadcast": found, "line": known[0], "tries": known[1]}
    verdict, evidence = visit.field("verdict"), visit.field("evidence")
    if verdict not in set(Verdict) or evidence not in set(Evidence):
        return visit.page("record-line", 422, **what, error=None, missing=True)
    try:
        said = FoundOut(Verdict(verdict), Evidence(evidence))
        settle(visit.project, found, delivery_id, said, visit.actor(Deed.SETTLE))
    except BroadcasterError as error:
        return visit.page("record-line", 422, **what, error=error, missing=False)
    return visit.go("broadcasts", found.id, "record", delivery_id, said="settled-one")


ROUTES = (doubts, settled, found_out)
