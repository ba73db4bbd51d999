"""The digest: the same inputs are the same text, and every input has a name that people understand."""

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as some

from broadcaster.bootstrap.ledger_only import settings_of
from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.planning import digest
from broadcaster.services.planning.plan import plan
from broadcaster.services.planning.terms import AS_WRITTEN, CALLED, Terms
from tests.projects import CAMPAIGN
from tests.services.approving.test_rules import day, recurring
from tests.services.stage import CONFIG, edit

TEXTS = some.dictionaries(some.text(max_size=5), some.text(max_size=5) | some.integers() | some.none(), max_size=5)


@given(TEXTS)
def test_order_does_not_matter_and_any_difference_does(inputs: dict[str, object]) -> None:
    turned = dict(reversed(inputs.items()))
    assert digest.digest(turned) == digest.digest(inputs)
    for key in inputs:
        assert digest.digest({**inputs, key: "another thing"}) != digest.digest(inputs)
        assert digest.differences(inputs, {**inputs, key: "another thing"}) == [CALLED.get(key, key)]
    assert digest.differences(inputs, turned) == []


def test_every_input_has_a_name(folder: Path) -> None:
    with open_project(folder) as project:
        assert set(plan(project, project.campaign(CAMPAIGN)).inputs) <= set(CALLED)
    recurring(folder, until=day(30), at_most=9)
    with open_project(folder) as project:
        assert set(plan(project, project.campaign(CAMPAIGN)).inputs) <= set(CALLED)


def test_inputs_hold_nobody(folder: Path) -> None:
    with open_project(folder) as project:
        text = digest.canonical(plan(project, project.campaign(CAMPAIGN)).inputs)
    for word in ("Ada", "Quill", "person1", "7700900", "Brackwell"):
        assert word not in text


def test_terms_are_signed(folder: Path) -> None:
    with open_project(folder) as project:
        campaign = project.campaign(CAMPAIGN)
        made = {plan(project, campaign, None, terms).digest for terms in (AS_WRITTEN, Terms(True), Terms(False, True))}
    assert len(made) == 3


def test_another_walk_of_the_same_gives_the_same(folder: Path) -> None:
    with open_project(folder) as project:
        campaign = project.campaign(CAMPAIGN)
        first = plan(project, campaign).digest
        assert plan(project, campaign).digest == first
        edit(folder, CONFIG, "name: Priya Raman", "name: Priya Ramanujan")
        assert plan(replace(project, settings=settings_of(folder)), campaign).digest == first
