"""Who may do what.

On the command line `--by` is a claim: it guards against mistakes, not against someone who has the shell. The audit log
therefore keeps it as asserted, with the system user and the host.
"""

import getpass
import socket
from dataclasses import dataclass
from enum import StrEnum

from broadcaster.config import Settings
from broadcaster.domain.errors import BroadcasterError


class Deed(StrEnum):
    """What somebody may do, as far as rights are concerned; the words end the sentence "you may not"."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    SEND = "send"
    SUPPRESS = "suppress an address"
    LIFT = "lift a suppression"
    ERASE = "erase a person"
    LOOK_AT_REPLY = "mark a reply as seen"


RIGHTS: dict[Deed, frozenset[str]] = {
    Deed.SUBMIT: frozenset({"author", "admin"}),
    Deed.APPROVE: frozenset({"approver", "admin"}),
    Deed.REJECT: frozenset({"approver", "admin"}),
    Deed.SEND: frozenset({"author", "approver", "admin"}),
    # A no may be taken down by whoever hears it; taking it back, or erasing, is the admin's, who looks after rights.
    Deed.SUPPRESS: frozenset({"author", "approver", "admin"}),
    Deed.LIFT: frozenset({"admin"}),
    Deed.ERASE: frozenset({"admin"}),
    # Who only looks must not make it look as if somebody had taken care.
    Deed.LOOK_AT_REPLY: frozenset({"author", "approver", "admin"}),
}


class UnknownPersonError(BroadcasterError):
    """`--by` names somebody who is not among `people`."""

    code = "person-unknown"


class NotAllowedError(BroadcasterError):
    """This person's role does not carry this right."""

    code = "not-allowed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who says they are doing this, and from which account on which machine."""

    name: str
    role: str
    system_user: str
    host: str


def actor(settings: Settings, by: str, deed: Deed) -> Actor:
    """The person `by`, when their role allows `deed`; raises UnknownPersonError or NotAllowedError."""
    person = settings.people.get(by)
    if person is None:
        known = ", ".join(sorted(settings.people)) or "nobody yet"
        raise UnknownPersonError(
            f"{by!r} is not one of the people in config.yaml.", remedy=f"Use one of: {known}.", file="config.yaml"
        )
    if person.role not in RIGHTS[deed]:
        allowed = ", ".join(able(settings, deed)) or "nobody"
        raise NotAllowedError(f"{by} is {person.role} and may not {deed}.", remedy=f"Those who may: {allowed}.")
    return Actor(by, person.role, system_user(), host())


def able(settings: Settings, deed: Deed) -> list[str]:
    """Those whose role allows `deed`."""
    return sorted(who for who, person in settings.people.items() if person.role in RIGHTS[deed])


def system_user() -> str:
    """The account this process runs under; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def host() -> str:
    """The name of this machine."""
    return socket.gethostname()
