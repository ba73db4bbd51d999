"""What a campaign is made of, read from its files: the letter and the audiences, or all that is wrong with them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TypeVar

from broadcaster.audiences.description.audience import Audience
from broadcaster.config import CampaignSettings
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading.loader import load_letter
from broadcaster.services.composing.template_context import check_signatory_and_helplines
from broadcaster.services.project.project import ProjectView
from broadcaster.services.rosters.audiences import open_audience

T = TypeVar("T")

BAD_NAME_CODES = frozenset({"unknown-letter", "audience-unknown", "audience-name"})
"""What is wrong with the name and not with a file: it is mended where the campaign names it."""


@dataclass(frozen=True, slots=True)
class CampaignInputs:
    """A campaign's letter and audiences."""

    letter: Letter
    audiences: tuple[Audience, ...]


def load_campaign_inputs(project: ProjectView, campaign: CampaignSettings, day: date) -> CampaignInputs:
    """Read them, for a letter that goes out on `day`.

    Raises ProblemsFoundError with everything wrong in any of them, and with names that config.yaml lacks or that have
    expired by then.
    """
    found = _ProblemCollector(project, campaign)
    letter = found.tried(lambda: load_letter(project.templates, campaign.letter), "letter")
    if letter is not None:
        found.tried(lambda: check_signatory_and_helplines(project.settings, letter, day, campaign), "letter")
    audiences = [found.tried(partial(open_audience, project, name), "audience") for name in campaign.audiences]
    if letter is None or found.problems:
        raise ProblemsFoundError(tuple(dict.fromkeys(found.problems)))
    return CampaignInputs(letter, tuple(audience for audience in audiences if audience is not None))


@dataclass(slots=True)
class _ProblemCollector:
    """Collects what is wrong while the files are read."""

    project: ProjectView
    campaign: CampaignSettings
    problems: list[Problem] = field(default_factory=list)

    def tried(self, read: Callable[[], T], key: str) -> T | None:
        try:
            return read()
        except ProblemsFoundError as error:
            self.problems += [self._placed(problem, key) for problem in error.problems]
        except BroadcasterError as error:
            self.problems.append(self._placed(error.as_problem(), key))
        return None

    def _placed(self, problem: Problem, key: str) -> Problem:
        line = self.project.settings.line(("campaigns", self.campaign.name, key))
        if problem.code in BAD_NAME_CODES and line is not None:
            return replace(problem, file="config.yaml", line=line)
        return problem
