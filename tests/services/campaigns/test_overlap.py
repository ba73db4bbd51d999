"""Two campaigns near to each other in time and people are told, others are not."""

from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.campaigns.overlap import check_overlaps, shared_people
from tests.projects import person, write_yaml
from tests.services.stage import CONFIG, edit, wall, write

OTHER = {"name": "Others", "purpose": "p", "lawful_basis": {"article_6": "x"}}


def warned(folder: Path, **campaigns: str) -> list[str]:
    lines = "".join(f"  {name}: {{letter: greeting, {rest}}}\n" for name, rest in campaigns.items())
    edit(folder, CONFIG, "campaigns:\n", f"campaigns:\n{lines}")
    with open_project(folder) as project:
        return [problem.message for problem in check_overlaps(project)]


@pytest.mark.parametrize(("minutes", "close"), [(0, True), (60, True), (61, False), (-60, True), (-61, False)])
def test_within_an_hour(folder: Path, minutes: int, close: bool) -> None:
    one, two = (wall(timedelta(days=9, minutes=ahead)) for ahead in (0, minutes))
    found = warned(folder, a=f'audience: neighbours, when: "{one}"', b=f'audience: neighbours, when: "{two}"')
    assert len(found) == close


def test_a_pair_is_told_once_however_often_they_meet(folder: Path) -> None:
    rule = 'every: {cron: "0 9 * * *"}'
    assert len(warned(folder, a=f"audience: neighbours, {rule}", b=f"audience: neighbours, {rule}")) == 1


def test_a_campaign_is_not_near_itself(folder: Path) -> None:
    assert warned(folder, a='audience: neighbours, every: {cron: "*/5 * * * *"}') == []


def test_people_on_different_audiences(folder: Path) -> None:
    write_yaml(folder / "audiences/others.yaml", OTHER)
    rows = ["name,email", "A,PERSON1@example.org", "B,new@example.org"]
    write(folder, {"audiences/others.csv": "\n".join(rows) + "\n"})
    when = wall(timedelta(days=9))
    found = warned(folder, a=f'audience: neighbours, when: "{when}"', b=f'audience: others, when: "{when}"')
    assert len(found) == 1
    assert "1 address of others" in found[0]
    assert person(1)["email"] not in found[0]


def test_nobody_in_common_and_rosters_that_cannot_be_read(folder: Path) -> None:
    write_yaml(folder / "audiences/others.yaml", OTHER)
    write(folder, {"audiences/others.csv": "name,email\nB,new@example.org\n"})
    when = wall(timedelta(days=9))
    found = warned(folder, a=f'audience: neighbours, when: "{when}"', b=f'audience: others, when: "{when}"')
    assert found == []
    write(folder, {"audiences/others.csv": ""})
    with open_project(folder) as project:
        campaigns = project.settings.campaigns
        assert shared_people(project, campaigns["a"], campaigns["b"]) == ""
        assert shared_people(project, campaigns["a"], campaigns["a"]) == "neighbours"
