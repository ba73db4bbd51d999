"""The problems of all of a campaign's files are told together, each where it is mended."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.services.composing.campaign_inputs import load_campaign_inputs
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.services.stage import AUDIENCE_YAML, CONFIG, EN, edit


def problems(folder: Path) -> tuple[Problem, ...]:
    with open_project(folder) as project:
        with pytest.raises(ProblemsFoundError) as told:
            load_campaign_inputs(project, project.campaign(CAMPAIGN), project.wall_now().date())
        return told.value.problems


def test_the_letter_and_its_audiences(folder: Path) -> None:
    with open_project(folder) as project:
        inputs = load_campaign_inputs(project, project.campaign(CAMPAIGN), project.wall_now().date())
    assert (inputs.letter.name, [audience.name for audience in inputs.audiences]) == (LETTER, [AUDIENCE])


def test_everything_wrong_with_the_files_is_told_together(folder: Path) -> None:
    edit(folder, EN, "recipient.borough", "recipent.borough")
    edit(folder, AUDIENCE_YAML, "purpose:", "purpouse:")
    assert {problem.file for problem in problems(folder)} == {EN, AUDIENCE_YAML}


def test_a_name_that_leads_nowhere_is_mended_in_config(folder: Path) -> None:
    edit(folder, CONFIG, "letter: greeting", "letter: greting")
    edit(folder, CONFIG, "audience: neighbours", "audience: [neighbours, nobody]")
    found = problems(folder)
    assert {problem.code for problem in found} == {"unknown-letter", "audience-unknown"}
    lines = (folder / CONFIG).read_text("utf-8").splitlines()
    for problem in found:
        assert problem.file == CONFIG
        assert ("letter:" if problem.code == "unknown-letter" else "audience:") in lines[(problem.line or 0) - 1]
