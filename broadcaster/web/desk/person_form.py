"""Taking somebody in, changing what they may do, taking them out."""

from dataclasses import replace
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from broadcaster.config import Role
from broadcaster.domain.errors import BroadcasterError
from broadcaster.services.access import signing_in, staff_accounts
from broadcaster.services.access.permissions import Deed, refuse_wider
from broadcaster.services.access.staff_entries import Part, part_of
from broadcaster.services.administration import staff
from broadcaster.services.writing import letter_catalogue
from broadcaster.web.desk.people import known
from broadcaster.web.desk.permissions import needs
from broadcaster.web.desk.request import Visit

NOBODY = Part("", Role.AUTHOR, None)


@get("/people/new", opt=needs(Deed.LOOK_AFTER_PEOPLE), sync_to_thread=True)
def adding(visit: NamedDependency[Visit]) -> Response[Any]:
    """An empty form."""
    return _form(visit, "", NOBODY)


@post("/people/new", opt=needs(Deed.LOOK_AFTER_PEOPLE), status_code=200, sync_to_thread=True)
def added(visit: NamedDependency[Visit]) -> Response[Any]:
    """Write them into config.yaml."""
    part, key = _part(visit), visit.field("key").lower()
    try:
        staff.add(visit.project, key, part, visit.actor(Deed.LOOK_AFTER_PEOPLE))
    except BroadcasterError as error:
        return _form(visit, "", part, error)
    return visit.go("people", key, "change", said="person-added")


@get("/people/{person:str}/change", opt=needs(Deed.LOOK_AFTER_PEOPLE), sync_to_thread=True)
def changing(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """What they may do now, and what of theirs is not finished."""
    known(visit, person)
    refuse_wider(visit.view.settings, visit.who, person)
    one = visit.view.settings.people[person]
    return _form(visit, person, part_of(one))


@post("/people/{person:str}/change", opt=needs(Deed.LOOK_AFTER_PEOPLE), status_code=200, sync_to_thread=True)
def changed(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Write it into config.yaml."""
    known(visit, person)
    refuse_wider(visit.view.settings, visit.who, person)
    one, part = visit.view.settings.people[person], _part(visit)
    if person == visit.who:
        part = replace(part, role=one.role, audiences=one.audiences)
    try:
        staff.change(visit.project, person, part, visit.actor(Deed.LOOK_AFTER_PEOPLE))
    except BroadcasterError as error:
        return _form(visit, person, part, error)
    return visit.go("people", said="person-changed")


@post("/people/{person:str}/remove", opt=needs(Deed.LOOK_AFTER_PEOPLE), sync_to_thread=True)
def removed(person: FromPath[str], visit: NamedDependency[Visit]) -> Response[Any]:
    """Take them out of config.yaml."""
    known(visit, person)
    staff.remove(visit.project, person, visit.actor(Deed.LOOK_AFTER_PEOPLE))
    return visit.go("people", said="person-removed")


ROUTES = (adding, added, changing, changed, removed)


def _part(visit: Visit) -> Part:
    """What was chosen in the form."""
    chosen, tell = _chosen(visit, "audience"), _chosen(visit, "tell")
    audiences = None if visit.field("scope") == "all" else chosen
    return Part(visit.field("name"), visit.field("role"), audiences, visit.field("email"), visit.field("phone"), tell)


def _chosen(visit: Visit, name: str) -> tuple[str, ...]:
    """The boxes of one name that were ticked."""
    return tuple(one for one in visit.form.getall(name, []) if isinstance(one, str))


def _form(visit: Visit, person: str, part: Part, error: BroadcasterError | None = None) -> Response[Any]:
    mine = visit.person.audiences
    known_here = letter_catalogue.audience_names(visit.view)
    theirs = part.audiences or ()
    return visit.page(
        "person",
        422 if error else 200,
        key=person,
        at=signing_in.standing(visit.view).get(person),
        account=staff_accounts.account(visit.view, person),
        part=part,
        all_are_mine=mine is None,
        audiences=sorted({*theirs, *(known_here if mine is None else set(known_here) & set(mine))}),
        roles=list(Role),
        unfinished=staff.unfinished(visit.view, person, visit.who) if person else [],
        error=error,
    )
