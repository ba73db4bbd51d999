"""Addresses that must not be written to, as far as somebody at the desk may know of them.

A suppression holds for everybody, whatever list its address is on. That there is one says that we have written to its
owner, or that they have spoken to us. So nobody gets a list of them: one asks for an address that one knows already.
Whoever works with some audiences only is answered for addresses on the rosters of these; of any other they learn
nothing, may note a no all the same, and may not lift one.
"""

from dataclasses import dataclass

from broadcaster.audiences import Audience
from broadcaster.domain.addresses import sameness
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger import suppressions
from broadcaster.ledger.suppressions import Suppression
from broadcaster.services import letterbook, suppress
from broadcaster.services.audience import open_audience, read_recipients
from broadcaster.services.people import Actor
from broadcaster.services.project import Project, ProjectView
from broadcaster.services.suppress import Lifted


class NotTheirsError(BroadcasterError):
    """The address is on no roster of this person's audiences, so they are told nothing of it."""

    code = "address-elsewhere"
    default_remedy = "Ask somebody who works with all audiences."


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an address: why it must not be written to, None where it may be."""

    suppression: Suppression | None


def look_up(project: ProjectView, typed: str, by: Actor) -> Answer:
    """What is known of an address that somebody typed. Raises AddressError, NotTheirsError."""
    found = suppress.find(project, typed)
    if not _may_know(project, by, found.address):
        raise NotTheirsError(
            "This address is on none of the audiences that you work with, so nothing is told of it.",
            remedy="If its owner said no, note it all the same: nothing is sent to it then, from whichever audience.",
        )
    with project.ledger.reading() as conn:
        return Answer(suppressions.get(conn, found.blind))


def note(project: Project, typed: str, reason: str, by: Actor) -> bool:
    """As `suppress.suppress`; but whoever may not know whether it was noted before is told that it was not."""
    is_new = suppress.suppress(project, typed, reason, by)
    return is_new or not _may_know(project, by, suppress.find(project, typed).address)


def lift(project: Project, typed: str, reason: str, by: Actor) -> Lifted:
    """As `suppress.lift`. Raises NotTheirsError too."""
    if not _may_know(project, by, suppress.find(project, typed).address):
        raise NotTheirsError("This address is on none of the audiences that you work with.")
    return suppress.lift(project, typed, reason, by)


def _may_know(project: ProjectView, by: Actor, address: str) -> bool:
    theirs = project.settings.people[by.name].audiences
    if theirs is None:
        return True
    there = set(theirs) & set(letterbook.audience_names(project))
    return any(_is_on(project, name, sameness(address)) for name in sorted(there))


def _is_on(project: ProjectView, name: str, wanted: str) -> bool:
    """Whether an audience's roster has this address; where it cannot be read, nobody can say so."""
    try:
        audience: Audience = open_audience(project, name)
        people = read_recipients(project, audience, lambda _: None)
        return any(wanted in {sameness(one.email or ""), sameness(one.phone or "")} for one in people)
    except BroadcasterError:
        return False
