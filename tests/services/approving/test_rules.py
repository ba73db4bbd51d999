"""A recurring campaign: each time approved for itself, or all until a day and up to so many people."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.local_time import walltime
from broadcaster.ledger.planning import occurrences
from broadcaster.services.sending.due_occurrences import release_due
from tests.commandline import Run
from tests.projects import CAMPAIGN
from tests.services.approving.test_decisions import approved, refused
from tests.services.stage import CONFIG, EN, ROSTER, add, edit, outbox

LONDON = ZoneInfo("Europe/London")


def recurring(folder: Path, **approval: Any) -> None:
    """Let the campaign fire at the minutes of the hour that lie two to nine minutes back, and so not soon again."""
    settings = yaml.safe_load((folder / CONFIG).read_text("utf-8"))
    campaign = settings["campaigns"][CAMPAIGN]
    campaign.pop("when", None)
    minutes = ",".join(str((datetime.now(LONDON) - timedelta(minutes=ago)).minute) for ago in range(2, 10))
    campaign |= {"every": {"cron": f"{minutes} * * * *"}, "approval": approval}
    (folder / CONFIG).write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")


def day(ahead: int) -> str:
    return (datetime.now(LONDON) + timedelta(days=ahead)).date().isoformat()


def fell_due(folder: Path, *ago: int) -> str:
    """Let the campaign's times so many minutes ago have come without anybody there; the last one's key."""
    with open_project(folder) as project, project.ledger.writing() as conn:
        for minutes in ago:
            wall = project.wall_now().replace(second=0, microsecond=0) - timedelta(minutes=minutes)
            occurrences.plan(conn, CAMPAIGN, wall, walltime.instant(wall, project.zone))
    return walltime.key(wall)


def test_one_approval_until_a_day_serves_each_time(folder: Path, run: Run) -> None:
    recurring(folder, until=day(30), at_most=6)
    approved(run)
    for number, ago in ((1, 7), (2, 6)):
        fell_due(folder, ago)
        assert run("send", CAMPAIGN, "--by", "david").code == 0
        assert len(outbox(folder)) == 6 * number


def test_more_people_than_approved_wait(folder: Path, run: Run) -> None:
    recurring(folder, until=day(30), at_most=6)
    approved(run)
    add(folder, ROSTER, "Gus Hall,gus@example.org,,,,,Ashmere\n")
    fell_due(folder, 7)
    said = run("send", CAMPAIGN, "--by", "david")
    refused(said, "more-than-approved", folder)
    assert "7 people; 6 at most" in said.err
    # Another row is covered as long as there are no more than six.
    text = (folder / ROSTER).read_text("utf-8")
    (folder / ROSTER).write_text("".join(line for line in text.splitlines(True) if "Fay Lund" not in line), "utf-8")
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6


def test_a_roster_that_cannot_be_read_to_its_end_goes_to_nobody(folder: Path, run: Run) -> None:
    """Rosters are no part of what a rule signs, so only reading them tells that half of the people are missing."""
    recurring(folder, until=day(30), at_most=6)
    approved(run)
    whole = (folder / ROSTER).read_bytes()
    roster = whole.decode().encode("utf-16")
    (folder / ROSTER).write_bytes(roster[: len(roster) // 2 | 1])
    fell_due(folder, 7)
    refused(run("send", CAMPAIGN, "--by", "david"), "roster-encoding", folder)
    assert run("status", "--json").json["broadcasts"] == []
    (folder / ROSTER).write_bytes(whole)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6


def test_raising_the_ceiling_needs_a_new_approval(folder: Path, run: Run) -> None:
    recurring(folder, until=day(30), at_most=3)
    approved(run)
    recurring(folder, until=day(30), at_most=300)
    fell_due(folder, 7)
    refused(run("send", CAMPAIGN, "--by", "david"), "changed-since-approval", folder)
    approved(run)
    assert run("send", CAMPAIGN, "--by", "david").code == 0


def test_after_its_day_it_counts_no_more(folder: Path, run: Run) -> None:
    recurring(folder, until=day(-1), at_most=6)
    approved(run)
    fell_due(folder, 7)
    refused(run("send", CAMPAIGN, "--by", "david"), "not-approved", folder)


def test_an_edited_letter_voids_the_rule(folder: Path, run: Run) -> None:
    recurring(folder, until=day(30), at_most=6)
    approved(run)
    edit(folder, EN, "all is well", "all is very well")
    fell_due(folder, 7)
    refused(run("send", CAMPAIGN, "--by", "david"), "changed-since-approval", folder)


def test_each_time_is_approved_for_itself(folder: Path, run: Run) -> None:
    recurring(folder, each=True)
    fell_due(folder, 7)
    approved(run)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6
    fell_due(folder, 6)
    said = run("send", CAMPAIGN, "--by", "david")
    assert said.code == 1
    assert "(not-approved)" in said.err
    assert len(outbox(folder)) == 6


@pytest.mark.parametrize("approval", [{"each": True}, {"until": day(30), "at_most": 6}])
def test_now_is_approved_for_itself(folder: Path, run: Run, approval: dict[str, Any]) -> None:
    recurring(folder, **approval)
    approved(run, "--now")
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert len(outbox(folder)) == 6
    said = run("send", CAMPAIGN, "--by", "david")
    assert said.code == 1
    assert len(outbox(folder)) == 6


@pytest.mark.parametrize(("rejected", "told"), [(False, "not-approved"), (True, "not-yet")])
def test_an_approved_rule_does_not_cover_what_is_submitted_to_go_now(
    folder: Path, run: Run, rejected: bool, told: str
) -> None:
    recurring(folder, until=day(30), at_most=6)
    approved(run)
    assert run("submit", CAMPAIGN, "--now", "--by", "amina").code == 0
    if rejected:
        assert run("reject", CAMPAIGN, "--by", "david", "--reason", "not today").code == 0
    with open_project(folder) as project, registered_runner(project) as runner:
        assert release_due(project, runner.id) == []
    refused(run("send", CAMPAIGN, "--by", "david"), told, folder)


def test_of_several_missed_times_one_is_sent(folder: Path, run: Run) -> None:
    recurring(folder, until=day(30), at_most=6)
    approved(run)
    newest = fell_due(folder, 6, 5, 4, 3)
    for _ in range(3):
        run("send", CAMPAIGN, "--by", "david")
    assert len(outbox(folder)) == 6
    (sent,) = run("status", "--json").json["broadcasts"]
    assert sent["occurrence"] == newest
