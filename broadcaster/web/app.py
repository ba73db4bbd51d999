"""The application: the hooks, the door and the desk, and what is answered when none of them has an answer."""

import logging
from typing import Any

from litestar import Litestar, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from broadcaster.domain.unexpected_error import unforeseen
from broadcaster.services.project.project import ProjectView
from broadcaster.web import hooks, public
from broadcaster.web.desk import desk
from broadcaster.web.desk.request import Desk
from broadcaster.web.hooks import Hooks
from broadcaster.web.middleware import Shell
from broadcaster.web.pages import Asked, Pages, plain
from broadcaster.web.public import Door

_SAID = {404: "missing", 405: "method", 408: "slow", 413: "large", 503: "busy"}
"""Which words answer a status; whatever else went wrong, went wrong on our side."""

_log = logging.getLogger(__name__)


def application(project: ProjectView, hooked: Hooks, opened: Door, staff: Desk) -> ASGIApp:
    """The whole application, for `server` to run."""
    return Shell(routed(hooked, opened, staff), project.settings.public_url)


def routed(hooked: Hooks, opened: Door, staff: Desk) -> Litestar:
    """Every route there is, without the shell around them."""
    return Litestar(
        [
            hooks.hook,
            public.home,
            public.robots,
            public.choose,
            public.chosen,
            public.letter,
            public.check,
            desk(staff),
        ],
        dependencies={
            "hooks": Provide(lambda: hooked, sync_to_thread=False, use_cache=True),
            "door": Provide(lambda: opened, sync_to_thread=False, use_cache=True),
        },
        exception_handlers={Exception: _Apology(opened.pages)},
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


class _Apology:
    """Answers errors: with a constant page, or with a word where programs ask. Says nothing of what happened."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def __call__(self, request: Asked, error: Exception) -> Response[Any]:
        known = isinstance(error, HTTPException) and error.status_code in _SAID
        if not known:
            _log.error("%s", unforeseen(error).message)
        status = error.status_code if isinstance(error, HTTPException) and known else 500
        what = _SAID.get(status, "broken")
        if request.scope["path"].startswith("/hooks"):
            answer = plain(what, status)
        else:
            answer = self._pages.page(request, "problem", status, what=what)
        if isinstance(error, HTTPException) and known:
            answer.headers.update(error.headers or {})
        return answer
