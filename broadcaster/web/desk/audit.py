"""The audit log: who did what, and when."""

from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Stream

from broadcaster.services.access import staff_accounts
from broadcaster.services.access.permissions import DESK, Deed
from broadcaster.services.administration import audit_log
from broadcaster.services.administration.audit_log import Filter
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit


@get("/audit", opt=needs(Deed.SEE_AUDIT), sync_to_thread=True)
def audit(visit: NamedDependency[Visit]) -> Response[Any]:
    """A page of what is theirs to read, newest first."""
    project, asked = visit.view, visit.asked("before")
    before = int(asked[:15]) if asked.isdecimal() else None
    wanted = Filter(visit.asked("by"), visit.asked("action"), visit.asked("subject"), _day(visit.asked("day")))
    return visit.page(
        "audit",
        rows=audit_log.page(project, visit.who, wanted, before, audit_log.PAGE),
        wanted=wanted,
        first=before is None,
        verdict=audit_log.latest_verdict(project),
        checked=audit_log.last_check(project),
        choices=audit_log.choices(project, visit.who),
        people=project.settings.people,
        size=audit_log.PAGE,
        latest=audit_log.LATEST,
        desk=DESK,
        account_told=staff_accounts.told,
    )


@post("/audit/check", opt=needs(Deed.SEE_AUDIT), sync_to_thread=True)
def check(visit: NamedDependency[Visit]) -> Response[Any]:
    """Follow the chain from its beginning."""
    audit_log.check(visit.project, visit.actor(Deed.SEE_AUDIT))
    return visit.go("audit")


@post("/audit/export", opt=needs(Deed.SEE_AUDIT), sync_to_thread=True)
def export(visit: NamedDependency[Visit]) -> Stream:
    """What was looked at, all its pages, as a file."""
    wanted = Filter(visit.field("by"), visit.field("action"), visit.field("subject"), _day(visit.field("day")))
    return Stream(
        audit_log.export(visit.project, visit.actor(Deed.SEE_AUDIT), wanted),
        status_code=200,
        media_type="text/csv",
        headers={"content-disposition": 'attachment; filename="audit.csv"'},
    )


ROUTES = (audit, check, export)


def _day(text: str) -> date | None:
    """What a field for a day holds; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
