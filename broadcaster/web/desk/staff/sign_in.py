"""Signing in and out, and choosing a password with a link that is good once. A GET uses no link up."""

from dataclasses import replace
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access import invitations, known_devices, sessions
from broadcaster.services.access.invitations import LinkGoneError, LinkPurpose
from broadcaster.services.access.password_attempts import TooManyTriesError
from broadcaster.services.access.passwords import WeakPasswordError
from broadcaster.services.access.permissions import Permission
from broadcaster.services.access.sessions import SignInRefusedError
from broadcaster.web.common.rate_limit import WINDOW_SECONDS
from broadcaster.web.common.worker_threads import TooOftenError
from broadcaster.web.desk.rendering.localisation import LANGUAGES
from broadcaster.web.desk.requests.cookies import (
    csrf_token,
    device_cookie,
    lasting_cookie,
    session_bound_cookie,
    session_cookie,
    visitor_cookie,
)
from broadcaster.web.desk.requests.form_reading import MAX_SIGN_IN_BYTES, MAX_VISITOR_BYTES, typed_texts
from broadcaster.web.desk.requests.kept_form import KeptForm, carried_form
from broadcaster.web.desk.requests.return_path import safe_return_path
from broadcaster.web.desk.requests.visit import Visit, desk_path
from broadcaster.web.desk.routing.route_permissions import OPEN_TO_ALL, requires

MAX_FIELD_LENGTH = 200
"""Characters of a name or a link that are worth a look."""


@get("/in", opt=OPEN_TO_ALL, sync_to_thread=True)
def show_sign_in(visit: NamedDependency[Visit]) -> Response[Any]:
    """Name and password."""
    if visit.who:
        return visit.redirect_to()
    return _sign_in_page(visit, 200)


@post("/in", opt=OPEN_TO_ALL, request_max_body_size=MAX_SIGN_IN_BYTES, status_code=200)
async def post_sign_in(visit: NamedDependency[Visit]) -> Response[Any]:
    """Open a session, and go on with what they had written; or say that name and password do not belong together."""
    name, password = visit.field("name")[:MAX_FIELD_LENGTH].lower(), str(visit.form.get("password", ""))
    device = known_devices.find_known_device(visit.view.keyring, _device_secret(visit), name)
    threads = visit.desk.passwords.known if device else visit.desk.passwords.strangers
    try:
        secret = await threads.run(lambda: sessions.sign_in(visit.project, name, password, device))
    except TooManyTriesError as error:
        raise TooOftenError(error.seconds) from None
    except SignInRefusedError as error:
        return _sign_in_page(visit, 422, _carried_form(visit), name=name, error=error)
    kept = _carried_form(visit)
    answer = _resumed_page(visit, secret, name, kept) if kept else Redirect(_return_address(visit), status_code=303)
    return _set_session_cookies(visit, answer, secret, name)


def show_signed_out(visit: Visit, kept: KeptForm | None) -> Response[Any]:
    """The answer to a form that came after its session had ended: they sign in on this very page."""
    return _sign_in_page(visit, 401, kept, late=True)


@get("/in/{secret:str}", opt=OPEN_TO_ALL, sync_to_thread=True)
def show_invitation(secret: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What a link is good for: choosing a password, or coming in at once."""
    return _invitation_page(visit, secret, None)


@post("/in/{secret:str}", opt=OPEN_TO_ALL, request_max_body_size=MAX_VISITOR_BYTES, status_code=200)
async def post_invitation_used(secret: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Use the link up."""
    link = secret[:MAX_FIELD_LENGTH]
    if not visit.desk.passwords.uses.take(link):
        raise TooOftenError(int(WINDOW_SECONDS))
    try:
        session, person = await visit.desk.passwords.links.run(lambda: _use_link(visit, link))
    except WeakPasswordError as refusal:
        why = refusal
        return await visit.desk.workers.run(lambda: _invitation_page(visit, link, why))
    except LinkGoneError:
        return visit.page("linkgone", 410)
    return _set_session_cookies(visit, visit.redirect_to(said="welcome"), session, person)


def _use_link(visit: Visit, link: str) -> tuple[str, str]:
    """The secret of a new session, which the link is good for, and whose it is."""
    found = invitations.find_invitation(visit.view, link)
    if found.kind == LinkPurpose.ENTER:
        return invitations.sign_in_with_link(visit.project, link), found.person
    password = str(visit.form.get("password", ""))
    if password != visit.form.get("again"):
        raise WeakPasswordError("The two passwords are not the same.", remedy="Type it into both fields.")
    return invitations.choose_password(visit.project, link, password), found.person


@post("/out", opt=requires(Permission.LOOK), sync_to_thread=True)
def post_sign_out(visit: NamedDependency[Visit]) -> Response[Any]:
    """End this session."""
    name = session_cookie(visit.view)
    sessions.sign_out(visit.project, visit.request.cookies.get(name, ""))
    answer = visit.redirect_to("in", said="out")
    answer.set_cookie(session_bound_cookie(visit.view, name, ""))
    return answer


@post("/language", opt=OPEN_TO_ALL, request_max_body_size=MAX_VISITOR_BYTES, sync_to_thread=True)
def post_language(visit: NamedDependency[Visit]) -> Response[Any]:
    """Remember in which language to speak."""
    answer: Response[Any] = Redirect(_return_address(visit), status_code=303)
    chosen = visit.field("language")
    if chosen in LANGUAGES:
        answer.set_cookie(lasting_cookie(visit.view, "desk_language", chosen))
    return answer


ROUTES = (show_sign_in, post_sign_in, show_invitation, post_invitation_used, post_sign_out, post_language)


def _sign_in_page(visit: Visit, status: int, kept: KeptForm | None = None, **values: Any) -> Response[Any]:
    """Name and password; `kept` waits in it."""
    known = {"name": "", "error": None, "late": kept is not None} | values
    return visit.page("signin", status, next=_return_address(visit), kept=kept, **known)


def _resumed_page(visit: Visit, secret: str, person: str, kept: KeptForm) -> Response[Any]:
    """What they had written, to go on with, now that they have a session."""
    entered = replace(visit, who=person, csrf=csrf_token(visit.view, secret))
    return entered.page("signin-resumed", form=kept, typed=typed_texts(FormMultiDict(kept.fields)))


def _carried_form(visit: Visit) -> KeptForm | None:
    return carried_form(desk_path(visit.view), visit.form)


def _invitation_page(visit: Visit, secret: str, error: BroadcasterError | None) -> Response[Any]:
    try:
        found = invitations.find_invitation(visit.view, secret[:MAX_FIELD_LENGTH])
    except LinkGoneError:
        return visit.page("linkgone", 410)
    person = visit.view.settings.people[found.person]
    page = "enter" if found.kind == LinkPurpose.ENTER else "choose"
    return visit.page(page, 422 if error else 200, secret=secret, key=found.person, person=person, error=error)


def _device_secret(visit: Visit) -> str:
    return visit.request.cookies.get(device_cookie(visit.view), "")


def _set_session_cookies(visit: Visit, answer: Response[Any], secret: str, person: str) -> Response[Any]:
    device = known_devices.make_device_cookie(visit.view.keyring, _device_secret(visit), person)
    answer.set_cookie(lasting_cookie(visit.view, device_cookie(visit.view), device))
    answer.set_cookie(session_bound_cookie(visit.view, session_cookie(visit.view), secret))
    answer.set_cookie(session_bound_cookie(visit.view, visitor_cookie(visit.view), ""))
    return answer


def _return_address(visit: Visit) -> str:
    """Where they wanted to go: a page of the desk, and nowhere else."""
    return safe_return_path(desk_path(visit.view), visit.field("next") or visit.asked("next"))
