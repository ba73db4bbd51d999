"""Approving at the desk: what a page showed, by the digest that stood on it and the number that was typed, and with
time to call it off.
"""

from dataclasses import dataclass
from datetime import timedelta

from broadcaster.config import CampaignSettings
from broadcaster.domain import confirmation
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.services.access.permissions import Actor
from broadcaster.services.approving import decisions
from broadcaster.services.approving.decisions import ApprovalConditions
from broadcaster.services.project.project import Project

DESK_COUNTDOWN = timedelta(seconds=60)
"""How long an approval can be called off before anything starts, however soon it is due."""


@dataclass(frozen=True, slots=True)
class DeskApprovalInput:
    """What stood before the approver: the digest and the number of `messages`; the number that they `typed`; and the
    languages in which they have ticked that they read the letter.
    """

    digest: str
    messages: str
    typed: str
    languages_read: frozenset[str]


def approve_at_desk(project: Project, campaign: CampaignSettings, by: Actor, seen: DeskApprovalInput) -> Approval:
    """Sign it. Raises CountMismatchError, and what `approve` raises."""
    confirmation.check_typed_count(seen.typed, seen.messages)
    conditions = ApprovalConditions(DESK_COUNTDOWN, seen.languages_read)
    return decisions.approve(project, campaign, by, seen.digest, conditions)
