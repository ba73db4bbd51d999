"""Approving at the desk: what a page showed, by the digest that stood on it and the number that was typed, and with
time to call it off.
"""

from dataclasses import dataclass
from datetime import timedelta

from broadcaster.config import Campaign
from broadcaster.domain import confirmation
from broadcaster.ledger.approvals import Approval
from broadcaster.services.access.permissions import Actor
from broadcaster.services.approving import decisions
from broadcaster.services.project.project import Project

COUNTDOWN = timedelta(seconds=60)
"""How long an approval can be called off before anything starts, however soon it is due."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood before the approver: the digest and the number of `messages`; and the number that they `typed`."""

    digest: str
    messages: str
    typed: str


def consent(project: Project, campaign: Campaign, by: Actor, seen: Seen) -> Approval:
    """Sign it. Raises CountMismatchError, and what `approve` raises."""
    confirmation.count(seen.typed, seen.messages)
    return decisions.approve(project, campaign, by, seen.digest, COUNTDOWN)
