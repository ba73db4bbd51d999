"""The report of a broadcast, to keep on file: a page, a PDF, and a CSV file. Nobody who was written to stands in it."""

from collections.abc import Iterator
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.audiences.formats.csv_injection import BYTE_ORDER_MARK
from broadcaster.audiences.formats.spreadsheet_csv import csv_rows
from broadcaster.services.access.permissions import Permission
from broadcaster.services.previewing.printed_notice import printing_obstacle
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.reporting.broadcast_report import BroadcastReport, broadcast_report, render_report
from broadcaster.web.desk.rendering import labels
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.draft_threads import in_draft_threads
from broadcaster.web.desk.routing.route_permissions import requires


@get("/broadcasts/{broadcast_id:str}/report", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_report(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The report, to read."""
    return visit.page("broadcast-report", printable=printing_obstacle() is None, **_report_values(visit, broadcast_id))


@get("/broadcasts/{broadcast_id:str}/report/pdf", opt=requires(Permission.LOOK))
@in_draft_threads
def download_report_pdf(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The same as PDF."""
    page = visit.part("broadcast-report-print", **_report_values(visit, broadcast_id))
    return _download(render_report(page), "application/pdf", f"report-{broadcast_id[:8]}.pdf")


@get("/broadcasts/{broadcast_id:str}/report/csv", opt=requires(Permission.LOOK), sync_to_thread=True)
def download_report_csv(broadcast_id: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """The same for a spreadsheet: a row for each fact, number and text."""
    report: BroadcastReport = _report_values(visit, broadcast_id)["report"]
    rows = csv_rows(_report_rows(visit, report))
    return _download(BYTE_ORDER_MARK.encode() + rows, "text/csv", f"report-{broadcast_id[:8]}.csv")


ROUTES = (show_report, download_report_pdf, download_report_csv)


def _report_values(visit: Visit, broadcast_id: str) -> dict[str, Any]:
    found = visit.broadcast(broadcast_id)
    return {
        "report": broadcast_report(visit.view, found),
        "audiences": broadcast_status.audiences_of_broadcast(visit.view, found),
    }


def _download(content: bytes, media_type: str, name: str) -> Response[Any]:
    named = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=named)


def _report_rows(visit: Visit, report: BroadcastReport) -> Iterator[tuple[object, ...]]:
    """What the page shows, in the reader's language. Times are ISO 8601 with their offset, for sorting."""
    say, broadcast = visit.locale.say, report.broadcast
    yield say("What"), say("Which"), say("Value")
    yield say("Campaign"), "", visit.titled(broadcast.campaign).text
    yield say("Broadcast"), "", broadcast.id
    yield say("State"), "", say(labels.BROADCAST_STATES[broadcast.state][0])
    if broadcast.crisis_reason:
        yield say("Sent in a crisis. The reason:"), "", broadcast.crisis_reason
    for event in report.timeline.moments:
        yield say("Time"), say(labels.TIMELINE_EVENTS[event.what]), event.at.isoformat(timespec="seconds")
        if event.by:
            yield say("By whom"), say(labels.TIMELINE_EVENTS[event.what]), visit.staff_name(event.by)
    for state, count in report.states.items():
        yield say("Messages"), say(labels.DELIVERY_STATES[state][0]), count
    for reason, count in broadcast.exclusions.items():
        if count:
            yield say("Left out when it was released"), say(labels.EXCLUSION_WORDS.get(reason, reason)), count
    for text in report.texts:
        language = visit.locale.language_name(text.language)
        if text.subject:
            yield say("Subject"), language, text.subject
        yield say(labels.TEXT_KINDS[text.channel]), language, text.text
