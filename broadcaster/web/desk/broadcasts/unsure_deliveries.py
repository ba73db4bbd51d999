"""Messages in doubt: asked after at the provider, then settled all at once, or one by one by what was found out."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access.permissions import Permission
from broadcaster.services.reporting import broadcast_status, delivery_record
from broadcaster.services.sending import unsure
from broadcaster.services.sending.settle_unsure import (
    UnsureEvidence,
    UnsureFinding,
    UnsureVerdict,
    settle_unsure_delivery,
)
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires

ACTIONS_FOR_ALL = {"hold": unsure.hold_unsure, "resend": unsure.resend}
"""What can be done with all that stay unsure."""


@get("/broadcasts/{broadcast_id:str}/unsure", opt=requires(Permission.SETTLE), sync_to_thread=True)
def show_unsure(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What is unsure, and what each way out of it means, before anybody takes one."""
    at = broadcast_status.get_broadcast_status(visit.view, visit.broadcast(broadcast_id))
    return visit.page("broadcast-unsure", at=at)


@post("/broadcasts/{broadcast_id:str}/unsure", opt=requires(Permission.SETTLE), sync_to_thread=True)
def post_settle_all(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Ask the provider about those that are unsure; then hold what stays open, or send it once more."""
    found = visit.broadcast(broadcast_id)
    by = visit.actor(Permission.SETTLE)
    unsure.reconcile(visit.project, found)
    if deed := ACTIONS_FOR_ALL.get(visit.field("what")):
        deed(visit.project, found, by)
        return visit.redirect_to("broadcasts", found.id, said="settled")
    return visit.redirect_to("broadcasts", found.id, "unsure", said="asked")


@post(
    "/broadcasts/{broadcast_id:str}/record/{delivery_id:str}/settle",
    opt=requires(Permission.SETTLE),
    status_code=200,
    sync_to_thread=True,
)
def post_settle_one(
    broadcast_id: FromPath[str], delivery_id: FromPath[str], visit: NamedDependency[Visit]
) -> Response[Any]:
    """Settle one by what somebody found out about it, and how."""
    found = visit.broadcast(broadcast_id)
    known = delivery_record.get_delivery(visit.view, found, delivery_id)
    if known is None:
        raise NotFoundException
    what = {"broadcast": found, "line": known[0], "tries": known[1]}
    verdict, evidence = visit.field("verdict"), visit.field("evidence")
    if verdict not in set(UnsureVerdict) or evidence not in set(UnsureEvidence):
        return visit.page("record-line", 422, **what, error=None, missing=True)
    try:
        said = UnsureFinding(UnsureVerdict(verdict), UnsureEvidence(evidence))
        settle_unsure_delivery(visit.project, found, delivery_id, said, visit.actor(Permission.SETTLE))
    except BroadcasterError as error:
        return visit.page("record-line", 422, **what, error=error, missing=False)
    return visit.redirect_to("broadcasts", found.id, "record", delivery_id, said="settled-one")


ROUTES = (show_unsure, post_settle_all, post_settle_one)
