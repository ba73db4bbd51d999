"""The audit log: who did what, and when."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import PermissionDeniedException
from litestar.response import Stream

from broadcaster.services import auditing
from broadcaster.services.people import DESK, Deed
from broadcaster.web.desk.needs import needs
from broadcaster.web.desk.visit import Visit


@get("/audit", opt=needs(Deed.SEE_AUDIT), sync_to_thread=True)
def audit(visit: NamedDependency[Visit]) -> Response[Any]:
    """A page of it, newest first."""
    _refuse_limited(visit)
    before, by, action = visit.asked("before"), visit.asked("by"), visit.asked("action")
    return visit.page(
        "audit",
        rows=auditing.page(visit.project, int(before[:15]) if before.isdecimal() else None, by, action),
        verdict=auditing.verdict(visit.project) if not before else None,
        by=by,
        action=action,
        actions=auditing.actions(visit.project),
        people=visit.project.settings.people,
        size=auditing.PAGE,
        desk=DESK,
    )


@post("/audit/export", opt=needs(Deed.SEE_AUDIT), sync_to_thread=True)
def export(visit: NamedDependency[Visit]) -> Stream:
    """The whole of it as a file."""
    _refuse_limited(visit)
    return Stream(
        auditing.export(visit.project, visit.actor(Deed.SEE_AUDIT)),
        status_code=200,
        media_type="text/csv",
        headers={"content-disposition": 'attachment; filename="audit.csv"'},
    )


ROUTES = (audit, export)


def _refuse_limited(visit: Visit) -> None:
    """The log tells of every audience, so it is for those who work with all of them."""
    if visit.person.audiences is not None:
        raise PermissionDeniedException
