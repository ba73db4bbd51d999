"""Two campaigns that would write to the same people within an hour: one of them is most likely a mistake."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from broadcaster.config import Campaign
from broadcaster.domain import walltime
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.problems import Problem
from broadcaster.services.project import Project

CLOSE = timedelta(hours=1)
"""Two letters to one audience within this time read like an alarm."""

AHEAD = timedelta(days=92)
"""How far ahead is looked: a quarter shows every weekly and monthly coincidence."""

MOST = 10_000
"""Times of one campaign at most; a rule that fires each minute is close to everything anyway."""


def close_together(project: Project) -> Iterator[Problem]:
    """A warning for each pair of campaigns that share an audience and fire within an hour of each other."""
    now = project.wall_now()
    times = sorted(
        (wall, campaign.name)
        for campaign in project.settings.campaigns.values()
        for wall in islice(times_of(project, campaign, now, now + AHEAD), MOST)
    )
    reported: set[frozenset[str]] = set()
    for index, (wall, name) in enumerate(times):
        for later, other in times[index + 1 :]:
            if later - wall > CLOSE:
                break
            pair = frozenset((name, other))
            shared = set(project.settings.campaigns[name].audiences) & set(project.settings.campaigns[other].audiences)
            if name != other and shared and pair not in reported:
                reported.add(pair)
                yield Problem.warning(
                    "close-together",
                    f"{name} ({walltime.key(wall)}) and {other} ({walltime.key(later)}) would write to the same people "
                    f"within an hour: {', '.join(sorted(shared))}",
                    "Move one of them, or leave the people out of one.",
                    file="config.yaml",
                    line=project.settings.line(("campaigns", other)),
                )


def times_of(project: Project, campaign: Campaign, after: datetime, until: datetime) -> Iterator[datetime]:
    """The wall times of a campaign later than `after`, up to `until`; none for a rule that cannot be read."""
    if campaign.when is not None and after < campaign.when <= until:
        yield campaign.when
    if campaign.every is None:
        return
    if campaign.every.until is not None:
        until = min(until, datetime.combine(campaign.every.until, datetime.max.time()))
    try:
        yield from project.walls(campaign.every.cron, after, until)
    except BroadcasterError:
        return  # `check` reports the rule itself
