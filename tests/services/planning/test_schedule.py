"""Occurrences are written once, follow config.yaml when it changes, and never fire twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.config import CampaignSettings
from broadcaster.domain.local_time import walltime
from broadcaster.domain.occurrence_fates import FateKind
from broadcaster.domain.states import OccurrenceState
from broadcaster.ledger.planning import occurrences
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.approving.decisions import reject, submit
from broadcaster.services.approving.occurrence_fates import list_fates
from broadcaster.services.planning import schedule
from broadcaster.services.planning.schedule import NothingAheadError, next_occurrence, record_occurrences, upcoming
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.project.project import Project, now
from broadcaster.services.sending.due_occurrences import release_due
from tests.projects import CAMPAIGN, approve
from tests.services.stage import CONFIG, edit, outbox, wall


def rewrite(folder: Path, **changes: object) -> None:
    """Give the campaign other keys; None takes one out."""
    settings = yaml.safe_load((folder / CONFIG).read_text("utf-8"))
    campaign = settings["campaigns"][CAMPAIGN] | changes
    settings["campaigns"][CAMPAIGN] = {key: value for key, value in campaign.items() if value is not None}
    (folder / CONFIG).write_text(yaml.safe_dump(settings, sort_keys=False), "utf-8")


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with open_project(folder) as opened:
        yield opened


def fresh(project: Project) -> tuple[Project, CampaignSettings]:
    """The same project with config.yaml as it stands now."""
    project = replace(project, settings=load_project_settings(project.root))
    return project, project.campaign(CAMPAIGN)


def following(project: Project, campaign: CampaignSettings) -> Occurrence:
    """The next occurrence, recorded; what was computed before is the same."""
    computed = next_occurrence(project, campaign)
    record_occurrences(project, campaign)
    recorded = next_occurrence(project, campaign)
    assert (computed.wall, computed.due_at) == (recorded.wall, recorded.due_at)
    return recorded


def states(project: Project) -> dict[str, str]:
    with project.ledger.reading() as conn:
        rows = conn.exec_driver_sql("SELECT wall, state FROM occurrences ORDER BY wall").fetchall()
    return {str(row[0]): str(row[1]) for row in rows}


def test_one_time_is_one_occurrence_however_often_it_is_written(project: Project) -> None:
    campaign = project.campaign(CAMPAIGN)
    for _ in range(3):
        record_occurrences(project, campaign)
    assert list(states(project).values()) == ["planned"]


def test_a_moved_time_withdraws_the_old_one_and_moving_back_restores_it(folder: Path, project: Project) -> None:
    project, campaign = fresh(project)
    record_occurrences(project, campaign)
    first = wall(timedelta(days=1))
    assert campaign.when is not None
    before = walltime.key(campaign.when)
    rewrite(folder, when=first)
    project, campaign = fresh(project)
    assert following(project, campaign).wall == campaign.when
    assert states(project)[before] == "skipped"
    rewrite(folder, when=before.replace("T", " "))
    project, campaign = fresh(project)
    assert walltime.key(following(project, campaign).wall) == before
    assert states(project)[first.replace(" ", "T")] == "skipped"


def test_what_was_released_is_not_restored(folder: Path, project: Project) -> None:
    project, campaign = fresh(project)
    occurrence = following(project, campaign)
    with project.ledger.writing() as conn:
        occurrences.set_state(conn, occurrence.id, schedule.UNSETTLED_STATES, OccurrenceState.RELEASED)
    with pytest.raises(NothingAheadError):
        following(project, campaign)


def test_another_timezone_moves_the_instant_and_not_the_wall(folder: Path, project: Project) -> None:
    rewrite(folder, when="2026-12-01 09:00")
    project, campaign = fresh(project)
    london = following(project, campaign)
    edit(folder, CONFIG, "timezone: Europe/London", "timezone: Asia/Dhaka")
    project, campaign = fresh(project)
    dhaka = following(project, campaign)
    assert (dhaka.id, dhaka.wall) == (london.id, london.wall)
    assert london.due_at - dhaka.due_at == timedelta(hours=6)


def test_a_rule_is_written_one_time_ahead(folder: Path, project: Project) -> None:
    rewrite(folder, when=None, every={"cron": "0 9 * * mon"})
    project, campaign = fresh(project)
    for _ in range(3):
        found = following(project, campaign)
    assert (found.wall.weekday(), found.wall.hour) == (0, 9)
    assert found.due_at > now()
    assert len(states(project)) == 1


def test_a_rule_that_changes_is_followed_at_once(folder: Path, project: Project) -> None:
    rewrite(folder, when=None, every={"cron": "0 9 1 1 *"})
    project, campaign = fresh(project)
    yearly = following(project, campaign)
    rewrite(folder, every={"cron": "*/5 * * * *"})
    project, campaign = fresh(project)
    soon = following(project, campaign)
    assert soon.due_at - now() <= timedelta(minutes=5)
    rewrite(folder, every={"cron": "0 9 1 1 *"})
    project, campaign = fresh(project)
    assert following(project, campaign).wall == yearly.wall
    assert states(project)[walltime.key(soon.wall)] == "skipped"


def test_a_rule_that_has_ended_has_nothing_ahead(folder: Path, project: Project) -> None:
    rewrite(folder, when=None, every={"cron": "0 9 * * *", "until": "2020-01-01"})
    project, campaign = fresh(project)
    with pytest.raises(NothingAheadError) as told:
        following(project, campaign)
    assert told.value.file == CONFIG


def test_a_turned_down_now_leaves_the_campaigns_own_time(folder: Path, project: Project) -> None:
    rewrite(folder, when=wall(timedelta(days=2)))
    project, campaign = fresh(project)
    submit(
        project,
        campaign,
        command_line_actor(project.settings, "amina", Permission.SUBMIT),
        SubmissionTerms(at_once=True),
    )
    assert campaign.when is not None
    assert upcoming(project, campaign)[0].wall < campaign.when
    reject(project, campaign, command_line_actor(project.settings, "david", Permission.REJECT), "")
    assert next_occurrence(project, campaign).wall == campaign.when


def test_an_approved_now_is_not_overtaken_by_the_campaigns_own_time(folder: Path, project: Project) -> None:
    approve(folder)
    project, campaign = fresh(project)
    with project.ledger.reading() as conn:
        (at_once,) = (one for one in occurrences.list_unsettled(conn, CAMPAIGN) if one.wall != campaign.when)
    later = at_once.wall + timedelta(seconds=1)
    rewrite(folder, when=f"{later:%Y-%m-%d %H:%M:%S}")
    project, campaign = fresh(project)
    with registered_runner(project) as runner:
        assert len(release_due(project, runner.id)) == 1
        assert release_due(project, runner.id) == []
    assert states(project)[walltime.key(at_once.wall)] == "released"
    assert outbox(folder) == []


def test_what_was_sent_at_once_does_not_come_again_at_its_time(folder: Path) -> None:
    later = wall(timedelta(days=1))
    rewrite(folder, when=later)
    with open_project(folder) as project, registered_runner(project) as runner:
        approve(folder)
        (ahead,) = list_fates(project).accounts  # the time in config.yaml is superseded, and not shown beside it
        assert ahead.wall is not None
        assert ahead.wall < walltime.parse(later)
        release_due(project, runner.id)
        assert [one.fate for one in list_fates(project).accounts] == [FateKind.ON_ITS_WAY]
        assert states(project)[walltime.key(walltime.parse(later))] == "skipped"
