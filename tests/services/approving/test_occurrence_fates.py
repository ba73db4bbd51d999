"""What becomes of each occurrence: every fate that there is, and never that nobody can say."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.occurrence_fates import FateKind, WaitingReason
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.broadcasting.broadcasts import NewBroadcast
from broadcaster.ledger.delivery import claims
from broadcaster.ledger.planning import approvals, occurrences
from broadcaster.services.access.permissions import Actor, Permission, command_line_actor
from broadcaster.services.approving import decisions as eyes
from broadcaster.services.approving.calling_off import call_off_approval
from broadcaster.services.approving.errors import ApprovalTooLateError
from broadcaster.services.approving.occurrence_fates import OccurrenceFate, find_occurrence_fate, list_fates
from broadcaster.services.approving.review import campaign_state
from broadcaster.services.planning.plan import plan_submitted_or_next
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.project.project import Project, now
from broadcaster.services.recipients.erasure import erase_person
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.reporting.agenda import agenda_for
from broadcaster.services.sending.due_occurrences import release_due
from tests.commandline import Run
from tests.projects import AUDIENCE, CAMPAIGN, approve
from tests.services.stage import AUDIENCE_YAML, CLOSE, CONFIG, EN, ROSTER, edit, sql, wall
from tests.survival.clocks import at


@pytest.fixture
def ahead(folder: Path) -> Path:
    """The campaign's time lies two days ahead."""
    rewrite(folder, when=wall(timedelta(days=2)))
    return folder


def rewrite(folder: Path, **changes: object) -> None:
    """Change the campaign in config.yaml; a key whose value is None is taken out."""
    path = folder / CONFIG
    config = yaml.safe_load(path.read_text("utf-8"))
    campaign = config["campaigns"][CAMPAIGN] | changes
    config["campaigns"][CAMPAIGN] = {key: value for key, value in campaign.items() if value is not None}
    path.write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")


def account(folder: Path) -> OccurrenceFate:
    """The one account there is."""
    with open_project(folder) as project:
        (found,) = list_fates(project).accounts
    return found


def last(folder: Path) -> OccurrenceFate:
    """The account of what was submitted last, settled or not."""
    with open_project(folder) as project:
        newest = campaign_state(project, project.campaign(CAMPAIGN)).newest
        assert newest is not None
        return find_occurrence_fate(project, CAMPAIGN, newest.wall)


def submit(folder: Path, *, at_once: bool = False) -> None:
    with open_project(folder) as project:
        eyes.submit(
            project,
            project.campaign(CAMPAIGN),
            who(project, "amina", Permission.SUBMIT),
            SubmissionTerms(at_once=at_once),
        )


def who(project: Project, name: str, deed: Permission) -> Actor:
    return command_line_actor(project.settings, name, deed)


def waits(found: OccurrenceFate, reason: str) -> bool:
    return (found.fate, found.reason) == (FateKind.WAITS, reason)


def test_the_way_of_what_goes_out(ahead: Path) -> None:
    assert waits(account(ahead), WaitingReason.TO_SUBMIT)
    submit(ahead)
    assert waits(account(ahead), WaitingReason.TO_DECIDE)
    with open_project(ahead) as project:
        digest = plan_submitted_or_next(project, project.campaign(CAMPAIGN)).digest
        eyes.approve(project, project.campaign(CAMPAIGN), who(project, "david", Permission.APPROVE), digest)
    found = account(ahead)
    assert (found.fate, found.is_alarm) == (FateKind.GOES_OUT, False)
    assert found.at is not None
    with at(found.at + timedelta(seconds=5)), open_project(ahead) as project, registered_runner(project) as runner:
        release_due(project, runner.id)
        (going,) = list_fates(project).accounts
        assert going.fate is FateKind.ON_ITS_WAY
        sql(ahead, "UPDATE broadcasts SET state = 'finished'")
        assert list_fates(project).accounts == ()
        assert find_occurrence_fate(project, CAMPAIGN, found.wall).fate is FateKind.OUT


def test_what_is_due_and_was_never_submitted_or_decided(folder: Path) -> None:
    assert waits(account(folder), WaitingReason.NOT_SUBMITTED)
    submit(folder)
    assert waits(account(folder), WaitingReason.NOT_APPROVED)


@pytest.fixture
def releasing(folder: Path) -> Iterator[tuple[Path, Project]]:
    """A release that broke off: its broadcast is half made, and its process is gone."""
    approve(folder)
    with open_project(folder) as project:
        with registered_runner(project) as runner, project.ledger.writing() as conn:
            (due,) = (
                one for one in occurrences.list_unsettled(conn, CAMPAIGN) if one.due_at > now() - timedelta(minutes=2)
            )
            (approval,) = sql(folder, "SELECT id FROM approvals")[0]
            conn.exec_driver_sql("INSERT INTO letters VALUES ('digest', x'00', 0)")
            new = NewBroadcast("digest", str(approval), project.campaign(CAMPAIGN).channel, "hold", runner.id)
            assert broadcasts.create(conn, due.id, new)
        yield folder, project


def test_a_look_during_a_release_loses_nothing(releasing: tuple[Path, Project]) -> None:
    folder, project = releasing
    before = sql(folder, "SELECT state, reason FROM occurrences ORDER BY seq")
    assert FateKind.GOES_OUT in {one.fate for one in list_fates(project).accounts}
    broadcast_status.list_broadcast_statuses(project)
    plan_submitted_or_next(project, project.campaign(CAMPAIGN))
    agenda_for(project, "david")
    assert not campaign_state(project, project.campaign(CAMPAIGN)).over
    assert sql(folder, "SELECT state, reason FROM occurrences ORDER BY seq") == before
    with registered_runner(project) as runner:
        assert len(release_due(project, runner.id)) == 1
    assert sql(folder, "SELECT count(*) FROM deliveries") == [(6,)]


def test_a_clock_that_ticks_beside_a_broken_release_loses_nothing(releasing: tuple[Path, Project]) -> None:
    _, project = releasing
    with registered_runner(project) as runner:
        with project.ledger.writing() as conn:
            claims.recover(conn, now())
        for _ in range(3):
            release_due(project, runner.id)
        assert [
            one.state for one in (each.broadcast for each in broadcast_status.list_broadcast_statuses(project))
        ] == ["sending"]


def test_a_campaign_that_was_taken_out_is_an_alarm_until_it_is_called_off(ahead: Path, run: Run) -> None:
    approve(ahead, at_once=False)
    path = ahead / CONFIG
    whole = path.read_text("utf-8")
    config = yaml.safe_load(whole)
    config["campaigns"]["other"] = config["campaigns"].pop(CAMPAIGN)
    path.write_text(yaml.safe_dump(config), "utf-8")
    with open_project(ahead) as project:
        (alarm,) = list_fates(project).alarms
        assert waits(alarm, WaitingReason.CAMPAIGN_MISSING)
        assert alarm in agenda_for(project, "david").stuck
    said = run("status")
    assert said.code == 1
    assert "Its campaign no longer stands in config.yaml. Put the campaign back, or call it off." in said.out
    assert "ALARM: hello" in run("status", "--json").err
    path.write_text(whole, "utf-8")
    assert account(ahead).fate is FateKind.GOES_OUT
    path.write_text(yaml.safe_dump(config), "utf-8")
    assert run("call-off", CAMPAIGN, "--by", "david").code == 0
    with open_project(ahead) as project:
        assert list_fates(project).alarms == ()
    found = last_of(ahead)
    assert (found.fate, found.by) == (FateKind.CALLED_OFF, "david")


def last_of(folder: Path) -> OccurrenceFate:
    """Of a campaign that config.yaml need not have."""
    ((micros,),) = sql(folder, "SELECT wall FROM approvals ORDER BY seq DESC LIMIT 1")
    with open_project(folder) as project:
        return find_occurrence_fate(project, CAMPAIGN, datetime.fromisoformat(str(micros)))


def test_what_was_moved_must_be_submitted_again(ahead: Path) -> None:
    approve(ahead, at_once=False)
    rewrite(ahead, when=wall(timedelta(days=3)))
    with open_project(ahead) as project:
        found = list_fates(project).accounts
    assert sorted(one.reason for one in found) == [WaitingReason.TIME_MOVED, WaitingReason.TO_SUBMIT]
    submit(ahead)
    assert waits(account(ahead), WaitingReason.TO_DECIDE)


def test_a_rejection_stays_with_its_author_until_it_is_submitted_again(ahead: Path) -> None:
    submit(ahead, at_once=True)
    with open_project(ahead) as project:
        eyes.reject(project, project.campaign(CAMPAIGN), who(project, "david", Permission.REJECT), "Say 101, not 111")
        for name in ("amina", "david"):
            (found,) = agenda_for(project, name).stuck
            assert (found.reason, found.by, found.at_once) == (WaitingReason.REJECTED, "david", True)
        at_present = campaign_state(project, project.campaign(CAMPAIGN))
        assert at_present.asked_at_once
        assert at_present.approval is not None
        assert at_present.approval.note == "Say 101, not 111"
    submit(ahead)
    with open_project(ahead) as project:
        assert agenda_for(project, "amina").stuck == ()


def test_a_call_off_is_told_by_name_and_nothing_waits(ahead: Path) -> None:
    approve(ahead)
    with open_project(ahead) as project:
        call_off_approval(project, CAMPAIGN, who(project, "amina", Permission.CALL_OFF))
        assert agenda_for(project, "amina").stuck == ()
        assert campaign_state(project, project.campaign(CAMPAIGN)).asked_at_once
    found = last(ahead)
    assert (found.fate, found.by) == (FateKind.CALLED_OFF, "amina")


def test_status_says_who_called_off_what_lies_ahead(ahead: Path, run: Run) -> None:
    assert "Nobody has submitted it yet" in run("status").out
    run("submit", CAMPAIGN, "--by", "amina")
    run("call-off", CAMPAIGN, "--by", "david")
    said = " ".join(run("status").out.split())
    assert "It was called off by david. Nothing was sent. To send it after all, submit it again." in said
    assert "Nobody has submitted it" not in said


CHANGES = [
    (EN, "all is well", "all is not well", "the letter"),
    (CLOSE, "Yours", "Faithfully yours", "the letter"),
    (ROSTER, "Ada Quill", "Ada Quilt", "who is on a roster"),
    (f"audiences/{AUDIENCE}.yaml", "to try things out", "to try other things", "an audience's description"),
    (CONFIG, "Robin Hartwell", "Robin Hartley", "what config.yaml says of it"),
    (CONFIG, "channel: preferred", "channel: email", "what config.yaml says of it"),
]


@pytest.mark.parametrize("approved", [False, True])
@pytest.mark.parametrize(("file", "old", "new", "what"), CHANGES)
def test_what_has_changed_must_be_submitted_again(  # noqa: PLR0917
    ahead: Path, file: str, old: str, new: str, what: str, approved: bool
) -> None:
    if approved:
        approve(ahead, at_once=False)
    else:
        submit(ahead)
    for path in ahead.rglob("*.*"):
        if path.is_file() and "var" not in path.parts:
            os.utime(path)  # saved once more, just as it was
    settled = account(ahead)
    assert settled.changed == ()
    edit(ahead, file, old, new)
    found = account(ahead)
    assert waits(found, WaitingReason.CHANGED_SINCE_APPROVAL if approved else WaitingReason.CHANGED)
    assert found.changed == (what,)
    assert found.must_be_submitted_again


def test_a_new_language_is_a_change(ahead: Path) -> None:
    submit(ahead)
    (ahead / EN).with_name("ur.md").write_bytes((ahead / EN).read_bytes())
    assert account(ahead).changed == ("the letter",)


def test_an_erasure_is_no_change(ahead: Path) -> None:
    approve(ahead, at_once=False)
    with open_project(ahead) as project:
        erase_person(project, AUDIENCE, "person1@example.org", "asked for it", who(project, "wenmei", Permission.ERASE))
    assert account(ahead).fate is FateKind.GOES_OUT


def test_what_an_erasure_that_broke_off_leaves_is_told_as_it_is_released(
    ahead: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the roster and the ledger: the approval is void, and nobody is told that it goes out, or the
    reverse.
    """
    approve(ahead)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(approvals, "set_files", killed)
    words = ("audience", "erase", AUDIENCE, "person1@example.org", "--by", "wenmei", "--reason", "asked us to")
    assert run(*words).code == 130
    monkeypatch.undo()
    assert account(ahead).reason == WaitingReason.CHANGED_SINCE_APPROVAL
    assert "(changed-since-approval)" in run("send", CAMPAIGN, "--by", "david").err


def test_an_unsigned_approval_is_an_alarm(ahead: Path) -> None:
    submit(ahead)
    sql(ahead, "UPDATE approvals SET state = 'approved', decided_by = 'david', signature = 'forged'")
    found = account(ahead)
    assert waits(found, WaitingReason.SIGNATURE)
    assert found.is_alarm


def test_what_nobody_sends_is_an_alarm(ahead: Path) -> None:
    approve(ahead, at_once=False)
    due = account(ahead).at
    assert due is not None
    with at(due + timedelta(minutes=9)):
        assert account(ahead).fate is FateKind.GOES_OUT
    with at(due + timedelta(minutes=11)):
        assert waits(account(ahead), WaitingReason.NO_SENDER)
        assert account(ahead).is_alarm


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM occurrences",
        "UPDATE occurrences SET state = 'released'",
        "UPDATE occurrences SET state = 'skipped', reason = 'strange'",
    ],
)
def test_what_nobody_can_tell_is_an_alarm(ahead: Path, damage: str) -> None:
    approve(ahead)
    sql(ahead, damage)
    with open_project(ahead) as project:
        assert [one.fate for one in list_fates(project).alarms] == [FateKind.UNKNOWN]


def test_a_rule_that_cannot_be_walked_is_a_fault_of_its_campaign_alone(ahead: Path) -> None:
    approve(ahead, at_once=False)
    config = yaml.safe_load((ahead / CONFIG).read_text("utf-8"))
    broken = {key: value for key, value in config["campaigns"][CAMPAIGN].items() if key != "when"}
    config["campaigns"] = {"aaa": broken | {"every": {"cron": "0 9 31 2 *"}}, **config["campaigns"]}
    (ahead / CONFIG).write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    with open_project(ahead) as project:
        found = list_fates(project)
        assert [one.fate for one in found.accounts] == [FateKind.GOES_OUT]
        assert [one.campaign for one in found.faults] == ["aaa"]
        assert [one.campaign for one in agenda_for(project, "david").faults] == ["aaa"]


def test_what_is_approved_late_goes_out_as_soon_as_it_is_approved(folder: Path) -> None:
    rewrite(folder, when="as soon as approved", grace="30m")
    submit(folder)
    sql(folder, "UPDATE occurrences SET due_at = due_at - ?", 3 * 3600 * 1_000_000)
    with open_project(folder) as project, registered_runner(project) as runner:
        campaign = project.campaign(CAMPAIGN)
        eyes.approve(
            project,
            campaign,
            who(project, "david", Permission.APPROVE),
            plan_submitted_or_next(project, campaign).digest,
        )
        assert len(release_due(project, runner.id)) == 1


def test_another_submission_takes_nothing_from_what_was_approved_to_go_at_once(ahead: Path) -> None:
    approve(ahead)
    submit(ahead)
    with open_project(ahead) as project:
        found = sorted((one.fate, one.at_once) for one in list_fates(project).accounts)
        assert found == [(FateKind.GOES_OUT, True), (FateKind.WAITS, False)]
        with registered_runner(project) as runner:
            assert len(release_due(project, runner.id)) == 1


def test_what_is_approved_for_its_time_is_shown_beside_what_is_submitted_to_go_at_once(ahead: Path) -> None:
    approve(ahead, at_once=False)
    submit(ahead, at_once=True)
    with open_project(ahead) as project:
        found = sorted((one.fate, one.at_once) for one in list_fates(project).accounts)
    assert found == [(FateKind.GOES_OUT, False), (FateKind.WAITS, True)]


def test_what_was_moved_away_can_be_called_off_before_it_is_moved_back(ahead: Path) -> None:
    before = yaml.safe_load((ahead / CONFIG).read_text("utf-8"))["campaigns"][CAMPAIGN]["when"]
    approve(ahead, at_once=False)
    rewrite(ahead, when=wall(timedelta(days=3)))
    with open_project(ahead) as project, registered_runner(project) as runner:
        release_due(project, runner.id)
        call_off_approval(project, CAMPAIGN, who(project, "david", Permission.CALL_OFF))
    rewrite(ahead, when=before)
    assert waits(account(ahead), WaitingReason.TO_SUBMIT)


RULE = {"every": {"cron": "0 9 * * *"}, "when": None, "grace": "1h"}


def test_a_missed_time_of_a_rule_that_was_moved_away_and_back_is_late_and_not_moved(folder: Path) -> None:
    rewrite(folder, **RULE)
    approve(folder, at_once=False)
    missed = account(folder)
    assert missed.at is not None
    with at(missed.at + timedelta(days=1)):
        rewrite(folder, every={"cron": "30 15 * * *"})
        with open_project(folder) as project, registered_runner(project) as runner:
            assert release_due(project, runner.id) == []
            moved = next(one for one in list_fates(project).accounts if one.wall == missed.wall)
            assert waits(moved, WaitingReason.TIME_MOVED)
        rewrite(folder, every=RULE["every"])
        with open_project(folder) as project, registered_runner(project) as runner:
            assert release_due(project, runner.id) == []
            back = next(one for one in list_fates(project).accounts if one.wall == missed.wall)
            assert waits(back, WaitingReason.LATE)


def test_a_rule_that_was_approved_before_any_clock_ran_misses_no_time(folder: Path) -> None:
    rewrite(folder, **RULE, approval={"until": "2090-01-01", "at_most": 99})
    approve(folder, at_once=False)
    (first,) = (one for one in all_of(folder) if one.at is not None)
    assert first.at is not None
    with at(first.at + timedelta(minutes=5)):
        assert first.wall in {one.wall for one in all_of(folder)}
        with open_project(folder) as project, registered_runner(project) as runner:
            assert len(release_due(project, runner.id)) == 1
            assert [one.broadcast.wall for one in broadcast_status.list_broadcast_statuses(project)] == [first.wall]


def test_an_approved_rule_that_can_no_longer_be_walked_is_an_alarm(folder: Path) -> None:
    rewrite(folder, **RULE, approval={"until": "2090-01-01", "at_most": 99})
    approve(folder, at_once=False)
    sql(folder, "DELETE FROM occurrences")
    rewrite(folder, every={"cron": "0 9 31 2 *"})
    with open_project(folder) as project:
        (alarm,) = list_fates(project).alarms
        assert (alarm.wall, alarm.reason) == (None, WaitingReason.UNFORESEEN)


def tick_at(folder: Path, moment: datetime) -> int:
    """How many broadcasts a look of the clock makes at a moment."""
    with at(moment), open_project(folder) as project, registered_runner(project) as runner:
        return len(release_due(project, runner.id))


@pytest.mark.parametrize("if_late", ["ask", "skip"])
def test_what_is_approved_within_its_grace_goes_out_after_its_countdown(folder: Path, if_late: str) -> None:
    """The page says that it starts in a minute: the countdown must not make it late."""
    rewrite(folder, when=wall(timedelta(minutes=-2)), grace="4m", if_late=if_late)
    submit(folder)
    begun = now()
    with at(begun + timedelta(seconds=30)), open_project(folder) as project:
        campaign, by = project.campaign(CAMPAIGN), who(project, "david", Permission.APPROVE)
        digest = campaign_state(project, campaign).newest.digest  # type: ignore[union-attr]  # it was submitted above
        eyes.approve(project, campaign, by, digest, eyes.ApprovalConditions(timedelta(minutes=2)))
    assert tick_at(folder, begun + timedelta(minutes=2)) == 0
    assert tick_at(folder, begun + timedelta(minutes=4)) == 1


def test_a_start_that_is_too_late_is_not_approved_at_the_desk(folder: Path) -> None:
    rewrite(folder, when=wall(timedelta(minutes=-9)), grace="3m")
    submit(folder)
    with open_project(folder) as project:
        campaign, by = project.campaign(CAMPAIGN), who(project, "david", Permission.APPROVE)
        digest = campaign_state(project, campaign).newest.digest  # type: ignore[union-attr]  # it was submitted above
        with pytest.raises(ApprovalTooLateError):
            eyes.approve(project, campaign, by, digest, eyes.ApprovalConditions(timedelta(minutes=1)))


@pytest.mark.parametrize("if_late", ["ask", "skip"])
@pytest.mark.parametrize("times", [RULE, {"when": None}], ids=["rule", "once"])
def test_a_clock_that_was_wrong_for_a_moment_costs_nothing(
    folder: Path, times: dict[str, object], if_late: str
) -> None:
    if times is RULE:
        rewrite(folder, **RULE, approval={"until": "2090-01-01", "at_most": 99}, if_late=if_late)
    else:
        rewrite(folder, when=wall(timedelta(days=1)), if_late=if_late)
    approve(folder, at_once=False)
    (before, *_) = all_of(folder)
    assert tick_at(folder, now() + timedelta(days=400)) == 0
    assert before.fate is FateKind.GOES_OUT
    assert before.at is not None
    assert next((one.wall, one.fate) for one in all_of(folder)) == (before.wall, FateKind.GOES_OUT)
    assert tick_at(folder, now()) == 0
    assert tick_at(folder, before.at + timedelta(seconds=5)) == 1


def test_a_campaign_that_comes_again_no_more_keeps_what_was_approved_since(folder: Path) -> None:
    """Sent once while it came every day, approved for the next day, then made to come at that time only."""
    rewrite(folder, **RULE, approval={"each": True})
    approve(folder)
    assert tick_at(folder, now()) == 1
    approve(folder, at_once=False)
    (ahead,) = (one for one in all_of(folder) if one.approval is not None and one.fate is FateKind.GOES_OUT)
    assert ahead.wall is not None
    rewrite(folder, every=None, grace=None, when=f"{ahead.wall:%Y-%m-%d %H:%M}")
    (found,) = (one for one in all_of(folder) if one.wall == ahead.wall)
    assert waits(found, WaitingReason.CHANGED_SINCE_APPROVAL)


@pytest.mark.parametrize("if_late", ["ask", "skip"])
def test_what_is_to_go_at_once_waits_for_its_approval_for_as_long_as_it_takes(folder: Path, if_late: str) -> None:
    """Its approver comes in the morning, after the campaign's own time, which nobody has submitted."""
    rewrite(folder, **RULE, approval={"each": True}, if_late=if_late)
    submit(folder, at_once=True)
    for hours in (1, 30):
        assert tick_at(folder, now() + timedelta(hours=hours)) == 0
    later = now() + timedelta(hours=31)
    with at(later), open_project(folder) as project:
        campaign = project.campaign(CAMPAIGN)
        digest = campaign_state(project, campaign).newest.digest  # type: ignore[union-attr]  # it was submitted above
        eyes.approve(
            project,
            campaign,
            who(project, "david", Permission.APPROVE),
            digest,
            eyes.ApprovalConditions(timedelta(minutes=1)),
        )
    assert tick_at(folder, later + timedelta(minutes=3)) == 1


def test_what_was_called_off_replaces_nothing(ahead: Path) -> None:
    approve(ahead, at_once=False)
    submit(ahead, at_once=True)
    with open_project(ahead) as project:
        call_off_approval(project, CAMPAIGN, who(project, "amina", Permission.CALL_OFF))
    rewrite(ahead, when=wall(timedelta(days=3)))
    assert WaitingReason.TIME_MOVED in {one.reason for one in all_of(ahead)}


@pytest.mark.parametrize("approval", [{"until": "2090-01-01", "at_most": 99}, {"each": True}], ids=["rule", "each"])
def test_nothing_goes_out_after_the_last_day_of_a_rule(folder: Path, approval: dict[str, object]) -> None:
    """Approved before the rule was given that day, as a whole or by itself."""
    rewrite(folder, **RULE, approval=approval)
    approve(folder, at_once=False)
    (first, *_) = (one for one in all_of(folder) if one.at is not None)
    assert first.at is not None
    assert first.wall is not None
    rewrite(folder, every={"cron": "0 9 * * *", "until": f"{first.wall - timedelta(days=1):%Y-%m-%d}"})
    assert tick_at(folder, first.at + timedelta(seconds=5)) == 0


@pytest.mark.parametrize("own", [True, False])
def test_another_language_of_the_organisation_is_told_as_it_is_released(folder: Path, run: Run, own: bool) -> None:
    if own:
        path = folder / AUDIENCE_YAML
        path.write_text(path.read_text("utf-8") + "defaults: {language: en}\n", "utf-8")
    approve(folder)
    edit(folder, CONFIG, "language: en", "language: ar")
    changed = {one.reason for one in all_of(folder) if one.at_once} == {WaitingReason.CHANGED_SINCE_APPROVAL}
    assert run("send", CAMPAIGN, "--by", "david").code == int(changed)
    assert changed is not own


def test_a_release_that_broke_off_is_told_as_its_campaign_stands(releasing: tuple[Path, Project]) -> None:
    folder, _ = releasing
    path = folder / CONFIG
    config = yaml.safe_load(path.read_text("utf-8"))
    config["campaigns"] = {"other": config["campaigns"][CAMPAIGN]}
    path.write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
    (found,) = (one for one in all_of(folder) if one.campaign == CAMPAIGN)
    assert waits(found, WaitingReason.CAMPAIGN_MISSING)
    with open_project(folder) as project:
        call_off_approval(project, CAMPAIGN, who(project, "amina", Permission.CALL_OFF))
    assert [one for one in all_of(folder) if one.campaign == CAMPAIGN] == []


def all_of(folder: Path) -> tuple[OccurrenceFate, ...]:
    with open_project(folder) as project:
        return list_fates(project).accounts


def test_another_rule_is_no_change_of_what_goes_out_as_soon_as_it_is_approved(folder: Path) -> None:
    rewrite(folder, **RULE, approval={"each": True})
    approve(folder)
    rewrite(folder, every={"cron": "0 10 * * *"})
    assert FateKind.GOES_OUT in {one.fate for one in all_of(folder)}
