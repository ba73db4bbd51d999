"""All routes of the desk, and how it answers what goes wrong."""

import logging
from typing import Any

from litestar import Response, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException

from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.unexpected_error import unforeseen
from broadcaster.ledger.errors import LedgerError
from broadcaster.services.access.permissions import NotAllowedError
from broadcaster.web.desk import (
    assets,
    audience_form,
    audiences,
    audit,
    broadcasts,
    campaign_form,
    campaigns,
    delivery_record,
    editor,
    home,
    letters,
    live,
    outbox,
    people,
    person_form,
    preview,
    preview_actions,
    replies,
    revisions,
    rosters,
    signin,
    suppressions,
    templates,
    unsure,
)
from broadcaster.web.desk.forms import FORM_BYTES
from broadcaster.web.desk.guard import ForeignFormError, Knock, SignedOutError, StaleFormError
from broadcaster.web.desk.localisation import Speech
from broadcaster.web.desk.request import Desk, Visit, base, language
from broadcaster.web.desk.threads import in_threads
from broadcaster.web.limitedlog import LimitedLog
from broadcaster.web.pages import Asked
from broadcaster.web.worker_threads import BusyError, StillWorkingError

_log = logging.getLogger(__name__)


def desk(desk: Desk) -> Router:
    """The desk below `/desk`, for the application to take in."""
    knock, apology = Knock(desk), _Apology(desk)

    # Functions, for Litestar copies whatever else it finds in a router, and threads cannot be copied.
    async def before(request: Asked) -> Response[Any] | None:
        return await knock(request)

    def sorry(request: Asked, error: Exception) -> Response[Any]:
        return apology(request, error)

    return Router(
        "/desk",
        route_handlers=in_threads(
            *(assets.asset,),
            *signin.ROUTES,
            *home.ROUTES,
            *campaign_form.ROUTES,
            *campaigns.ROUTES,
            *letters.ROUTES,
            *editor.ROUTES,
            *revisions.ROUTES,
            *preview.ROUTES,
            *preview_actions.ROUTES,
            *audience_form.ROUTES,
            *audiences.ROUTES,
            *rosters.ROUTES,
            *suppressions.ROUTES,
            *broadcasts.ROUTES,
            *live.ROUTES,
            *unsure.ROUTES,
            *delivery_record.ROUTES,
            *replies.ROUTES,
            *outbox.ROUTES,
            *people.ROUTES,
            *person_form.ROUTES,
            *audit.ROUTES,
        ),
        before_request=before,
        dependencies={"visit": Provide(_visit, sync_to_thread=False)},
        exception_handlers={Exception: sorry},
        request_max_body_size=FORM_BYTES,
    )


def _visit(request: Asked) -> Visit:
    visit: Visit = request.state.visit
    return visit


class _Apology:
    """Says what went wrong, and what to do next: in the words of our errors where it is one of them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._limited = LimitedLog(_log)

    def __call__(self, request: Asked, error: Exception) -> Response[Any]:
        answer = self._said(request, error)
        if isinstance(error, HTTPException):
            answer.headers.update(error.headers or {})
        return answer

    def _said(self, request: Asked, error: Exception) -> Response[Any]:
        status, what, problems = _explained(error)
        if isinstance(error, LedgerError):
            self._limited.warning(f"The desk could not use the ledger: {error.message} [{error.code}]")
        project = self._desk.current()
        speech = Speech(language(request), project.zone)
        visit: Visit | None = request.state.get("visit")
        said = error if isinstance(error, BroadcasterError) else None
        typed = error.typed if isinstance(error, SignedOutError | StaleFormError) else ()
        if visit is not None and not isinstance(error, BusyError):  # whose page looks nothing up
            return visit.page("stopped", status, what=what, error=said, problems=problems, typed=typed)
        home, own = base(project), project.settings.organisation
        return templates.page(
            "outside",
            speech,
            status,
            what=what,
            error=said,
            problems=problems,
            typed=typed,
            home=home,
            sheet=f"{home}/{assets.stamped('desk.css')}",
            organisation=own.name.best_for(speech.language, own.language),
        )


def _explained(error: Exception) -> tuple[int, str, tuple[Any, ...]]:
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
    _log.error("%s", unforeseen(error).message)
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
