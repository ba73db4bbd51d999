"""Taking somebody in, changing what they may do, taking them out."""

from dataclasses import replace
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.config import Role
from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access import sessions, staff_accounts
from broadcaster.services.access.permissions import Permission, refuse_wider_access
from broadcaster.services.access.staff_entries import StaffEntry, staff_entry_of
from broadcaster.services.administration import staff
from broadcaster.services.rosters import audiences
from broadcaster.web.desk.requests.visit import Visit
from broadcaster.web.desk.routing.route_permissions import requires
from broadcaster.web.desk.staff.staff_list import require_known_person

EMPTY_ENTRY = StaffEntry("", Role.AUTHOR, None)


@get("/people/new", opt=requires(Permission.LOOK_AFTER_PEOPLE), sync_to_thread=True)
def show_new_form(visit: NamedDependency[Visit]) -> Response[Any]:
    """An empty form."""
    return _form_page(visit, "", EMPTY_ENTRY)


@post("/people/new", opt=requires(Permission.LOOK_AFTER_PEOPLE), status_code=200, sync_to_thread=True)
def post_person(visit: NamedDependency[Visit]) -> Response[Any]:
    """Write them into config.yaml."""
    part, key = _entry_of_form(visit), visit.field("key").lower()
    try:
        staff.add_person(visit.project, key, part, visit.actor(Permission.LOOK_AFTER_PEOPLE))
    except BroadcasterError as error:
        return _form_page(visit, "", part, error)
    return visit.redirect_to("people", key, "change", said="person-added")


@get("/people/{person:str}/change", opt=requires(Permission.LOOK_AFTER_PEOPLE), sync_to_thread=True)
def show_change_form(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What they may do now, and what of theirs is not finished."""
    require_known_person(visit, person)
    refuse_wider_access(visit.view.settings, visit.who, person)
    one = visit.view.settings.people[person]
    return _form_page(visit, person, staff_entry_of(one))


@post("/people/{person:str}/change", opt=requires(Permission.LOOK_AFTER_PEOPLE), status_code=200, sync_to_thread=True)
def post_change(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Write it into config.yaml."""
    require_known_person(visit, person)
    refuse_wider_access(visit.view.settings, visit.who, person)
    one, part = visit.view.settings.people[person], _entry_of_form(visit)
    if person == visit.who:
        part = replace(part, role=one.role, audiences=one.audiences)
    try:
        staff.change_person(visit.project, person, part, visit.actor(Permission.LOOK_AFTER_PEOPLE))
    except BroadcasterError as error:
        return _form_page(visit, person, part, error)
    return visit.redirect_to("people", said="person-changed")


@post("/people/{person:str}/remove", opt=requires(Permission.LOOK_AFTER_PEOPLE), sync_to_thread=True)
def post_removal(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Take them out of config.yaml."""
    require_known_person(visit, person)
    staff.remove_person(visit.project, person, visit.actor(Permission.LOOK_AFTER_PEOPLE))
    return visit.redirect_to("people", said="person-removed")


ROUTES = (show_new_form, post_person, show_change_form, post_change, post_removal)


def _entry_of_form(visit: Visit) -> StaffEntry:
    """What was chosen in the form."""
    chosen, tell = _ticked_boxes(visit, "audience"), _ticked_boxes(visit, "tell")
    audiences = None if visit.field("scope") == "all" else chosen
    return StaffEntry(
        visit.field("name"), visit.field("role"), audiences, visit.field("email"), visit.field("phone"), tell
    )


def _ticked_boxes(visit: Visit, name: str) -> tuple[str, ...]:
    """The boxes of one name that were ticked."""
    return tuple(one for one in visit.form.getall(name, []) if isinstance(one, str))


def _form_page(visit: Visit, person: str, part: StaffEntry, error: BroadcasterError | None = None) -> Response[Any]:
    mine = visit.person.audiences
    known_here = audiences.list_audiences(visit.view)
    theirs = part.audiences or ()
    return visit.page(
        "person",
        422 if error else 200,
        key=person,
        at=sessions.list_account_states(visit.view).get(person),
        account=staff_accounts.account_history(visit.view, person),
        part=part,
        all_are_mine=mine is None,
        audiences=sorted({*theirs, *(known_here if mine is None else set(known_here) & set(mine))}),
        roles=list(Role),
        unfinished=staff.list_unfinished_approvals(visit.view, person, visit.who) if person else [],
        error=error,
    )
