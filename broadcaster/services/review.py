"""Where a campaign stands: its next occurrence, its latest approval, its broadcast."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from broadcaster.config import Campaign
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.states import ApprovalState
from broadcaster.ledger import approvals, broadcasts, occurrences
from broadcaster.ledger.approvals import Approval
from broadcaster.ledger.broadcasts import Broadcast
from broadcaster.ledger.occurrences import Occurrence
from broadcaster.services import digest
from broadcaster.services.project import Project
from broadcaster.services.schedule import write_occurrences


@dataclass(frozen=True, slots=True)
class Standing:
    """`over` says that nothing is left to decide: a campaign with one time was released."""

    occurrence: Occurrence | None
    approval: Approval | None
    broadcast: Broadcast | None
    over: bool

    @property
    def due(self) -> datetime | None:
        """When the next occurrence is due."""
        return self.occurrence.due_at if self.occurrence else None

    @property
    def approved(self) -> bool:
        return self.approval is not None and self.approval.state is ApprovalState.APPROVED


def standing(project: Project, campaign: Campaign) -> Standing:
    """Where a campaign stands right now."""
    with suppress(BroadcasterError):  # a rule that cannot be walked is for `check` to report
        write_occurrences(project, campaign)
    rule = digest.is_rule(campaign)
    with project.ledger.reading() as conn:
        ahead = occurrences.unsettled(conn, campaign.name)
        sent = broadcasts.of_campaign(conn, campaign.name, limit=1)
        latest = [approvals.latest(conn, campaign.name, one.wall) for one in ahead]
        general = approvals.latest(conn, campaign.name, None) if rule else None
        newest = approvals.newest(conn, campaign.name) if sent or not ahead else None
    submitted = max((one for one in latest if one), key=lambda one: one.submitted_at, default=general)
    over = bool(sent) and campaign.when is not None
    occurrence = next((one for one in ahead if submitted and one.wall == submitted.wall), ahead[0] if ahead else None)
    return Standing(None if over else occurrence, newest if over else submitted, sent[0] if sent else None, over)
