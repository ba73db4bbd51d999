"""Everything wrong at once: config, letters, audiences, campaigns. Changes nothing but the memory of good rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from broadcaster.audiences import names as audience_names
from broadcaster.config import Campaign
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.ledger import broadcasts
from broadcaster.letters.helplinerules import check_helplines, check_source
from broadcaster.letters.load import letter_names, load_letter
from broadcaster.services.audience import open_audience, read_recipients
from broadcaster.services.examine import Examination
from broadcaster.services.neighbours import close_together
from broadcaster.services.project import Project
from broadcaster.services.prospects import Prospects
from broadcaster.services.schedule import FAR
from broadcaster.services.surroundings import numbers


def check(project: Project) -> list[Problem]:
    """All problems, each once; in the order config, letters, audiences, campaigns."""
    found = Findings()
    found.add(*project.settings.warnings)
    found.add(*_sending(project))
    for letter in letter_names(project.templates):
        found.gather(partial(_letter, project, letter))
    for audience in audience_names(project.audiences):
        found.gather(partial(_audience, project, audience))
    for campaign in project.settings.campaigns.values():
        found.gather(partial(_when, project, campaign))
        found.gather(partial(_people, project, campaign))
    found.add(*close_together(project))
    return found.problems


@dataclass(slots=True)
class Findings:
    """Problems in the order they were found, each once: several campaigns share letters and rosters."""

    problems: list[Problem] = field(default_factory=list)
    _seen: set[Problem] = field(default_factory=set)

    def add(self, *found: Problem) -> None:
        for problem in found:
            if problem not in self._seen:
                self._seen.add(problem)
                self.problems.append(problem)

    def gather(self, look: Callable[[], Iterator[Problem]]) -> None:
        """Add what `look` finds; what it raises is one more finding, or several."""
        try:
            self.add(*look())
        except ProblemsFoundError as error:
            self.add(*error.problems)
        except BroadcasterError as error:
            self.add(error.as_problem())


def _sending(project: Project) -> Iterator[Problem]:
    settings = project.settings
    if settings.providers.email != "outbox" and settings.public_url is None:
        yield Problem.error(
            "public-url-missing",
            f"email goes out by {settings.providers.email}, but there is no public_url, so nobody could unsubscribe",
            "Set public_url to where the recipients' pages are reached, such as https://letters.example.org.",
            file="config.yaml",
            line=settings.line(("providers", "email")),
        )


def _letter(project: Project, name: str) -> Iterator[Problem]:
    letter = load_letter(project.templates, name)
    known = numbers(project.settings)
    today = project.wall_now().date()
    yield from check_helplines(letter.helplines, known, today, f"templates/{name}/letter.yaml")
    for path, source in letter.sources.items():
        if path.endswith(".md"):
            yield from check_source(source, known, f"templates/{path}")
    if letter.signatory not in project.settings.signatories:
        yield Problem.error(
            "signatory-unknown",
            f"the signatory '{letter.signatory}' is not in config.yaml",
            f"Use one of: {', '.join(sorted(project.settings.signatories)) or 'nobody yet'}; or add it.",
            file=f"templates/{name}/letter.yaml",
        )


def _audience(project: Project, name: str) -> Iterator[Problem]:
    audience = open_audience(project, name)
    found: list[Problem] = []
    selected = sum(1 for recipient in read_recipients(project, audience, found.append) if audience.selects(recipient))
    yield from found
    if not selected:
        yield Problem.warning(
            "audience-empty", f"nobody is on the audience {name}", "Add people to its roster.", file=audience.file
        )


def _when(project: Project, campaign: Campaign) -> Iterator[Problem]:
    place = project.settings.line(("campaigns", campaign.name, "when"))
    if campaign.when is not None and campaign.when < project.wall_now() and not _was_released(project, campaign):
        yield Problem.warning(
            "when-is-past",
            f"{campaign.name} was to go out on {campaign.when:%Y-%m-%d %H:%M}, which is past",
            "Give it a time that lies ahead, or submit it with --now.",
            file="config.yaml",
            line=place,
        )
    if campaign.every is None:
        return
    place = project.settings.line(("campaigns", campaign.name, "every", "cron"))
    try:
        first = next(_rule(project, campaign), None)
    except BroadcasterError as error:
        yield Problem.error(
            error.code, f"{campaign.name}: {error.message}", error.remedy, file="config.yaml", line=place
        )
        return
    if first is None:
        yield Problem.error(
            "never-fires",
            f"{campaign.name} has no time left at which it would go out",
            "Choose a later `until`, or another `cron`.",
            file="config.yaml",
            line=place,
        )


def _was_released(project: Project, campaign: Campaign) -> bool:
    with project.ledger.reading() as conn:
        return bool(broadcasts.of_campaign(conn, campaign.name))


def _rule(project: Project, campaign: Campaign) -> Iterator[datetime]:
    """The rule's wall times ahead; raises what is wrong with it."""
    if campaign.every is None:
        return iter(())
    now = project.wall_now()
    last = datetime.combine(campaign.every.until, datetime.max.time()) if campaign.every.until else now + FAR
    return project.walls(campaign.every.cron, now, last)


def _people(project: Project, campaign: Campaign) -> Iterator[Problem]:
    """The letter as this campaign's people would get it."""
    wall = campaign.when or project.wall_now()
    prospects = Prospects(project, campaign, wall)
    examination = Examination(prospects)
    reached = 0
    for prospect in prospects.walk():
        examination.look_at(prospect)
        reached += 1
    yield from examination.problems
    yield from prospects.problems
    if not reached:
        line = project.settings.line(("campaigns", campaign.name))
        remedy = f"See who is left out, and why: broadcaster plan {campaign.name}"
        yield Problem.warning(
            "nobody-to-write-to", f"{campaign.name} would reach nobody", remedy, file="config.yaml", line=line
        )
