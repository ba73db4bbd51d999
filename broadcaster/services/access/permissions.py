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


class Deed(StrEnum):
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


_ALL = frozenset({"author", "approver", "viewer", "admin"})
_WORKING = frozenset({"author", "approver", "admin"})
_WRITING = frozenset({"author", "admin"})
_DECIDING = frozenset({"approver", "admin"})
_ADMIN = frozenset({"admin"})

RIGHTS: dict[Deed, frozenset[str]] = {
    Deed.LOOK: _ALL,
    # Viewers see counts and letters, and no person's name or address: that somebody is on a list is what must stay
    # secret.
    Deed.SEE_PEOPLE: _WORKING,
    Deed.WRITE: _WRITING,
    Deed.TEST: _WORKING,
    Deed.KEEP_AUDIENCE: _WRITING,
    Deed.PLAN: _WRITING,
    Deed.SUBMIT: _WRITING,
    Deed.APPROVE: _DECIDING,
    Deed.REJECT: _DECIDING,
    Deed.SEND: _WORKING,
    # To stop something must be easy: whoever may work here may.
    Deed.CALL_OFF: _WORKING,
    Deed.CONTROL: _WORKING,
    Deed.SETTLE: _WORKING,
    # A no may be taken down by whoever hears it; taking it back, or erasing, is the admin's, who looks after rights.
    Deed.SUPPRESS: _WORKING,
    Deed.LIFT: _ADMIN,
    Deed.ERASE: _ADMIN,
    # Who only looks must not make it look as if somebody had taken care.
    Deed.LOOK_AT_REPLY: _WORKING,
    Deed.SEE_REPLIES: _WORKING,
    Deed.OPEN_REPLY: _WORKING,
    Deed.SEE_OUTBOX: _WORKING,
    Deed.SEE_AUDIT: _DECIDING,
    Deed.LOOK_AFTER_PEOPLE: _ADMIN,
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


DESK = "desk"
"""In the place of a machine's name in the audit log: this person had signed in, and nobody else says so."""


def actor(settings: Settings, by: str, deed: Deed, audiences: Iterable[str] = ()) -> Actor:
    """The person `by` on the command line, when they may do `deed` with these audiences.

    Raises UnknownPersonError or NotAllowedError.
    """
    return Actor(by, _allowed(settings, by, deed, audiences), system_user(), host())


def signed_in(settings: Settings, by: str, deed: Deed, audiences: Iterable[str] = ()) -> Actor:
    """The person `by`, who signed in at the desk; else as `actor`."""
    return Actor(by, _allowed(settings, by, deed, audiences), "", DESK)


def may(settings: Settings, by: str, deed: Deed) -> bool:
    """Whether this person's role allows `deed`."""
    person = settings.people.get(by)
    return person is not None and person.role in RIGHTS[deed]


def sees(settings: Settings, by: str, audiences: Iterable[str]) -> bool:
    """Whether this person works with all of these audiences."""
    person = settings.people.get(by)
    return person is not None and (person.audiences is None or set(audiences) <= set(person.audiences))


def refuse_wider(settings: Settings, by: str, person: str) -> None:
    """Raise NotAllowedError unless `by` works with every audience that `person` does: whoever makes a link for somebody
    could use it themselves, and would have more rights than their own.
    """
    refuse_wider_than_own(settings, by, person, settings.people[person].audiences)


def refuse_wider_than_own(settings: Settings, by: str, person: str, audiences: Collection[str] | None) -> None:
    """As `refuse_wider`, of the audiences that `person` is to work with; None is all of them."""
    if not covers(settings, by, audiences):
        raise NotAllowedError(
            f"{person} works with audiences that {by} does not work with.",
            remedy="Ask an administrator who works with all of them.",
        )


def covers(settings: Settings, by: str, audiences: Collection[str] | None) -> bool:
    """Whether `by` works with every one of these audiences; None is all there are."""
    mine = settings.people[by].audiences
    return mine is None or (audiences is not None and set(audiences) <= set(mine))


def refuse_unable(settings: Settings, by: str, deed: Deed) -> None:
    """Raise UnknownPersonError or NotAllowedError unless the person `by` may do `deed`."""
    _allowed(settings, by, deed, ())


def able(settings: Settings, deed: Deed) -> list[str]:
    """Those whose role allows `deed`."""
    return sorted(who for who, person in settings.people.items() if person.role in RIGHTS[deed])


def able_with(settings: Settings, deed: Deed, audiences: Collection[str]) -> list[str]:
    """Those whose role allows `deed`, and who work with all of these audiences."""
    return [who for who in able(settings, deed) if sees(settings, who, audiences)]


def deciders(settings: Settings, audiences: Collection[str], author: str) -> list[str]:
    """The names of those who may decide on what `author` submitted for these audiences."""
    return [settings.people[who].name for who in able_with(settings, Deed.APPROVE, audiences) if who != author]


def _allowed(settings: Settings, by: str, deed: Deed, audiences: Iterable[str]) -> str:
    """The role of a person who may."""
    person = settings.people.get(by)
    if person is None:
        known = ", ".join(sorted(settings.people)) or "nobody yet"
        raise UnknownPersonError(
            f"{by!r} is not one of the people in config.yaml.", remedy=f"Use one of: {known}.", file="config.yaml"
        )
    if person.role not in RIGHTS[deed]:
        allowed = ", ".join(able(settings, deed)) or "nobody"
        raise NotAllowedError(f"{by} is {person.role} and may not {deed}.", remedy=f"Those who may: {allowed}.")
    if not sees(settings, by, audiences):
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
