"""Everything wrong at once: config, letters, audiences, campaigns. Changes nothing but the memory of good rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from broadcaster.config import CampaignSettings
from broadcaster.config.partial_settings import PartialSettings
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.domain.unexpected_error import unforeseen_error
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.loader import letter_names, load_letter
from broadcaster.letters.rules.helplines import check_helplines, check_written_numbers
from broadcaster.services.campaigns.overlap import check_overlaps
from broadcaster.services.composing.language_coverage import find_missing_texts
from broadcaster.services.composing.letter_inspection import LetterInspection
from broadcaster.services.composing.messages import CampaignMessages
from broadcaster.services.composing.sample_check import check_sample_letter
from broadcaster.services.composing.template_context import helpline_numbers, unknown_signatory_problem
from broadcaster.services.feedback import bounce_mail
from broadcaster.services.notifications.check import check_notification_settings
from broadcaster.services.planning.wall_times import campaign_wall_times
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import list_audiences, open_audience, read_recipients


def check_project(project: ProjectView, salvaged: PartialSettings | None = None) -> list[Problem]:
    """All problems, each once; in the order config, letters, audiences, campaigns.

    `salvaged` is a config.yaml that could be read in parts: what could not is listed, and not missed here.
    """
    salvaged = salvaged or PartialSettings(project.settings)
    found = ProblemCollection()
    found.add(*salvaged.problems, *project.settings.warnings)
    for letter in letter_names(project.templates):
        found.gather(partial(_check_letter, project, salvaged, letter), f"templates/{letter}")
    for audience in list_audiences(project):
        found.gather(partial(_check_audience, project, audience), f"audiences/{audience}.yaml")
    for campaign in project.settings.campaigns.values():
        found.gather(partial(_check_time, project, campaign))
        found.gather(partial(_check_messages, project, salvaged, campaign))
    found.gather(partial(check_overlaps, project))
    found.gather(partial(bounce_mail.check_bounce_folder, project))
    found.gather(partial(check_notification_settings, project.settings))
    return found.problems


def check_letters(templates: Path) -> list[Problem]:
    """What is wrong with the letters' own files: all that can be told while config.yaml cannot be read."""
    found = ProblemCollection()
    for name in letter_names(templates):
        found.gather(partial(_check_loading, templates, name), f"templates/{name}")
    return found.problems


def _check_loading(templates: Path, name: str) -> Iterator[Problem]:
    load_letter(templates, name)
    yield from ()


@dataclass(slots=True)
class ProblemCollection:
    """Problems in the order they were found, each once: several campaigns share letters and rosters."""

    problems: list[Problem] = field(default_factory=list)
    _seen: set[Problem] = field(default_factory=set)

    def add(self, *found: Problem) -> None:
        for problem in found:
            if problem not in self._seen:
                self._seen.add(problem)
                self.problems.append(problem)

    def gather(self, look: Callable[[], Iterator[Problem]], file: str = "config.yaml") -> None:
        """Add what `look` finds; what it raises is one more finding, or several: the rest is looked at all the same.
        `file` is where what nobody foresaw is said to stand.
        """
        try:
            for problem in look():
                self.add(problem)
        except ProblemsFoundError as error:
            self.add(*error.problems)
        except BroadcasterError as error:
            self.add(error.as_problem())
        except Exception as error:  # whatever it is, it must not hide what is wrong elsewhere
            self.add(unforeseen_error(error, file).as_problem())


def _check_letter(project: ProjectView, salvaged: PartialSettings, name: str) -> Iterator[Problem]:
    letter = load_letter(project.templates, name)
    known = helpline_numbers(project.settings)
    today = project.wall_now().date()
    required = [helpline for helpline in letter.helplines if not salvaged.is_lost("helplines", helpline)]
    found = list(check_helplines(required, known, today, f"templates/{name}/letter.yaml"))
    for path, source in letter.sources.items():
        if path.endswith(".md"):
            found += check_written_numbers(source, known, f"templates/{path}")
    if letter.signatory not in project.settings.signatories and not salvaged.is_lost("signatories", letter.signatory):
        found.append(unknown_signatory_problem(project.settings, letter))
    lacking = list(find_missing_texts(project.settings, letter))
    yield from (*found, *lacking)
    used = any(campaign.letter == name for campaign in project.settings.campaigns.values())
    if not used and not lacking and _has_what_letter_names(project, letter):
        yield from check_sample_letter(project, letter, letter.languages)


def _has_what_letter_names(project: ProjectView, letter: Letter) -> bool:
    """Whether config.yaml has the people and numbers that the letter names."""
    settings = project.settings
    return letter.signatory in settings.signatories and settings.helplines.keys() >= set(letter.helplines)


def _check_audience(project: ProjectView, name: str) -> Iterator[Problem]:
    audience = open_audience(project, name)
    found: list[Problem] = []
    selected = sum(1 for recipient in read_recipients(project, audience, found.append) if audience.selects(recipient))
    yield from found
    if not selected:
        yield Problem.warning(
            "audience-empty", f"nobody is on the audience {name}", "Add people to its roster.", file=audience.file
        )


def _check_time(project: ProjectView, campaign: CampaignSettings) -> Iterator[Problem]:
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
        first = next(campaign_wall_times(project, campaign, project.wall_now()), None)
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


def _was_released(project: ProjectView, campaign: CampaignSettings) -> bool:
    with project.ledger.reading() as conn:
        return bool(broadcasts.list_of_campaign(conn, campaign.name))


def _check_messages(project: ProjectView, salvaged: PartialSettings, campaign: CampaignSettings) -> Iterator[Problem]:
    """The letter as this campaign's people would get it."""
    if salvaged.lost and _needs_lost_settings(project, salvaged, campaign):
        return
    wall = campaign.when or project.wall_now()
    messages = CampaignMessages.load(project, campaign, wall)
    inspection = LetterInspection(messages)
    walk = messages.walk(inspection.inspect)
    reached = 0
    try:
        for _ in walk:
            reached += 1
    except ProblemsFoundError as error:
        yield from error.problems
    except BroadcasterError as error:
        yield error.as_problem()
    yield from inspection.findings().problems
    yield from walk.problems_so_far
    if not (reached or walk.problems_so_far):
        line = project.settings.line(("campaigns", campaign.name))
        remedy = f"See who is left out, and why: broadcaster plan {campaign.name}"
        yield Problem.warning(
            "nobody-to-write-to", f"{campaign.name} would reach nobody", remedy, file="config.yaml", line=line
        )


def _needs_lost_settings(project: ProjectView, salvaged: PartialSettings, campaign: CampaignSettings) -> bool:
    """Whether a campaign's letter needs what stands in config.yaml and could not be read there."""
    letter = load_letter(project.templates, campaign.letter)
    needed = [("signatories", letter.signatory), *(("helplines", name) for name in letter.helplines)]
    return any(salvaged.is_lost(*place) for place in needed)
