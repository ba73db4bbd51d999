"""Which approvals would no longer hold if config.yaml said something else."""

from dataclasses import replace

from broadcaster.config import Settings
from broadcaster.domain.states import OPEN_APPROVALS
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.services.approving.occurrence_fates import list_fates
from broadcaster.services.planning.submitted_files import changes_since_submission
from broadcaster.services.project.project import ProjectView


def list_voided_approvals(project: ProjectView, settings: Settings) -> list[Approval]:
    """What was submitted or approved, has not gone out, and would have to be submitted again with these settings.

    What no longer holds as it is does not count.
    """
    after = replace(project, settings=settings)
    open_now = {
        account.approval.id: account.approval
        for account in list_fates(project).accounts
        if account.approval is not None and account.approval.state in OPEN_APPROVALS
    }
    return [one for one in open_now.values() if _is_unchanged(project, one) and not _is_unchanged(after, one)]


def _is_unchanged(project: ProjectView, approval: Approval) -> bool:
    campaign = project.settings.campaigns.get(approval.campaign)
    return campaign is not None and not changes_since_submission(project, campaign, approval)
