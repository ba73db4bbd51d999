"""Signing in and out, and choosing a password with a link that is good once. A GET uses no link up."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access import known_devices, signing_in
from broadcaster.services.access.password_attempts import TooManyTriesError
from broadcaster.services.access.permissions import Deed
from broadcaster.services.access.signing_in import Good, LinkGoneError, SignInRefusedError, WeakPasswordError
from broadcaster.web.desk.cookies import cookie, device_cookie, lasting, session_cookie, visitor_cookie
from broadcaster.web.desk.forms import VISITOR_BYTES
from broadcaster.web.desk.localisation import LANGUAGES
from broadcaster.web.desk.permissions import OPEN, needs
from broadcaster.web.desk.request import Visit, base
from broadcaster.web.desk.returning import within
from broadcaster.web.rate_limit import SECONDS
from broadcaster.web.worker_threads import TooOftenError

LONGEST = 200
"""Characters of a name or a link that are worth a look."""


@get("/in", opt=OPEN, sync_to_thread=True)
def form(visit: NamedDependency[Visit]) -> Response[Any]:
    """Name and password."""
    if visit.who:
        return visit.go()
    return visit.page("signin", next=_back(visit), name="", error=None)


@post("/in", opt=OPEN, request_max_body_size=VISITOR_BYTES, status_code=200)
async def sign_in(visit: NamedDependency[Visit]) -> Response[Any]:
    """Open a session, or say that name and password do not belong together."""
    name, password = visit.field("name")[:LONGEST].lower(), str(visit.form.get("password", ""))
    device = known_devices.known(visit.view.keyring, _device(visit), name)
    threads = visit.desk.passwords.known if device else visit.desk.passwords.strangers
    try:
        secret = await threads.do(lambda: signing_in.sign_in(visit.project, name, password, device))
    except TooManyTriesError as error:
        raise TooOftenError(error.seconds) from None
    except SignInRefusedError as error:
        return visit.page("signin", 422, next=_back(visit), name=name, error=error)
    answer: Response[Any] = Redirect(_back(visit), status_code=303)
    return _with_session(visit, answer, secret, name)


@get("/in/{secret:str}", opt=OPEN, sync_to_thread=True)
def invited(secret: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What a link is good for: choosing a password, or coming in at once."""
    return _invited(visit, secret, None)


@post("/in/{secret:str}", opt=OPEN, request_max_body_size=VISITOR_BYTES, status_code=200)
async def accepted(secret: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Use the link up."""
    link = secret[:LONGEST]
    if not visit.desk.passwords.uses.take(link):
        raise TooOftenError(int(SECONDS))
    try:
        session, person = await visit.desk.passwords.links.do(lambda: _accept(visit, link))
    except WeakPasswordError as refusal:
        why = refusal
        return await visit.desk.workers.do(lambda: _invited(visit, link, why))
    except LinkGoneError:
        return visit.page("linkgone", 410)
    return _with_session(visit, visit.go(said="welcome"), session, person)


def _accept(visit: Visit, link: str) -> tuple[str, str]:
    """The secret of a new session, which the link is good for, and whose it is."""
    found = signing_in.invited(visit.view, link)
    if found.kind == Good.ENTER:
        return signing_in.enter(visit.project, link), found.person
    password = str(visit.form.get("password", ""))
    if password != visit.form.get("again"):
        raise WeakPasswordError("The two passwords are not the same.", remedy="Type it into both fields.")
    return signing_in.choose(visit.project, link, password), found.person


@post("/out", opt=needs(Deed.LOOK), sync_to_thread=True)
def sign_out(visit: NamedDependency[Visit]) -> Response[Any]:
    """End this session."""
    name = session_cookie(visit.view)
    signing_in.sign_out(visit.project, visit.request.cookies.get(name, ""))
    answer = visit.go("in", said="out")
    answer.set_cookie(cookie(visit.view, name, ""))
    return answer


@post("/language", opt=OPEN, request_max_body_size=VISITOR_BYTES, sync_to_thread=True)
def speak(visit: NamedDependency[Visit]) -> Response[Any]:
    """Remember in which language to speak."""
    answer: Response[Any] = Redirect(_back(visit), status_code=303)
    chosen = visit.field("language")
    if chosen in LANGUAGES:
        answer.set_cookie(lasting(visit.view, "desk_language", chosen))
    return answer


ROUTES = (form, sign_in, invited, accepted, sign_out, speak)


def _invited(visit: Visit, secret: str, error: BroadcasterError | None) -> Response[Any]:
    try:
        found = signing_in.invited(visit.view, secret[:LONGEST])
    except LinkGoneError:
        return visit.page("linkgone", 410)
    person = visit.view.settings.people[found.person]
    page = "enter" if found.kind == Good.ENTER else "choose"
    return visit.page(page, 422 if error else 200, secret=secret, key=found.person, person=person, error=error)


def _device(visit: Visit) -> str:
    return visit.request.cookies.get(device_cookie(visit.view), "")


def _with_session(visit: Visit, answer: Response[Any], secret: str, person: str) -> Response[Any]:
    device = known_devices.after_sign_in(visit.view.keyring, _device(visit), person)
    answer.set_cookie(lasting(visit.view, device_cookie(visit.view), device))
    answer.set_cookie(cookie(visit.view, session_cookie(visit.view), secret))
    answer.set_cookie(cookie(visit.view, visitor_cookie(visit.view), ""))
    return answer


def _back(visit: Visit) -> str:
    """Where they wanted to go: a page of the desk, and nowhere else."""
    return within(base(visit.view), visit.field("next") or visit.asked("next"))
