"""Two campaigns that would write to the same people within an hour: one of them is most likely a mistake."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from broadcaster.audiences.rosters.duplicates import DuplicateAddressFinder
from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError
from broadcaster.domain.local_time import walltime
from broadcaster.domain.problems import Problem
from broadcaster.services.planning.wall_times import campaign_wall_times
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import open_audience, read_recipients

CLOSE_WITHIN = timedelta(hours=1)
"""Two letters to one person within this time read like an alarm."""

CHECK_AHEAD = timedelta(days=92)
"""How far ahead is looked: a quarter shows every weekly and monthly coincidence."""

CHUNK = 500
"""Recipients that are compared together."""

FIRST_CAMPAIGN, SECOND_CAMPAIGN = 1, 2
"""By which of two campaigns an address was met first."""

MOST_TIMES = 10_000
"""Times of one campaign at most; a rule that fires each minute is close to everything anyway."""


def check_overlaps(project: ProjectView) -> Iterator[Problem]:
    """A warning for each pair of campaigns that share people and fire within an hour of each other."""
    now = project.wall_now()
    times = sorted(
        (wall, campaign.name)
        for campaign in project.settings.campaigns.values()
        for wall in islice(_readable_wall_times(project, campaign, now, now + CHECK_AHEAD), MOST_TIMES)
    )
    looked_at: set[frozenset[str]] = set()
    for index, (wall, name) in enumerate(times):
        for later, other in times[index + 1 :]:
            if later - wall > CLOSE_WITHIN:
                break
            pair = frozenset((name, other))
            if name == other or pair in looked_at:
                continue
            looked_at.add(pair)
            if who := shared_people(project, project.settings.campaigns[name], project.settings.campaigns[other]):
                yield Problem.warning(
                    "close-together",
                    f"{name} ({walltime.key(wall)}) and {other} ({walltime.key(later)}) would write to the same people "
                    f"within an hour: {who}",
                    "Move one of them, or leave the people out of one.",
                    file="config.yaml",
                    line=project.settings.line(("campaigns", other)),
                )


def shared_people(project: ProjectView, one: CampaignSettings, other: CampaignSettings) -> str:
    """Whom two campaigns have in common, in words: whole audiences, or people on different ones; "" for nobody."""
    both = sorted(set(one.audiences) & set(other.audiences))
    if both:
        return ", ".join(both)
    with DuplicateAddressFinder() as seen:
        for chunk in _campaign_addresses(project, one):
            for _ in seen.repeated([(FIRST_CAMPAIGN, address) for address in chunk]):
                pass
        met = (
            first
            for chunk in _campaign_addresses(project, other)
            for _, first in seen.repeated([(SECOND_CAMPAIGN, address) for address in chunk])
        )
        people = sum(first == FIRST_CAMPAIGN for first in met)
    return f"{people:,} address{'es' * (people != 1)} of {', '.join(other.audiences)}" if people else ""


def _campaign_addresses(project: ProjectView, campaign: CampaignSettings) -> Iterator[list[str]]:
    """The addresses of a campaign's people, in chunks; none of an audience that cannot be read."""
    for name in campaign.audiences:
        try:
            audience = open_audience(project, name)
            people = (one for one in read_recipients(project, audience, lambda _: None) if audience.selects(one))
            while chunk := list(islice(people, CHUNK)):
                yield [address for one in chunk for address in (one.email, one.phone) if address]
        except BroadcasterError:
            continue  # `check` reports the audience itself


def _readable_wall_times(
    project: ProjectView, campaign: CampaignSettings, after: datetime, until: datetime
) -> Iterator[datetime]:
    """The campaign's wall times; none for a rule that cannot be read."""
    try:
        yield from campaign_wall_times(project, campaign, after, until)
    except BroadcasterError:
        return  # `check` reports the rule itself
