"""Who may do what, and with which audiences.

On the command line `--by` is a claim: it guards against mistakes, not against someone who has the shell. The audit log
therefore keeps it as asserted, with the system user and the host. Whoever signed in at the desk is kept as such.
"""

import getpass
import socket
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from broadcaster.config import Settings
from broadcaster.domain.errors import BroadcasterError


class Permission(StrEnum):
    """What somebody may do, as far as rights are concerned; the words end the sentence "you may not"."""

    LOOK = "look around"
    SEE_PEOPLE = "see who is written to"
    WRITE = "write letters"
    TEST = "send a test"
    KEEP_AUDIENCE = "change an audience"
    PLAN = "change a campaign"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    SEND = "send"
    CALL_OFF = "call off a start"
    CONTROL = "pause, resume or cancel a broadcast"
    SETTLE = "settle what is unsure"
    SUPPRESS = "suppress an address"
    LIFT = "lift a suppression"
    ERASE = "erase a person"
    LOOK_AT_REPLY = "mark a reply as seen"
    SEE_REPLIES = "read replies"
    OPEN_REPLY = "see who wrote a reply"
    SEE_OUTBOX = "look into the outbox"
    SEE_AUDIT = "read the audit log"
    LOOK_AFTER_PEOPLE = "look after the people who work here"
    CHANGE_SETTINGS = "change the settings"


_EVERY_ROLE = frozenset({"author", "approver", "viewer", "admin"})
_WORKING_ROLES = frozenset({"author", "approver", "admin"})
_WRITING_ROLES = frozenset({"author", "admin"})
_DECIDING_ROLES = frozenset({"approver", "admin"})
_ADMIN_ROLE = frozenset({"admin"})

ROLES_BY_PERMISSION: dict[Permission, frozenset[str]] = {
    Permission.LOOK: _EVERY_ROLE,
    # Viewers see counts and letters, and no person's name or address: that somebody is on a list is what must stay
    # secret.
    Permission.SEE_PEOPLE: _WORKING_ROLES,
    Permission.WRITE: _WRITING_ROLES,
    Permission.TEST: _WORKING_ROLES,
    Permission.KEEP_AUDIENCE: _WRITING_ROLES,
    Permission.PLAN: _WRITING_ROLES,
    Permission.SUBMIT: _WRITING_ROLES,
    Permission.APPROVE: _DECIDING_ROLES,
    Permission.REJECT: _DECIDING_ROLES,
    Permission.SEND: _WORKING_ROLES,
    # To stop something must be easy: whoever may work here may.
    Permission.CALL_OFF: _WORKING_ROLES,
    Permission.CONTROL: _WORKING_ROLES,
    Permission.SETTLE: _WORKING_ROLES,
    # A no may be taken down by whoever hears it; taking it back, or erasing, is the admin's, who looks after rights.
    Permission.SUPPRESS: _WORKING_ROLES,
    Permission.LIFT: _ADMIN_ROLE,
    Permission.ERASE: _ADMIN_ROLE,
    # Who only looks must not make it look as if somebody had taken care.
    Permission.LOOK_AT_REPLY: _WORKING_ROLES,
    Permission.SEE_REPLIES: _WORKING_ROLES,
    Permission.OPEN_REPLY: _WORKING_ROLES,
    Permission.SEE_OUTBOX: _WORKING_ROLES,
    Permission.SEE_AUDIT: _DECIDING_ROLES,
    Permission.LOOK_AFTER_PEOPLE: _ADMIN_ROLE,
    Permission.CHANGE_SETTINGS: _ADMIN_ROLE,
}


class UnknownPersonError(BroadcasterError):
    """`--by` names somebody who is not among `people`."""

    code = "person-unknown"


class NotAllowedError(BroadcasterError):
    """This person's role does not carry this right."""

    code = "not-allowed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does this: as they say from an account on a machine, or as they signed in at the desk (`host` is DESK)."""

    name: str
    role: str
    system_user: str
    host: str


DESK_HOST = "desk"
"""In the place of a machine's name in the audit log: this person had signed in, and nobody else says so."""


def own_account_actor(person: str) -> Actor:
    """Somebody who acts on their own account at the desk, for which no role is needed."""
    return Actor(person, role="", system_user="", host=DESK_HOST)


def system_account_actor() -> Actor:
    """The system account of this process, where a command is given without `--by`; no role is needed."""
    return Actor(system_user(), "", system_user(), host())


def command_line_actor(settings: Settings, by: str, deed: Permission, audiences: Iterable[str] = ()) -> Actor:
    """The person `by` on the command line, when they may do `deed` with these audiences.

    Raises UnknownPersonError or NotAllowedError.
    """
    return Actor(by, _permitted_role(settings, by, deed, audiences), system_user(), host())


def desk_actor(settings: Settings, by: str, deed: Permission, audiences: Iterable[str] = ()) -> Actor:
    """The person `by`, who signed in at the desk; else as `command_line_actor`."""
    return Actor(by, _permitted_role(settings, by, deed, audiences), "", DESK_HOST)


def has_permission(settings: Settings, by: str, deed: Permission) -> bool:
    """Whether this person's role allows `deed`."""
    person = settings.people.get(by)
    return person is not None and person.role in ROLES_BY_PERMISSION[deed]


def can_see(settings: Settings, by: str, audiences: Iterable[str]) -> bool:
    """Whether this person works with all of these audiences."""
    person = settings.people.get(by)
    return person is not None and (person.audiences is None or set(audiences) <= set(person.audiences))


def refuse_wider_access(settings: Settings, by: str, person: str) -> None:
    """Raise NotAllowedError unless `by` works with every audience that `person` does: whoever makes a link for somebody
    could use it themselves, and would have more rights than their own.
    """
    refuse_wider_audiences(settings, by, person, settings.people[person].audiences)


def refuse_wider_audiences(settings: Settings, by: str, person: str, audiences: Collection[str] | None) -> None:
    """As `refuse_wider_access`, of the audiences that `person` is to work with; None is all of them."""
    if not works_with_all(settings, by, audiences):
        raise NotAllowedError(
            f"{person} works with audiences that {by} does not work with.",
            remedy="Ask an administrator who works with all of them.",
        )


def works_with_all(settings: Settings, by: str, audiences: Collection[str] | None) -> bool:
    """Whether `by` works with every one of these audiences; None is all there are."""
    mine = settings.people[by].audiences
    return mine is None or (audiences is not None and set(audiences) <= set(mine))


def refuse_without_permission(settings: Settings, by: str, deed: Permission) -> None:
    """Raise UnknownPersonError or NotAllowedError unless the person `by` may do `deed`."""
    _permitted_role(settings, by, deed, ())


def list_permitted(settings: Settings, deed: Permission) -> list[str]:
    """Those whose role allows `deed`."""
    return sorted(who for who, person in settings.people.items() if person.role in ROLES_BY_PERMISSION[deed])


def list_permitted_for(settings: Settings, deed: Permission, audiences: Collection[str]) -> list[str]:
    """Those whose role allows `deed`, and who work with all of these audiences."""
    return [who for who in list_permitted(settings, deed) if can_see(settings, who, audiences)]


def list_deciders(settings: Settings, audiences: Collection[str], author: str) -> list[str]:
    """The names of those who may decide on what `author` submitted for these audiences."""
    return [
        settings.people[who].name
        for who in list_permitted_for(settings, Permission.APPROVE, audiences)
        if who != author
    ]


def _permitted_role(settings: Settings, by: str, deed: Permission, audiences: Iterable[str]) -> str:
    """The role of a person who may."""
    person = settings.people.get(by)
    if person is None:
        known = ", ".join(sorted(settings.people)) or "nobody yet"
        raise UnknownPersonError(
            f"{by!r} is not one of the people in config.yaml.", remedy=f"Use one of: {known}.", file="config.yaml"
        )
    if person.role not in ROLES_BY_PERMISSION[deed]:
        allowed = ", ".join(list_permitted(settings, deed)) or "nobody"
        raise NotAllowedError(f"{by} is {person.role} and may not {deed}.", remedy=f"Those who may: {allowed}.")
    if not can_see(settings, by, audiences):
        raise NotAllowedError(
            f"{by} does not work with every audience of this.",
            remedy="Ask somebody who does, or an admin to add the audience to this person in config.yaml.",
        )
    return person.role


def system_user() -> str:
    """The account this process runs under; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def host() -> str:
    """The name of this machine."""
    return socket.gethostname()
