"""The campaigns that send a letter, and the audiences that they send it to."""

from broadcaster.config import CampaignSettings
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import list_audiences


def list_campaigns_sending(project: ProjectView, letter: str) -> list[CampaignSettings]:
    """The campaigns that send this letter."""
    return [campaign for campaign in project.settings.campaigns.values() if campaign.letter == letter]


def list_audiences_sent_to(project: ProjectView, letter: str) -> list[str]:
    """The audiences that campaigns send this letter to."""
    campaigns = list_campaigns_sending(project, letter)
    return list(dict.fromkeys(audience for campaign in campaigns for audience in campaign.audiences))


def list_audiences_by_use(project: ProjectView, letter: str) -> list[str]:
    """Every audience of the project; those that campaigns send this letter to come first."""
    return list(dict.fromkeys([*list_audiences_sent_to(project, letter), *list_audiences(project)]))
