"""The wall times that config.yaml gives a campaign: its one time, or those of its rule."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from broadcaster.config import CampaignSettings
from broadcaster.services.project.project import ProjectView

SEARCH_HORIZON = timedelta(days=366 * 5)
"""How far ahead a rule is walked at most: one that fires more seldom is taken for a mistake."""


def campaign_wall_times(
    view: ProjectView, campaign: CampaignSettings, after: datetime, until: datetime | None = None
) -> Iterator[datetime]:
    """The wall times of a campaign later than `after`, up to and with `until` (SEARCH_HORIZON from `after` by default),
    earliest first. Raises BroadcasterError for a rule that cannot be read.
    """
    until = until or after + SEARCH_HORIZON
    if campaign.every is not None:
        if campaign.every.until is not None:
            until = min(until, datetime.combine(campaign.every.until, time.max))
        yield from view.walls(campaign.every.cron, after, until)
    elif campaign.when is not None and after < campaign.when <= until:
        yield campaign.when


def is_configured_time(view: ProjectView, campaign: CampaignSettings, wall: datetime) -> bool:
    """Whether config.yaml gives the campaign this wall time."""
    return wall in campaign_wall_times(view, campaign, wall - timedelta(seconds=1), wall)
