"""What is unforeseen in one campaign keeps no other from going out, is shown by name, and is tried again."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.occurrence_fates import FateKind, WaitingReason
from broadcaster.ledger.audit_log import audit
from broadcaster.services.approving.occurrence_fates import list_fates
from broadcaster.services.composing import messages
from broadcaster.services.planning import schedule
from broadcaster.services.project.project import now
from broadcaster.services.reporting import agenda, broadcast_status
from broadcaster.services.sending import due_occurrences, release
from broadcaster.services.sending.due_occurrences import RETRY_UNFORESEEN_AFTER, release_due
from tests.projects import CAMPAIGN, LETTER, approve
from tests.services.stage import CONFIG, sql
from tests.survival.clocks import at

BROKEN = "aaa"
"""The first in config.yaml: it was what stopped all that stand behind it."""


@pytest.fixture
def two(folder: Path) -> Path:
    """Two campaigns, both approved and due; the first one has a letter of its own."""
    (folder / "templates" / "other").mkdir()
    for path in (folder / "templates" / LETTER).iterdir():
        (folder / "templates" / "other" / path.name).write_bytes(path.read_bytes())
    config = yaml.safe_load((folder / CONFIG).read_text("utf-8"))
    config["campaigns"] = {BROKEN: config["campaigns"][CAMPAIGN] | {"letter": "other"}, **config["campaigns"]}
    (folder / CONFIG).write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    for name in (BROKEN, CAMPAIGN):
        approve(folder, name)
    return folder


def _only_of_the_broken(real: Callable[..., object], campaign_of: Callable[..., str]) -> Callable[..., object]:
    def raising(*words: object, **named: object) -> object:
        if campaign_of(*words, **named) == BROKEN:
            raise ValueError("somebody@example.org had a row with a number of 5,000 digits")
        return real(*words, **named)

    return raising


STEPS = [
    (due_occurrences, "record_occurrences", lambda _, campaign, __: campaign.name),
    (due_occurrences, "valid_approval", lambda _, campaign, __: campaign.name),
    (messages, "load_campaign_inputs", lambda _, campaign, __: campaign.name),
    (release, "_create_broadcast", lambda _, occurrence, *__: occurrence.campaign),
    (release, "_refuse_unapproved", lambda _, prospects, *__: prospects.campaign.name),
    (release, "_start_sending", lambda _, prospects, *__: prospects.campaign.name),
    (schedule, "_schedule_changes", lambda _, __, campaign, *___: campaign.name),
]


@pytest.mark.parametrize(("room", "step", "campaign_of"), STEPS, ids=[step for _, step, _ in STEPS])
def test_what_is_unforeseen_keeps_no_other_campaign(  # noqa: PLR0917
    two: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    room: object,
    step: str,
    campaign_of: Callable[..., str],
) -> None:
    monkeypatch.setattr(room, step, _only_of_the_broken(getattr(room, step), campaign_of))
    with open_project(two) as project, registered_runner(project) as runner:
        release_due(project, runner.id)
        release_due(project, runner.id)
        assert [one.broadcast.campaign for one in broadcast_status.list_broadcast_statuses(project)] == [CAMPAIGN]
        found, home = list_fates(project), agenda.agenda_for(project, "david")
        if room is schedule:
            assert [one.campaign for one in found.faults] == [one.campaign for one in home.faults] == [BROKEN]
        if room is not due_occurrences:
            (broken,) = (one for one in found.accounts if one.campaign == BROKEN)
            assert (broken.fate, broken.reason) == (FateKind.WAITS, WaitingReason.UNFORESEEN)
            assert broken in found.alarms
            assert broken in home.stuck
        assert "example.org" not in caplog.text
        assert BROKEN not in caplog.text
        monkeypatch.undo()
        with at(now() + RETRY_UNFORESEEN_AFTER + timedelta(seconds=5)):
            assert len(release_due(project, runner.id)) == 1
        assert sorted(one.broadcast.campaign for one in broadcast_status.list_broadcast_statuses(project)) == [
            BROKEN,
            CAMPAIGN,
        ]


def test_a_number_of_five_thousand_digits_stops_its_own_letter_only(two: Path) -> None:
    letter = two / "templates" / "other" / "en.md"
    letter.write_text(letter.read_text("utf-8").replace("all is well", f"{{{{ {'9' * 5000} }}}}"), "utf-8")
    with open_project(two) as project, registered_runner(project) as runner:
        release_due(project, runner.id)
        assert [one.broadcast.campaign for one in broadcast_status.list_broadcast_statuses(project)] == [CAMPAIGN]
        (broken,) = (one for one in agenda.agenda_for(project, "david").stuck if one.campaign == BROKEN)
        assert broken.reason in (WaitingReason.UNFORESEEN, WaitingReason.PROBLEMS, WaitingReason.CHANGED_SINCE_APPROVAL)


def test_the_audit_log_tells_what_the_clock_did(two: Path) -> None:
    letter = two / "templates" / "other" / "en.md"
    letter.write_text(letter.read_text("utf-8").replace("all is well", "all is changed"), "utf-8")
    with open_project(two) as project, registered_runner(project) as runner:
        release_due(project, runner.id)
        with project.ledger.reading() as conn:
            told = [one.entry for one in reversed(audit.list_recent(conn, 99))]
    did = [(one.action, one.subject) for one in told if one.by == ""]
    assert ("void", BROKEN) in did
    assert ("release", CAMPAIGN) in did
    assert ("skip", CAMPAIGN) in did  # its own time, for it went out as soon as it was approved
    assert [one.detail["reason"] for one in told if one.action == "void"] == ["changed-since-approval"]
    assert all(re.fullmatch(r"[a-z0-9]{26}", str(one.detail["broadcast"])) for one in told if one.action == "release")
    assert sql(two, "SELECT count(*) FROM broadcasts") == [(1,)]
