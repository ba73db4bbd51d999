"""The dry run counts what would go out and writes nothing of it."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.composing.messages import MAX_ROW_PROBLEMS
from broadcaster.services.planning.plan import plan_campaign, plan_submitted_or_next
from tests.commandline import Run
from tests.projects import CAMPAIGN, approve, person, write_roster
from tests.services.stage import CONFIG, EN, PEOPLE, ROSTER, add, edit, outbox, sql

KEPT = ("broadcasts", "deliveries", "attempts", "skeletons", "approvals", "audit")


def test_it_counts_messages(folder: Path) -> None:
    with open_project(folder) as project:
        made = plan_campaign(project, project.campaign(CAMPAIGN))
    assert made.recipients == 6
    assert made.by_channel == {"email": 4, "sms": 2}
    assert made.by_language == {"ar": 2, "en": 4}
    assert (made.sms_segments, made.letter_errors, made.row_errors) == (3, 0, 0)
    assert made.sms_cost is None


def test_it_says_what_texts_cost_where_a_price_is_known(folder: Path, run: Run) -> None:
    assert "GBP" not in run("plan", CAMPAIGN).out
    add(folder, CONFIG, "prices: {sms_segment: 0.042 GBP}\n")
    with open_project(folder) as project:
        assert str(plan_campaign(project, project.campaign(CAMPAIGN)).sms_cost) == "0.13 GBP"
    assert "3  (0.13 GBP)" in run("plan", CAMPAIGN).out
    edit(folder, CONFIG, "0.042 GBP", "4p")
    assert "'4p' is not a price" in run("check").out


def test_what_it_counts_is_what_is_sent(folder: Path, run: Run) -> None:
    with open_project(folder) as project:
        made = plan_campaign(project, project.campaign(CAMPAIGN))
    approve(folder)
    run("send", CAMPAIGN, "--by", "david")
    sent = outbox(folder)
    assert made.by_channel == {
        "email": sum(path.suffix == ".eml" for path in sent),
        "sms": sum(path.suffix == ".json" for path in sent),
    }
    assert made.sms_segments == sum(
        int(path.read_text("utf-8").partition('"segments": ')[2].partition(",")[0])
        for path in sent
        if path.suffix == ".json"
    )


def test_it_writes_nothing_and_sends_nothing(folder: Path) -> None:
    with open_project(folder) as project:
        plan_submitted_or_next(project, project.campaign(CAMPAIGN))
    for table in KEPT:
        assert sql(folder, f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - the tables above
    assert outbox(folder) == []


@pytest.mark.parametrize("bad", [1, MAX_ROW_PROBLEMS + 5])
def test_every_bad_row_is_counted_and_the_first_thousand_are_told(folder: Path, bad: int) -> None:
    rows = [person(n, email="x") for n in range(100, 100 + bad)]
    write_roster(folder, [*PEOPLE, *rows])
    with open_project(folder) as project:
        made = plan_campaign(project, project.campaign(CAMPAIGN))
    assert (made.row_errors, made.excluded["row-unusable"]) == (bad, bad)
    assert len(made.problems) == min(bad, MAX_ROW_PROBLEMS)
    assert made.recipients == 6


def test_two_mistakes_in_a_row_are_one_person(folder: Path) -> None:
    write_roster(folder, [*PEOPLE, person(9, email="x", timezone="Mars/Base")])
    with open_project(folder) as project:
        made = plan_campaign(project, project.campaign(CAMPAIGN))
    assert made.excluded["row-unusable"] == 1
    assert {problem.code for problem in made.problems} == {"email-invalid", "timezone-unknown"}


def test_a_letter_that_cannot_go_is_everybodys_error(folder: Path) -> None:
    edit(folder, EN, "all is well in", "see https://evil.example/ in")
    with open_project(folder) as project:
        made = plan_campaign(project, project.campaign(CAMPAIGN))
    assert made.letter_errors >= 1
    assert made.row_errors == 0


def test_a_roster_that_breaks_off_is_everybodys_error(folder: Path) -> None:
    with (folder / ROSTER).open("a", encoding="utf-8") as roster:
        roster.write('"Gus,gus@example.org\n')
    with open_project(folder) as project:
        made = plan_campaign(project, project.campaign(CAMPAIGN))
    assert made.letter_errors + made.row_errors >= 1
