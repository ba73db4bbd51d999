"""The audit log: who did what, and when."""

from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Stream

from broadcaster.services.access import staff_accounts
from broadcaster.services.access.permissions import DESK_HOST, Permission
from broadcaster.services.administration import audit_log
from broadcaster.services.administration.audit_log import AuditLogFilter
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires


@get("/audit", opt=requires(Permission.SEE_AUDIT), sync_to_thread=True)
def show_audit_log(visit: NamedDependency[Visit]) -> Response[Any]:
    """A page of what is theirs to read, newest first."""
    project, asked = visit.view, visit.asked("before")
    before = int(asked[:15]) if asked.isdecimal() else None
    wanted = AuditLogFilter(
        visit.asked("by"), visit.asked("action"), visit.asked("subject"), _parse_day(visit.asked("day"))
    )
    return visit.page(
        "audit",
        rows=audit_log.list_entries(project, visit.who, wanted, before, audit_log.PAGE_SIZE),
        wanted=wanted,
        first=before is None,
        verdict=audit_log.verify_newest_entries(project),
        checked=audit_log.find_last_check(project),
        choices=audit_log.list_filter_choices(project, visit.who),
        people=project.settings.people,
        size=audit_log.PAGE_SIZE,
        latest=audit_log.NEWEST_CHECKED,
        desk=DESK_HOST,
        account_told=staff_accounts.history_from_entry,
    )


@post("/audit/check", opt=requires(Permission.SEE_AUDIT), sync_to_thread=True)
def check_audit_chain(visit: NamedDependency[Visit]) -> Response[Any]:
    """Follow the chain from its beginning."""
    audit_log.check_whole_log(visit.project, visit.actor(Permission.SEE_AUDIT))
    return visit.redirect_to("audit")


@post("/audit/export", opt=requires(Permission.SEE_AUDIT), sync_to_thread=True)
def export_audit_log(visit: NamedDependency[Visit]) -> Stream:
    """What was looked at, all its pages, as a file."""
    wanted = AuditLogFilter(
        visit.field("by"), visit.field("action"), visit.field("subject"), _parse_day(visit.field("day"))
    )
    return Stream(
        audit_log.export_entries(visit.project, visit.actor(Permission.SEE_AUDIT), wanted),
        status_code=200,
        media_type="text/csv",
        headers={"content-disposition": 'attachment; filename="audit.csv"'},
    )


ROUTES = (show_audit_log, check_audit_chain, export_audit_log)


def _parse_day(text: str) -> date | None:
    """What a field for a day holds; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
