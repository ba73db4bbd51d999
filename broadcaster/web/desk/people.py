"""Who works here: roles, audiences, and who has come in. Links for passwords, and signing out everywhere."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.params import FromPath

from broadcaster.services.access import signing_in, staff_accounts
from broadcaster.services.access.permissions import Deed, covers, refuse_wider, signed_in
from broadcaster.services.administration import staff
from broadcaster.services.notifications.untold import nobody_is_told
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit


@get("/people", opt=needs(Deed.LOOK), sync_to_thread=True)
def people(visit: NamedDependency[Visit]) -> Response[Any]:
    """Everybody of config.yaml."""
    return _page(visit)


@post("/people/{person:str}/invite", opt=needs(Deed.LOOK_AFTER_PEOPLE), status_code=200, sync_to_thread=True)
def invite(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """A link with which this person chooses a password. It is shown on this one answer, and nowhere again."""
    known(visit, person)
    refuse_wider(visit.view.settings, visit.who, person)
    secret = signing_in.invite(visit.project, person, visit.actor(Deed.LOOK_AFTER_PEOPLE))
    return _page(visit, invited=person, link=f"{_origin(visit)}{visit.url('in', secret)}")


@post("/people/{person:str}/sign-out", opt=needs(Deed.LOOK), sync_to_thread=True)
def sign_out(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """End all sessions of a person: an admin's deed, or their own."""
    known(visit, person)
    if person != visit.who and not visit.may("look_after_people"):
        raise PermissionDeniedException
    refuse_wider(visit.view.settings, visit.who, person)
    signing_in.sign_out_everywhere(visit.project, person, signed_in(visit.view.settings, visit.who, Deed.LOOK))
    return visit.go("in", said="out") if person == visit.who else visit.go("people", said="out-everywhere")


@post("/people/{person:str}/confirm", opt=needs(Deed.LOOK_AFTER_PEOPLE), sync_to_thread=True)
def confirm(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Note that this account is in the hands of its owner."""
    known(visit, person)
    refuse_wider(visit.project.settings, visit.who, person)
    staff_accounts.confirm(visit.project, person, visit.actor(Deed.LOOK_AFTER_PEOPLE))
    return visit.go("people", person, "change", said="account-confirmed")


ROUTES = (people, invite, sign_out, confirm)


def known(visit: Visit, person: str) -> None:
    """Raise NotFoundException unless this person works here."""
    if person not in visit.view.settings.people:
        raise NotFoundException


def _page(visit: Visit, invited: str = "", link: str = "") -> Response[Any]:
    settings = visit.view.settings
    able = visit.may("look_after_people")
    return visit.page(
        "people",
        people=settings.people,
        standing=signing_in.standing(visit.view),
        mine=[key for key, one in settings.people.items() if able and covers(settings, visit.who, one.audiences)],
        seen=[one for person in settings.people.values() for one in person.audiences or () if visit.sees(one)],
        two_can=staff.two_can(settings),
        nobody_told=nobody_is_told(settings),
        invited=invited,
        link=link,
        public=bool(settings.public_url),
    )


def _origin(visit: Visit) -> str:
    """Scheme and host of the desk as `public_url` has them, or else as this browser reached it. A server in between
    could say that it spoke https; but so could anybody who is not one, so nothing but config.yaml is believed.
    """
    public = urlsplit(visit.view.settings.public_url or "")
    if public.netloc:
        return f"{public.scheme}://{public.netloc}"
    return f"http://{visit.request.headers.get('host', 'localhost')}"
