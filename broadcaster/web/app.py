"""The application: hooks and door, the place of the desk, and what is answered when none of them has an answer."""

import logging
from functools import cache
from typing import Any

from litestar import Litestar, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.services.project.project import ProjectView
from broadcaster.web import hooks, public
from broadcaster.web.common.pages import WebRequest, plain_answer
from broadcaster.web.hooks import HookContext
from broadcaster.web.late_application import PathSwitch
from broadcaster.web.middleware import OuterMiddleware
from broadcaster.web.public import DoorContext

_WORDS_BY_STATUS = {404: "missing", 405: "method", 408: "slow", 413: "large", 503: "busy"}
"""Which words answer a status; whatever else went wrong, went wrong on our side."""

_log = logging.getLogger(__name__)


def create_application(project: ProjectView, hooked: HookContext, opened: DoorContext, desk: ASGIApp) -> ASGIApp:
    """The whole application, for `server` to run."""
    routes = PathSwitch("/desk", desk, create_public_routes())
    return OuterMiddleware(routes, project.settings.public_url, {"hooks": hooked, "door": opened})


@cache
def create_public_routes() -> Litestar:
    """Every route of hooks and door, without the shell around them: the same for all projects.

    What handlers work with comes with each request, in its state.
    """
    return Litestar(
        [
            hooks.receive_hook,
            public.show_home,
            public.show_robots,
            public.show_preference_form,
            public.post_preference,
            public.show_letter,
            public.show_verification,
        ],
        dependencies={
            "hooks": Provide(_hook_context, sync_to_thread=False),
            "door": Provide(_door_context, sync_to_thread=False),
        },
        exception_handlers={Exception: answer_error},
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def _hook_context(request: WebRequest) -> HookContext:
    context: HookContext = request.state.hooks
    return context


def _door_context(request: WebRequest) -> DoorContext:
    context: DoorContext = request.state.door
    return context


def answer_error(request: WebRequest, error: Exception) -> Response[Any]:
    """Answer with a constant page, or with a word where programs ask. It says nothing of what happened."""
    known = isinstance(error, HTTPException) and error.status_code in _WORDS_BY_STATUS
    if not known:
        _log.error("%s", unforeseen_error(error).message)
    status = error.status_code if isinstance(error, HTTPException) and known else 500
    what = _WORDS_BY_STATUS.get(status, "broken")
    if request.scope["path"].startswith("/hooks"):
        answer = plain_answer(what, status)
    else:
        answer = _door_context(request).pages.page(request, "problem", status, what=what)
    if isinstance(error, HTTPException) and known:
        answer.headers.update(error.headers or {})
    return answer
