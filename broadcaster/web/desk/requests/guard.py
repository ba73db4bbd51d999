"""What stands before every page of the desk: who is there, may they, and does the form come from one of our pages?

A form carries a token that is made of the session's secret, so that no page of anybody else can send one for a person
who happens to be signed in. Litestar has protection of its own, whose token is in a second cookie and not bound to the
session; and it would stand before the providers' hooks as well.
"""

import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from litestar import Response
from litestar.datastructures import FormMultiDict
from litestar.exceptions import HTTPException, NotFoundException, PermissionDeniedException
from litestar.response import Redirect

from broadcaster.services.access import sessions
from broadcaster.services.access.permissions import Permission, has_permission
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.rosters import upload_files
from broadcaster.web.common.pages import WebRequest
from broadcaster.web.desk.requests import form_reading
from broadcaster.web.desk.requests.cookies import csrf_token, new_visitor_secret, session_cookie, visitor_cookie
from broadcaster.web.desk.requests.kept_form import KeptForm, keep_form
from broadcaster.web.desk.requests.visit import SAFE_METHODS, DeskContext, Visit, desk_path, page_address
from broadcaster.web.desk.routing.route_permissions import PERMISSION_KEY


class SignedOutError(HTTPException):
    """Whoever this is has to sign in first. `kept` is the form that they sent meanwhile, if it is known as theirs."""

    status_code = 401

    def __init__(self, kept: KeptForm | None = None) -> None:
        super().__init__()
        self.kept = kept


class ForeignFormError(PermissionDeniedException):
    """The browser says that the form was sent by a page of another site."""


class StaleFormError(PermissionDeniedException):
    """The form has no token of this session: its page was opened in an older one. `typed` is what they wrote, for them
    to see.
    """

    def __init__(self, typed: Sequence[str] = ()) -> None:
        super().__init__()
        self.typed = typed


class DeskGuard:
    """Called by Litestar before each handler; leaves a Visit in the request's state, or answers itself."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk

    async def __call__(self, request: WebRequest) -> Response[Any] | None:
        if PERMISSION_KEY not in request.route_handler.opt:
            raise NotFoundException  # a route that does not say what it needs is a mistake of ours
        deed: Permission | None = request.route_handler.opt[PERMISSION_KEY]
        project = await self._desk.workers.run(self._desk.current)
        secret = request.cookies.get(session_cookie(project), "")
        who = await self._desk.workers.run(lambda: sessions.find_signed_in_person(project, secret)) if secret else None
        if deed is not None and who is None:
            return await self._to_sign_in(request, project)
        if deed is not None and not has_permission(project.settings, who or "", deed):
            raise PermissionDeniedException  # before anything that they send is read
        token = csrf_token(project, secret if who else _visitor_secret(request, project))
        # Who they are is known before their form is: a page that refuses it is one of theirs.
        visit = request.state.visit = Visit(request, self._desk, project, who or "", token, FormMultiDict())
        if request.method not in SAFE_METHODS:
            seconds = form_reading.STAFF_SECONDS if deed else form_reading.VISITOR_SECONDS
            form = await form_reading.read_form(request, seconds, lambda name: upload_files.new_upload(project, name))
            refuse_foreign_form(request, form, token, keep=deed is not None)
            request.state.visit = replace(visit, form=form)
        return None

    async def _to_sign_in(self, request: WebRequest, project: Project) -> Response[Any]:
        """The way to the page where one signs in, and back from there."""
        if request.method not in SAFE_METHODS:
            token = csrf_token(project, _visitor_secret(request, project))
            request.state.visit = Visit(request, self._desk, project, "", token, FormMultiDict())
            raise SignedOutError(await _read_unsent_form(request, project))
        if request.headers.get("accept") == "text/event-stream":
            raise SignedOutError
        where = page_address(project, "in", next=_requested_path(request, project))
        if request.headers.get("hx-request") == "true":
            return Response(b"", status_code=204, headers={"hx-redirect": page_address(project, "in")})
        return Redirect(where, status_code=303)


def _visitor_secret(request: WebRequest, project: ProjectView) -> str:
    """That of the visitor's cookie, or a new one for it."""
    known = request.cookies.get(visitor_cookie(project), "")
    return known or str(request.state.setdefault("visitor", new_visitor_secret()))


async def _read_unsent_form(request: WebRequest, project: ProjectView) -> KeptForm | None:
    """What somebody wrote whose session has ended. Of a stranger nothing is read, nor a file of anybody, nor more than
    a visitor may send.
    """
    if request.headers.get("content-type", "").strip().lower().startswith("multipart/"):
        return None
    size = request.headers.get("content-length", "")
    if not request.cookies.get(session_cookie(project)) or _is_from_other_site(request):
        return None
    if not (size.isdecimal() and int(size) <= form_reading.MAX_VISITOR_BYTES):
        return None
    form = await form_reading.read_form(
        request, form_reading.VISITOR_SECONDS, lambda name: upload_files.new_upload(project, name)
    )
    return keep_form(_requested_path(request, project), form)


def _requested_path(request: WebRequest, project: ProjectView) -> str:
    """The path that was asked for, as the browser knows it."""
    query = request.scope["query_string"].decode("latin-1")
    return desk_path(project) + request.scope["path"].removeprefix("/desk") + (f"?{query}" if query else "")


def _is_from_other_site(request: WebRequest) -> bool:
    return request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}


def refuse_foreign_form(request: WebRequest, form: FormMultiDict, token: str, *, keep: bool) -> None:
    """Raises ForeignFormError where the browser says that another site sends the form, and StaleFormError unless it has
    this token. `keep` hands back what was typed.
    """
    if _is_from_other_site(request):
        raise ForeignFormError
    given = request.headers.get("x-csrf") or form.get("csrf", "")
    own = isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())
    if not token or not own:
        raise StaleFormError(form_reading.typed_texts(form) if keep else ())
