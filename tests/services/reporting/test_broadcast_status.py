"""Where broadcasts stand: counted as things change, found by the beginning of an id, waiting until when."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.project.project import now
from broadcaster.services.reporting import broadcast_status
from tests.commandline import Run
from tests.projects import CAMPAIGN, write_audience
from tests.services.approving.test_decisions import approved
from tests.services.stage import sql, wall


def test_the_counters_are_what_one_would_count(folder: Path, run: Run) -> None:
    approved(run)
    (found,) = run("send", CAMPAIGN, "--by", "david", "--json").json["broadcasts"]
    counted = Counter(str(state) for (state,) in sql(folder, "SELECT state FROM deliveries"))
    assert found["deliveries"] == dict(counted)


def test_those_in_their_quiet_hours_wait_and_are_named(folder: Path, run: Run) -> None:
    start, end = (wall(timedelta(hours=hours))[-5:] for hours in (-1, 1))
    write_audience(folder, quiet_hours={"start": start, "end": end})
    approved(run)
    said = run("send", CAMPAIGN, "--by", "david")
    assert said.code == 0
    assert "wait until" in said.out
    with open_project(folder) as project:
        (one,) = broadcast_status.list_broadcast_statuses(project)
    # Paris is an hour ahead: for Eli, who lives there, the quiet hours have just ended.
    assert one.deliveries["queued"] == 5
    (waits,) = one.waits
    assert waits[0] == 5
    assert timedelta(minutes=50) < waits[1] - now() < timedelta(minutes=70)
    crisis = run("send", CAMPAIGN, "--by", "david", "--crisis", "letters were found", "--json")
    assert crisis.json["broadcasts"][0]["deliveries"] == {"accepted": 6}
    assert "letters were found" in run("status", crisis.json["broadcasts"][0]["id"]).out


def test_an_id_that_begins_two_broadcasts(folder: Path, run: Run) -> None:
    approved(run)
    run("send", CAMPAIGN, "--by", "david")
    columns = [str(row[1]) for row in sql(folder, "PRAGMA table_info(broadcasts)")]
    others = ", ".join(column for column in columns if column not in ("seq", "id", "occurrence"))
    sql(folder, "UPDATE broadcasts SET id = 'aaaaaaaaaaaaaaaaaaaaaaaaaa'")
    sql(
        folder,
        "INSERT INTO occurrences (id, campaign, wall, due_at, state, reason, changed_at)"
        " SELECT 'other', campaign, '2020-01-01T09:00', 0, state, reason, changed_at FROM occurrences LIMIT 1",
    )
    sql(
        folder,
        f"INSERT INTO broadcasts (id, occurrence, {others})"  # noqa: S608 - the columns of the table
        f" SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaab', (SELECT max(seq) FROM occurrences), {others} FROM broadcasts LIMIT 1",
    )
    with open_project(folder) as project:
        with pytest.raises(broadcast_status.AmbiguousBroadcastError):
            broadcast_status.find_broadcast(project, "aaaa")
        assert broadcast_status.find_broadcast(project, "a" * 26).id == "a" * 26


def test_the_newest_comes_first_and_no_more_than_asked(folder: Path) -> None:
    with open_project(folder) as project:
        assert broadcast_status.list_broadcast_statuses(project, 1) == []
        assert broadcast_status.count_approved_messages(project, project.campaign(CAMPAIGN)) == 0
