"""A campaign made at the desk is written into config.yaml, every other byte of which stays as people wrote it."""

import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.config import load_settings
from broadcaster.config.yaml_files.editing import EditedMeanwhileError, NotChangeableError, YamlEditor
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.services.access.permissions import Actor, Permission, desk_actor
from broadcaster.services.approving import decisions
from broadcaster.services.campaigns.editing import (
    CampaignTimePastError,
    CampaignUnderWayError,
    InvalidCampaignError,
    change_campaign,
    create_campaign,
    remove_campaign,
)
from broadcaster.services.campaigns.form import CampaignForm, Weekly, form_of_campaign
from broadcaster.services.project.project import Project
from tests.commandline import CHECKOUT
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, make_project
from tests.web import stage

wall = datetime.fromisoformat
STARTER = CHECKOUT / "config.yaml"
SOON = wall("2090-05-04T09:30")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / "project"
    make_project(folder, people=2, campaigns={CAMPAIGN: {"when": "2090-01-02 09:00"}})
    with open_project(folder) as project:
        yield project


def new(**changes: object) -> CampaignForm:
    plain = {"letter": LETTER, "audiences": (AUDIENCE,), "channel": "email", "when": SOON}
    return CampaignForm(**{**plain, **changes})  # type: ignore[arg-type]


def do(project: Project, wanted: CampaignForm, title: str = "Spring news") -> str:
    return create_campaign(project, replace(wanted, title=title), planner(project))


def planner(project: Project) -> Actor:
    return desk_actor(project.settings, "amina", Permission.PLAN)


def reread(project: Project) -> Project:
    """The project with config.yaml as it stands now."""
    return replace(project, settings=load_settings(project.root, {}))


def text(project: Project) -> str:
    return (project.root / "config.yaml").read_bytes().decode()


def test_it_is_there_with_all_that_was_chosen_and_nothing_else_changed(project: Project) -> None:
    before = text(project)
    assert do(project, new()) == "spring-news"
    made = load_settings(project.root, {}).campaigns["spring-news"]
    assert (made.letter, made.audiences, made.channel, made.when) == (LETTER, (AUDIENCE,), "email", SOON)
    added = text(project).replace(
        '\n  spring-news:\n    title: "Spring news"\n    letter: greeting\n    audience: neighbours\n'
        "    channel: email\n    when: 2090-05-04 09:30\n    approval: {each: true}\n",
        "",
    )
    assert added == before


def test_a_name_that_is_taken_or_that_a_page_has_gets_a_number(project: Project) -> None:
    assert [do(project, new(), title) for title in ("Hello!", "Hello", "new", "أخبار")] == [
        *("hello-2", "hello-3", "new-2", LETTER)
    ]


def test_every_week(project: Project) -> None:
    name = do(project, new(when=Weekly("thu", time(8, 5), date(2090, 6, 1))))
    made = load_settings(project.root, {}).campaigns[name]
    assert made.every
    assert (made.every.cron, made.every.until, made.approval.each) == ("5 8 * * thu", date(2090, 6, 1), True)
    assert list(project.walls(made.every.cron, wall("2090-05-01"), wall("2090-05-05"))) == [wall("2090-05-04T08:05")]


@pytest.mark.parametrize(
    "changes",
    [
        {"letter": "none-such"},
        {"audiences": ()},
        {"audiences": ("../etc",)},
        {"channel": "pigeon"},
        {"when": wall("2020-01-01")},
        {"when": Weekly("day; rm", time(8), date(2090, 1, 1))},
        {"when": Weekly("mon", time(8), date(2020, 1, 1))},
        {"when": Weekly("mon", time(8), date(2090, 1, 1), 0)},
        {"when": None},
    ],
)
def test_what_cannot_be_is_refused_and_the_file_untouched(project: Project, changes: dict[str, object]) -> None:
    before = text(project)
    with pytest.raises(InvalidCampaignError):
        do(project, new(**changes))
    assert text(project) == before


def test_a_file_that_would_be_wrong_is_never_written(project: Project) -> None:
    path = project.root / "config.yaml"
    path.write_text(text(project) + "pase: {smtp: 1/s}\n", "utf-8")
    before = text(project)
    with pytest.raises(ProblemsFoundError) as raised:
        do(project, new())
    assert [problem.file for problem in raised.value.problems] == ["config.yaml"]
    assert text(project) == before
    assert not list(project.root.glob(".config*"))


def test_an_edit_in_between_stays(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text("campaigns:\n  a: {b: c}\n", "utf-8")
    ours = YamlEditor(file, tmp_path)
    ours.add("campaigns", "d: e")
    file.write_text("campaigns:\n  theirs: {b: c}\n", "utf-8")
    with pytest.raises(EditedMeanwhileError):
        ours.save()
    assert "theirs" in file.read_text("utf-8")


@pytest.mark.parametrize("seed", range(40))
def test_every_other_byte_stays(tmp_path: Path, seed: int) -> None:
    """The starter's config.yaml with comments, blank lines, line ends and byte order mark as chance will have them."""
    chance = random.Random(seed)
    lines = []
    for line in STARTER.read_text("utf-8").splitlines():
        if not line.startswith(" ") and line and chance.random() < 0.3:
            lines += [f"# {'÷é ' * chance.randrange(3)}between", ""]
        lines.append(line + (" " * chance.randrange(3) if line.endswith(("mon", "hold")) else ""))
    end = chance.choice(["\n", "\r\n"])
    before = ("\ufeff" if chance.random() < 0.3 else "") + end.join(lines) + (end if chance.random() < 0.7 else "")
    if chance.random() < 0.5:
        before = before.replace("campaigns:", "links: {allow: [other.example]}" + end + "campaigns:")
    file = tmp_path / "config.yaml"
    file.write_bytes(before.encode())
    ours = YamlEditor(file, tmp_path)
    ours.add("campaigns", "added:", "  letter: x", "  audience: y")
    ours.save()
    after = file.read_bytes().decode()
    piece = end.join(["  added:", "    letter: x", "    audience: y", ""])
    assert after.count(piece) == 1
    assert after.replace(piece, "") in (before, before + end)
    assert YamlEditor(file, tmp_path).has("campaigns", "added", "letter")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: b", "a: b\ncampaigns:\n  x: y\n"),
        ("campaigns:\na: b\n", "campaigns:\n  x: y\na: b\n"),
        ("campaigns:  # none yet\n\na: b\n", "campaigns:  # none yet\n  x: y\n\na: b\n"),
        (
            "campaigns:\n    deep: 1\n    # its end\n\n# of a\na: b\n",
            "campaigns:\n    deep: 1\n    # its end\n    x: y\n\n# of a\na: b\n",
        ),
    ],
)
def test_where_it_is_put(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(before, "utf-8")
    ours = YamlEditor(file, tmp_path)
    ours.add("campaigns", "x: y")
    ours.save()
    assert file.read_text("utf-8") == after


@pytest.mark.parametrize("before", ["campaigns: {}\n", "campaigns: {a: {b: c}}\n", "campaigns: {\n  a: b}\n"])
def test_braces_are_refused(tmp_path: Path, before: str) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(before, "utf-8")
    with pytest.raises(NotChangeableError):
        YamlEditor(file, tmp_path).add("campaigns", "x: y")


def test_it_is_moved_and_taken_out(project: Project) -> None:
    hello = project.campaign(CAMPAIGN)
    with pytest.raises(CampaignTimePastError):
        change_campaign(project, hello, replace(form_of_campaign(hello), when=wall("2020-01-01")), planner(project))
    change_campaign(project, hello, replace(form_of_campaign(hello), when=SOON), planner(project))
    assert load_settings(project.root, {}).campaigns[CAMPAIGN].when == SOON
    do(project, new())
    remove_campaign(project, hello, planner(project))
    assert list(load_settings(project.root, {}).campaigns) == ["spring-news"]


STANDING = Weekly("thu", time(8, 5), date(2090, 6, 1), 77)


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": "sms"},
        {"audiences": (AUDIENCE, "others")},
        {"when": Weekly("thu", time(8, 5), date(2090, 6, 1))},
        {"when": STANDING},
        {"channel": "both", "audiences": ("others",), "when": STANDING},
        {"when": SOON},
        {},
    ],
)
@pytest.mark.parametrize("first", [SOON, STANDING])
def test_whatever_is_changed_is_there_and_all_else_as_it_was(
    project: Project, first: datetime | Weekly, changes: dict[str, object]
) -> None:
    for end in ("yaml", "csv"):
        shutil.copy(project.audiences / f"{AUDIENCE}.{end}", project.audiences / f"others.{end}")
    name = do(project, new(when=first))
    told = text(project).replace("    letter: greeting\n", "    letter: greeting  # the same\n    grace: 7m\n")
    (project.root / "config.yaml").write_text(told, "utf-8")
    campaign = reread(project).campaign(name)
    wanted = replace(form_of_campaign(campaign), **changes)  # type: ignore[arg-type]
    before = text(project)
    change_campaign(reread(project), campaign, wanted, planner(project))
    after = reread(project).campaign(name)
    assert form_of_campaign(after) == wanted
    assert (after.grace, after.approval.each) == (timedelta(minutes=7), wanted.when != STANDING)
    assert text(project).count("# the same") == before.count("# the same") > 0
    if wanted == form_of_campaign(campaign):
        assert text(project) == before


def test_a_channel_that_was_left_to_itself_is_written_down(project: Project) -> None:
    path = project.root / "config.yaml"
    path.write_text(re.sub(r"(?m)^ +channel: .*\n", "", text(project)))
    hello = reread(project).campaign(CAMPAIGN)
    change_campaign(project, hello, replace(form_of_campaign(hello), channel="both"), planner(project))
    assert reread(project).campaign(CAMPAIGN).channel == "both"


def test_a_rule_of_ones_own_stays_unless_another_time_is_wanted(project: Project) -> None:
    path = project.root / "config.yaml"
    path.write_text(
        text(project).replace("when: 2090-01-02 09:00", "every: {cron: '0 9 1 * *'}  # the first of the month")
    )
    hello = reread(project).campaign(CAMPAIGN)
    assert form_of_campaign(hello).when is None
    change_campaign(reread(project), hello, replace(form_of_campaign(hello), channel="sms"), planner(project))
    assert "every: {cron: '0 9 1 * *'}  # the first of the month" in text(project)
    change_campaign(reread(project), reread(project).campaign(CAMPAIGN), new(), planner(project))
    assert reread(project).campaign(CAMPAIGN).when == SOON


def test_what_went_out_stays_as_a_record_of_it(tmp_path: Path) -> None:
    folder = stage.found(tmp_path / "project")
    with open_project(folder) as project:
        hello = project.campaign(CAMPAIGN)
        before = text(project)
        with pytest.raises(CampaignUnderWayError):
            change_campaign(project, hello, replace(form_of_campaign(hello), when=SOON), planner(project))
        with pytest.raises(CampaignUnderWayError):
            remove_campaign(project, hello, planner(project))
        assert text(project) == before


def test_what_is_submitted_is_not_taken_out(project: Project) -> None:
    by, hello = desk_actor(project.settings, "amina", Permission.SUBMIT), project.campaign(CAMPAIGN)
    decisions.submit(project, hello, by)
    with pytest.raises(CampaignUnderWayError):
        remove_campaign(project, hello, by)


def test_nothing_is_lost_where_two_make_one_at_a_time(project: Project) -> None:
    shutil.copy(project.root / "config.yaml", project.root / "before.yaml")
    names = {do(project, new(when=SOON + timedelta(days=n))) for n in range(5)}
    assert names <= set(load_settings(project.root, {}).campaigns)
    assert len(names) == 5
