"""What somebody has begun and not yet put forward: campaigns that nobody submitted, and letters without a campaign."""

from dataclasses import dataclass
from datetime import timedelta

from broadcaster.config import CampaignSettings
from broadcaster.ledger.audit_log import audit_search
from broadcaster.ledger.audit_log.audit_search import AuditFilter
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.planning import approvals
from broadcaster.services.access.permissions import can_see
from broadcaster.services.project.project import ProjectView, now
from broadcaster.services.writing import letter_audiences, letter_catalogue

LETTERS_FROM = timedelta(days=30)
"""A letter that its author began longer ago is looked for among the letters."""

MOST_LETTERS = 20


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The names of campaigns that were never submitted, and of letters that no campaign sends."""

    campaigns: tuple[str, ...]
    letters: tuple[str, ...]


def find_unfinished(project: ProjectView, who: str) -> Unfinished:
    """The campaigns that this person may see, and the letters that they began themselves, newest first."""
    settings = project.settings
    mine = [one for one in settings.campaigns.values() if can_see(settings, who, one.audiences)]
    theirs = AuditFilter(by=who, actions=("make-letter",), since=now() - LETTERS_FROM)
    with project.ledger.reading() as conn:
        untouched = [
            one
            for one in mine
            if approvals.latest_for_campaign(conn, one.name) is None
            and not broadcasts.list_of_campaign(conn, one.name, limit=1)
        ]
        begun = audit_search.list_entries(conn, theirs, None, MOST_LETTERS)
    there = letter_catalogue.list_letters(project)
    letters = dict.fromkeys(one.entry.subject for one in begun)
    return Unfinished(
        tuple(one.name for one in untouched if _can_still_go_out(project, one)),
        tuple(one for one in letters if one in there and not letter_audiences.list_campaigns_sending(project, one)),
    )


def _can_still_go_out(project: ProjectView, campaign: CampaignSettings) -> bool:
    """Whether it goes out once, and its time has not passed."""
    return campaign.goes_out_once and (campaign.when is None or campaign.when > project.wall_now())
