"""Who works here: roles, audiences, and who has come in. Links for passwords, and signing out everywhere."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.params import FromPath

from broadcaster.services.access import invitations, sessions, staff_accounts
from broadcaster.services.access.permissions import Permission, desk_actor, refuse_wider_access, works_with_all
from broadcaster.services.administration import staff
from broadcaster.services.notifications.unreached import no_approver_gets_notifications
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires


@get("/people", opt=requires(Permission.LOOK), sync_to_thread=True)
def show_staff(visit: NamedDependency[Visit]) -> Response[Any]:
    """Everybody of config.yaml."""
    return _staff_page(visit)


@post("/people/{person:str}/invite", opt=requires(Permission.LOOK_AFTER_PEOPLE), status_code=200, sync_to_thread=True)
def post_invitation(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """A link with which this person chooses a password. It is shown on this one answer, and nowhere again."""
    require_known_person(visit, person)
    refuse_wider_access(visit.view.settings, visit.who, person)
    secret = invitations.create_invitation(visit.project, person, visit.actor(Permission.LOOK_AFTER_PEOPLE))
    return _staff_page(visit, invited=person, link=f"{_desk_origin(visit)}{visit.url('in', secret)}")


@post("/people/{person:str}/sign-out", opt=requires(Permission.LOOK), sync_to_thread=True)
def post_sign_out_everywhere(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """End all sessions of a person: an admin's deed, or their own."""
    require_known_person(visit, person)
    if person != visit.who and not visit.has_permission("look_after_people"):
        raise PermissionDeniedException
    refuse_wider_access(visit.view.settings, visit.who, person)
    sessions.sign_out_everywhere(visit.project, person, desk_actor(visit.view.settings, visit.who, Permission.LOOK))
    return (
        visit.redirect_to("in", said="out")
        if person == visit.who
        else visit.redirect_to("people", said="out-everywhere")
    )


@post("/people/{person:str}/confirm", opt=requires(Permission.LOOK_AFTER_PEOPLE), sync_to_thread=True)
def post_confirmation(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Note that this account is in the hands of its owner."""
    require_known_person(visit, person)
    refuse_wider_access(visit.project.settings, visit.who, person)
    staff_accounts.confirm_account(visit.project, person, visit.actor(Permission.LOOK_AFTER_PEOPLE))
    return visit.redirect_to("people", person, "change", said="account-confirmed")


ROUTES = (show_staff, post_invitation, post_sign_out_everywhere, post_confirmation)


def require_known_person(visit: Visit, person: str) -> None:
    """Raise NotFoundException unless this person works here."""
    if person not in visit.view.settings.people:
        raise NotFoundException


def _staff_page(visit: Visit, invited: str = "", link: str = "") -> Response[Any]:
    settings = visit.view.settings
    able = visit.has_permission("look_after_people")
    return visit.page(
        "people",
        people=settings.people,
        standing=sessions.list_account_states(visit.view),
        mine=[
            key for key, one in settings.people.items() if able and works_with_all(settings, visit.who, one.audiences)
        ],
        seen=[one for person in settings.people.values() for one in person.audiences or () if visit.can_see(one)],
        two_can=staff.has_author_and_approver(settings),
        nobody_told=no_approver_gets_notifications(settings),
        invited=invited,
        link=link,
        public=bool(settings.public_url),
    )


def _desk_origin(visit: Visit) -> str:
    """Scheme and host of the desk as `public_url` has them, or else as this browser reached it. A server in between
    could say that it spoke https; but so could anybody who is not one, so nothing but config.yaml is believed.
    """
    public = urlsplit(visit.view.settings.public_url or "")
    if public.netloc:
        return f"{public.scheme}://{public.netloc}"
    return f"http://{visit.request.headers.get('host', 'localhost')}"
