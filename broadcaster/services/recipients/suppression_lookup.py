"""Addresses that must not be written to, as far as somebody at the desk may know of them.

A suppression holds for everybody, whatever list its address is on. That there is one says that we have written to its
owner, or that they have spoken to us. So nobody gets a list of them: one asks for an address that one knows already.
Only those that were struck off for a reason of ours are listed, shortened, for whoever may lift them. Whoever works
with some audiences only is answered for addresses on the rosters of these; of any other they learn nothing, may note a
no all the same, and may not lift one.
"""

from collections.abc import Collection, Sequence

from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.planning import approvals
from broadcaster.services.access.permissions import Actor, NotAllowedError, Permission, can_see, has_permission
from broadcaster.services.project.project import Project, ProjectView
from broadcaster.services.recipients import suppression_list, suppression_review
from broadcaster.services.recipients.contact_history import (
    Contact,
    RosterMatches,
    SentMessage,
    find_contact,
    find_on_rosters,
)
from broadcaster.services.recipients.suppression_list import IndexedAddress, LiftedSuppression
from broadcaster.services.recipients.suppression_review import LiftableSuppression
from broadcaster.services.reporting.broadcast_status import signed_audiences
from broadcaster.services.rosters import audiences


class NothingChosenError(BroadcasterError):
    """Of a list nothing was chosen, or nothing that is still on it."""

    code = "nothing-chosen"
    default_remedy = "Tick at least one address, or lift all of them."


class AddressElsewhereError(BroadcasterError):
    """The address is on no roster of this person's audiences, so they are told nothing of it."""

    code = "address-elsewhere"
    default_remedy = "Ask somebody who works with all audiences."
    default_field = "address"


def look_up_address(project: ProjectView, typed: str, by: Actor) -> Contact:
    """What is known of an address that somebody typed; of messages to it, those to audiences that they work with.

    Raises AddressError, NotTheirsError.
    """
    found = suppression_list.identify_address(project, typed)
    if _works_with_all(project, by):
        return find_contact(project, found)
    there = _find_on_own_rosters(project, by, found)
    if not there.beside:
        raise AddressElsewhereError(
            "This address is on none of the audiences that you work with, so nothing is told of it.",
            remedy="If its owner said no, note it all the same: nothing is sent to it then, from whichever audience.",
        )
    return find_contact(project, found, there, lambda one: _may_see(project, by, one))


def note_opt_out(project: Project, typed: str, reason: str, by: Actor) -> bool:
    """As `suppression_list.suppress`; but whoever may not know whether it was noted before is told that it was not."""
    is_new = suppression_list.suppress(project, typed, reason, by)
    return is_new or not _may_know(project, by, suppression_list.identify_address(project, typed))


def lift_suppression(project: Project, typed: str, reason: str, by: Actor) -> tuple[LiftedSuppression, Contact]:
    """As `suppression_list.lift`, with what is known of the address afterwards. Raises NotTheirsError too."""
    if not _may_know(project, by, suppression_list.identify_address(project, typed)):
        raise AddressElsewhereError("This address is on none of the audiences that you work with.")
    return suppression_list.lift(project, typed, reason, by), look_up_address(project, typed, by)


def list_liftable(project: ProjectView, who: str) -> Sequence[LiftableSuppression]:
    """As `suppression_review.find_liftable_suppressions`. Raises NotAllowedError."""
    if not _may_review(project, who):
        raise NotAllowedError(
            "These addresses may be of any audience, and you work with some of them only.",
            remedy="Ask an administrator who works with all of them.",
        )
    return suppression_review.find_liftable_suppressions(project)


def count_liftable(project: ProjectView, who: str) -> int:
    """How many are offered to this person; 0 for whoever may not lift them."""
    return len(list_liftable(project, who)) if _may_review(project, who) else 0


def lift_chosen(project: Project, which: Collection[str] | None, reason: str, by: Actor) -> int:
    """Lift what was offered: those whose `key` is among these, or all; how many were lifted.

    Raises NotAllowedError, NothingChosenError, ReasonError.
    """
    found = [one for one in list_liftable(project, by.name) if which is None or one.key in which]
    if not found:
        raise NothingChosenError("No address was chosen.")
    return suppression_review.lift_suppressions(project, found, reason, by)


def _may_review(project: ProjectView, who: str) -> bool:
    return has_permission(project.settings, who, Permission.LIFT) and project.settings.people[who].audiences is None


def _may_know(project: ProjectView, by: Actor, found: IndexedAddress) -> bool:
    return _works_with_all(project, by) or bool(_find_on_own_rosters(project, by, found).beside)


def _works_with_all(project: ProjectView, by: Actor) -> bool:
    return project.settings.people[by.name].audiences is None


def _find_on_own_rosters(project: ProjectView, by: Actor, found: IndexedAddress) -> RosterMatches:
    """Where an address stands on the rosters of somebody's audiences; one that cannot be read has nobody on it."""
    theirs = project.settings.people[by.name].audiences or ()
    return find_on_rosters(project, found, set(theirs) & set(audiences.list_audiences(project)))


def _may_see(project: ProjectView, by: Actor, one: SentMessage) -> bool:
    with project.ledger.reading() as conn:
        signed = approvals.get(conn, one.approval)
    return signed is not None and can_see(project.settings, by.name, signed_audiences(signed))
