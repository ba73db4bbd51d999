"""The digest: the same inputs are the same text, and every input has a name that people understand."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.planning import digest
from broadcaster.services.planning.plan import plan_campaign
from broadcaster.services.planning.submission_terms import DEFAULT_TERMS, INPUT_WORDS, SubmissionTerms
from tests.projects import CAMPAIGN
from tests.services.approving.test_rules import day, recurring
from tests.services.stage import AUDIENCE_YAML, CONFIG, add, edit

TEXTS = some.dictionaries(some.text(max_size=5), some.text(max_size=5) | some.integers() | some.none(), max_size=5)


@given(TEXTS)
def test_order_does_not_matter_and_any_difference_does(inputs: dict[str, object]) -> None:
    turned = dict(reversed(inputs.items()))
    assert digest.compute_digest(turned) == digest.compute_digest(inputs)
    for key in inputs:
        assert digest.compute_digest({**inputs, key: "another thing"}) != digest.compute_digest(inputs)
        assert digest.describe_differences(inputs, {**inputs, key: "another thing"}) == [INPUT_WORDS.get(key, key)]
    assert digest.describe_differences(inputs, turned) == []


def test_what_came_and_what_went_are_both_named() -> None:
    assert digest.describe_differences({"title": "T"}, {"ends": "2026-12-01"}) == [
        INPUT_WORDS["ends"],
        INPUT_WORDS["title"],
    ]
    assert digest.describe_differences({"title": "T"}, {}) == digest.describe_differences({}, {"title": "T"}) != []


def test_every_input_has_a_name(folder: Path) -> None:
    with open_project(folder) as project:
        assert set(plan_campaign(project, project.campaign(CAMPAIGN)).inputs) <= set(INPUT_WORDS)
    recurring(folder, until=day(30), at_most=9)
    with open_project(folder) as project:
        assert set(plan_campaign(project, project.campaign(CAMPAIGN)).inputs) <= set(INPUT_WORDS)


def test_inputs_hold_nobody(folder: Path) -> None:
    with open_project(folder) as project:
        text = digest.canonical_json(plan_campaign(project, project.campaign(CAMPAIGN)).inputs)
    for word in ("Ada", "Quill", "person1", "7700900", "Brackwell"):
        assert word not in text


def test_terms_are_signed(folder: Path) -> None:
    with open_project(folder) as project:
        campaign = project.campaign(CAMPAIGN)
        made = {
            plan_campaign(project, campaign, None, terms).digest
            for terms in (DEFAULT_TERMS, SubmissionTerms(True), SubmissionTerms(False, True))
        }
    assert len(made) == 3


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("public_url", "https://letters.example.org", "https://letters.example.org/elsewhere"),
        ("region", "region: GB", "region: IE"),
        ("zone", "timezone: Europe/London", "timezone: Europe/Lisbon"),
        ("quiet_hours", "organisation:", "quiet_hours: {start: '04:00', end: '04:01'}\norganisation:"),
    ],
)
def test_a_setting_counts_where_nothing_else_tells_of_it(folder: Path, name: str, old: str, new: str) -> None:
    """Of a rule no rosters are signed, and this audience says itself what it would else take from the settings."""
    recurring(folder, until=day(30), at_most=9)
    add(folder, AUDIENCE_YAML, "defaults: {language: en, timezone: Europe/Paris, region: GB}\n")
    with open_project(folder) as project:
        before = plan_campaign(project, project.campaign(CAMPAIGN))
    edit(folder, CONFIG, old, new)
    with open_project(folder) as project:
        after = plan_campaign(project, project.campaign(CAMPAIGN))
    assert digest.describe_differences(before.inputs, after.inputs) == [INPUT_WORDS[name]]
    assert before.digest != after.digest


@pytest.mark.parametrize(
    ("name", "part", "key", "value"),
    [
        ("rule", "every", "cron", "0 3 * * *"),
        ("ends", "every", "until", day(60)),
        ("until", "approval", "until", day(40)),
        ("at_most", "approval", "at_most", 10),
    ],
)
def test_all_of_a_rule_counts(folder: Path, name: str, part: str, key: str, value: object) -> None:
    recurring(folder, until=day(30), at_most=9)
    with open_project(folder) as project:
        before = plan_campaign(project, project.campaign(CAMPAIGN))
    settings = yaml.safe_load((folder / CONFIG).read_text("utf-8"))
    settings["campaigns"][CAMPAIGN][part][key] = value
    (folder / CONFIG).write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")
    with open_project(folder) as project:
        after = plan_campaign(project, project.campaign(CAMPAIGN))
    assert digest.describe_differences(before.inputs, after.inputs) == [INPUT_WORDS[name]]
    assert before.digest != after.digest


def test_another_walk_of_the_same_gives_the_same(folder: Path) -> None:
    with open_project(folder) as project:
        campaign = project.campaign(CAMPAIGN)
        first = plan_campaign(project, campaign).digest
        assert plan_campaign(project, campaign).digest == first
        edit(folder, CONFIG, "name: Priya Raman", "name: Priya Ramanujan")
        assert plan_campaign(replace(project, settings=load_project_settings(folder)), campaign).digest == first
