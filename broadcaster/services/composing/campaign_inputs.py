"""The letter and the audiences of a campaign, read from their files, or all problems in them."""

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
"""Problems of a name and not of a file: they are reported at the line of config.yaml that has the name."""


@dataclass(frozen=True, slots=True)
class CampaignInputs:
    """A campaign's letter and audiences."""

    letter: Letter
    audiences: tuple[Audience, ...]


def load_campaign_inputs(project: ProjectView, campaign: CampaignSettings, day: date) -> CampaignInputs:
    """Read the letter, as it goes out on `day`, and the audiences.

    Raises ProblemsFoundError with all problems of all files, and of names that config.yaml lacks or that have expired
    by then.
    """
    problems = _ProblemCollector(project, campaign)
    letter = problems.collect("letter", lambda: load_letter(project.templates, campaign.letter))
    if letter is not None:
        problems.collect("letter", lambda: check_signatory_and_helplines(project.settings, letter, day, campaign))
    audiences = [problems.collect("audience", partial(open_audience, project, name)) for name in campaign.audiences]
    if letter is None or problems.found:
        raise ProblemsFoundError(tuple(dict.fromkeys(problems.found)))
    return CampaignInputs(letter, tuple(audience for audience in audiences if audience is not None))


@dataclass(slots=True)
class _ProblemCollector:
    """Collects the problems of a campaign's files while they are read."""

    project: ProjectView
    campaign: CampaignSettings
    found: list[Problem] = field(default_factory=list)

    def collect(self, key: str, read: Callable[[], T]) -> T | None:
        """What `read` returns; None where it raises problems. `key` is that of the campaign which names the file."""
        try:
            return read()
        except ProblemsFoundError as error:
            self.found += [self._at_its_place(problem, key) for problem in error.problems]
        except BroadcasterError as error:
            self.found.append(self._at_its_place(error.as_problem(), key))
        return None

    def _at_its_place(self, problem: Problem, key: str) -> Problem:
        line = self.project.settings.line(("campaigns", self.campaign.name, key))
        if problem.code in BAD_NAME_CODES and line is not None:
            return replace(problem, file="config.yaml", line=line)
        return problem
