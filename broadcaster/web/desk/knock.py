"""What stands before every page of the desk: who is there, may they, and does the form come from one of our pages?

A form carries a token that is made of the session's secret, so that no page of anybody else can send one for a person
who happens to be signed in. Litestar has protection of its own, whose token is in a second cookie and not bound to the
session; and it would stand before the providers' hooks as well.
"""

import hmac
from typing import Any

from litestar import Response
from litestar.datastructures import FormMultiDict
from litestar.exceptions import HTTPException, NotFoundException, PermissionDeniedException
from litestar.response import Redirect

from broadcaster.services import signin, uploads
from broadcaster.services.people import Deed, may
from broadcaster.services.project import ProjectView
from broadcaster.web.desk import forms
from broadcaster.web.desk.cookies import csrf_token, new_visitor, session_cookie, visitor_cookie
from broadcaster.web.desk.needs import KEY
from broadcaster.web.desk.visit import SAFE, Desk, Visit, address, base
from broadcaster.web.pages import Asked


class SignedOutError(HTTPException):
    """Whoever this is has to sign in first."""

    status_code = 401


class ForeignFormError(PermissionDeniedException):
    """The form does not come from a page that we gave to this person."""


class Knock:
    """Called by Litestar before each handler; leaves a Visit in the request's state, or answers itself."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, request: Asked) -> Response[Any] | None:
        if KEY not in request.route_handler.opt:
            raise NotFoundException  # a route that does not say what it needs is a mistake of ours
        deed: Deed | None = request.route_handler.opt[KEY]
        project = await self._desk.workers.do(self._desk.current)
        secret = request.cookies.get(session_cookie(project), "")
        who = await self._desk.workers.do(lambda: signin.who(project, secret)) if secret else None
        if deed is not None and who is None:
            return self._to_sign_in(request, project)
        if deed is not None and not may(project.settings, who or "", deed):
            raise PermissionDeniedException  # before anything that they send is read
        form = FormMultiDict()
        visitor = request.cookies.get(visitor_cookie(project), "") or request.state.setdefault("visitor", new_visitor())
        token = csrf_token(project, secret if who else visitor)
        if request.method not in SAFE:
            seconds = forms.STAFF_SECONDS if deed else forms.VISITOR_SECONDS
            form = await forms.read(request, seconds, lambda: uploads.incoming(project))
            refuse_foreign(request, form, token)
        request.state.visit = Visit(request, self._desk, project, who or "", token, form)
        return None

    def _to_sign_in(self, request: Asked, project: ProjectView) -> Response[Any]:
        """The way to the page where one signs in, and back from there."""
        if request.method not in SAFE or request.headers.get("accept") == "text/event-stream":
            raise SignedOutError
        query = request.scope["query_string"].decode("latin-1")
        wanted = base(project) + request.scope["path"].removeprefix("/desk") + (f"?{query}" if query else "")
        where = address(project, "in", next=wanted)
        if request.headers.get("hx-request") == "true":
            return Response(b"", status_code=204, headers={"hx-redirect": address(project, "in")})
        return Redirect(where, status_code=303)


def refuse_foreign(request: Asked, form: FormMultiDict, token: str) -> None:
    """Raises ForeignFormError unless the form has this token, and the browser does not say that another site
    sends it.
    """
    given = request.headers.get("x-csrf") or form.get("csrf", "")
    site = request.headers.get("sec-fetch-site", "same-origin")
    if not token or not isinstance(given, str) or site not in {"same-origin", "none"}:
        raise ForeignFormError
    if not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise ForeignFormError
