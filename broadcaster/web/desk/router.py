"""All routes of the desk, and how it answers what goes wrong."""

import logging
from typing import Any

from litestar import Response, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger.database.errors import LedgerError
from broadcaster.services.access.permissions import NotAllowedError
from broadcaster.web.common.pages import WebRequest
from broadcaster.web.common.worker_threads import BusyError, StillWorkingError
from broadcaster.web.desk import audit_log, home
from broadcaster.web.desk.audiences import audience_form, audience_pages, roster_transfer
from broadcaster.web.desk.broadcasts import (
    broadcast_pages,
    broadcast_report,
    delivery_record,
    live_progress,
    outbox,
    unsure_deliveries,
)
from broadcaster.web.desk.campaigns import campaign_form, campaign_pages
from broadcaster.web.desk.letters import editor, letter_pages, preview, preview_actions, revisions
from broadcaster.web.desk.recipients import replies, suppressions
from broadcaster.web.desk.rendering import assets, templates
from broadcaster.web.desk.rendering.localisation import DeskLocale
from broadcaster.web.desk.requests.form_reading import MAX_FORM_BYTES
from broadcaster.web.desk.requests.guard import DeskGuard, ForeignFormError, SignedOutError, StaleFormError
from broadcaster.web.desk.requests.visit import DeskContext, Visit, desk_path, language_of_request
from broadcaster.web.desk.routing.handler_threads import run_in_threads
from broadcaster.web.desk.settings import setting_forms, settings_page
from broadcaster.web.desk.staff import sign_in, staff_form, staff_list

_log = logging.getLogger(__name__)


def create_desk_router() -> Router:
    """The desk below `/desk`, for the application to take in. Each request has a DeskContext in its state."""
    return Router(
        "/desk",
        route_handlers=run_in_threads(
            *(assets.show_asset,),
            *sign_in.ROUTES,
            *home.ROUTES,
            *campaign_form.ROUTES,
            *campaign_pages.ROUTES,
            *letter_pages.ROUTES,
            *editor.ROUTES,
            *revisions.ROUTES,
            *preview.ROUTES,
            *preview_actions.ROUTES,
            *audience_form.ROUTES,
            *audience_pages.ROUTES,
            *roster_transfer.ROUTES,
            *suppressions.ROUTES,
            *broadcast_pages.ROUTES,
            *broadcast_report.ROUTES,
            *live_progress.ROUTES,
            *unsure_deliveries.ROUTES,
            *delivery_record.ROUTES,
            *replies.ROUTES,
            *outbox.ROUTES,
            *staff_list.ROUTES,
            *staff_form.ROUTES,
            *settings_page.ROUTES,
            *setting_forms.ROUTES,
            *audit_log.ROUTES,
        ),
        before_request=_before,
        dependencies={"visit": Provide(_visit, sync_to_thread=False)},
        exception_handlers={Exception: _show_apology},
        request_max_body_size=MAX_FORM_BYTES,
    )


async def _before(request: WebRequest) -> Response[Any] | None:
    return await DeskGuard(request.state.desk)(request)


def _show_apology(request: WebRequest, error: Exception) -> Response[Any]:
    return _DeskErrorPages(request.state.desk)(request, error)


def _visit(request: WebRequest) -> Visit:
    visit: Visit = request.state.visit
    return visit


class _DeskErrorPages:
    """Says what went wrong, and what to do next: in the words of our errors where it is one of them."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    def __call__(self, request: WebRequest, error: Exception) -> Response[Any]:
        answer = self._error_page(request, error)
        if isinstance(error, HTTPException):
            answer.headers.update(error.headers or {})
        return answer

    def _error_page(self, request: WebRequest, error: Exception) -> Response[Any]:
        status, what, problems = _explain_error(error)
        if isinstance(error, LedgerError):
            self._desk.log.warning(f"The desk could not use the ledger: {error.message} [{error.code}]")
        project = self._desk.current()
        speech = DeskLocale(language_of_request(request), project.zone)
        visit: Visit | None = request.state.get("visit")
        said = error if isinstance(error, BroadcasterError) else None
        typed = error.typed if isinstance(error, StaleFormError) else ()
        if isinstance(error, SignedOutError) and visit is not None:
            return sign_in.show_signed_out(visit, error.kept)
        if visit is not None and not isinstance(error, BusyError):  # whose page looks nothing up
            return visit.page("stopped", status, what=what, error=said, problems=problems, typed=typed)
        home, own = desk_path(project), project.settings.organisation
        return templates.render_page(
            "outside",
            speech,
            status,
            what=what,
            error=said,
            problems=problems,
            typed=typed,
            home=home,
            sheet=f"{home}/{assets.asset_path('desk.css')}",
            organisation=own.name.best_for(speech.language, own.language),
        )


def _explain_error(error: Exception) -> tuple[int, str, tuple[Any, ...]]:
    """The status of the answer, a word for the page to choose its own words by, and problems to list."""
    if isinstance(error, HTTPException):
        still = "still" if isinstance(error, StillWorkingError) else None
        what = still or _FORMS.get(type(error)) or _WORDS.get(error.status_code, "broken")
        return error.status_code, what, ()
    if isinstance(error, ProblemsFoundError):
        return 422, "refused", error.problems
    if isinstance(error, NotAllowedError):
        return 403, "forbidden", ()
    if isinstance(error, LedgerError):
        return 503, "refused", ()
    if isinstance(error, BroadcasterError):
        return 409, "refused", ()
    _log.error("%s", unforeseen_error(error).message)
    return 500, "broken", ()


_FORMS = {ForeignFormError: "foreign", StaleFormError: "stale"}

_WORDS = {
    400: "unclear",
    401: "signed-out",
    403: "forbidden",
    404: "missing",
    405: "missing",
    408: "unclear",
    413: "large",
    429: "often",
    503: "busy",
}
