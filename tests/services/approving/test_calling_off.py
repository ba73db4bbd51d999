"""Calling off stops what has not begun; of a release and a calling-off at the same moment one comes first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.planning import occurrences
from broadcaster.services.access.permissions import Actor, Permission, desk_actor
from broadcaster.services.approving import decisions as eyes
from broadcaster.services.approving.calling_off import call_off_approval
from broadcaster.services.approving.errors import (
    CrisisNotAtOnceError,
    DigestMismatchError,
    NothingSubmittedError,
    NothingToCallOffError,
)
from broadcaster.services.approving.review import campaign_state
from broadcaster.services.approving.validity import valid_approval
from broadcaster.services.planning.schedule import upcoming
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.project.project import Project
from broadcaster.services.sending import due_occurrences
from broadcaster.services.sending import release as releasing
from broadcaster.services.sending.release import CalledOffError, Releaser, release_occurrence
from tests.projects import CAMPAIGN, approve
from tests.services.stage import sql


@pytest.fixture
def project(folder: Path) -> Iterator[Project]:
    with open_project(folder) as project:
        yield project


def by(project: Project, who: str = "amina", deed: Permission = Permission.CALL_OFF) -> Actor:
    return desk_actor(project.settings, who, deed)


def test_what_was_approved_does_not_go_out_and_the_log_says_who_stopped_it(folder: Path, project: Project) -> None:
    approve(folder, at_once=False)
    campaign = project.campaign(CAMPAIGN)
    call_off_approval(project, campaign.name, by(project))
    with registered_runner(project) as runner:
        assert due_occurrences.release_due(project, runner.id) == []
    assert sql(folder, "SELECT state, note FROM approvals") == [("void", "called off by amina")]
    (entry,) = sql(folder, "SELECT by, host FROM audit WHERE action = 'call-off'")
    assert entry == ("amina", "desk")
    with pytest.raises(NothingToCallOffError):
        call_off_approval(project, campaign.name, by(project))


def test_what_waits_for_approval_is_called_off_as_well(project: Project) -> None:
    campaign = project.campaign(CAMPAIGN)
    submitted = eyes.submit(project, campaign, by(project, deed=Permission.SUBMIT))
    call_off_approval(project, campaign.name, by(project, "david"))
    with pytest.raises(NothingSubmittedError):
        eyes.approve(project, campaign, by(project, "david", Permission.APPROVE), submitted.plan.digest)


def test_it_can_be_submitted_again_afterwards(folder: Path, project: Project) -> None:
    approve(folder, at_once=False)
    campaign = project.campaign(CAMPAIGN)
    call_off_approval(project, campaign.name, by(project))
    approve(folder, at_once=False)
    with registered_runner(project) as runner:
        assert len(due_occurrences.release_due(project, runner.id)) == 1


def test_called_off_while_it_is_released_nothing_leaves(
    folder: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(folder, at_once=False)
    campaign, compare = project.campaign(CAMPAIGN), releasing._refuse_unapproved

    def called_off_meanwhile(*given: object) -> None:
        compare(*given)  # type: ignore[arg-type]
        call_off_approval(project, campaign.name, by(project))

    monkeypatch.setattr(releasing, "_refuse_unapproved", called_off_meanwhile)
    with registered_runner(project) as runner:
        with project.ledger.reading() as conn:
            (occurrence,) = occurrences.list_unsettled(conn, CAMPAIGN)
        approval = valid_approval(project, campaign, occurrence)
        assert approval
        with pytest.raises(CalledOffError):
            release_occurrence(project, occurrence, approval, Releaser(runner.id))
    with project.ledger.reading() as conn:
        assert broadcasts.list_recent(conn, 9) == []
    assert sql(folder, "SELECT count(*) FROM deliveries") == [(0,)]


def test_once_it_has_begun_there_is_nothing_to_call_off(folder: Path, project: Project) -> None:
    approve(folder, at_once=False)
    with registered_runner(project) as runner:
        assert len(due_occurrences.release_due(project, runner.id)) == 1
    with pytest.raises(NothingToCallOffError):
        call_off_approval(project, CAMPAIGN, by(project))
    assert sql(folder, "SELECT state FROM approvals") == [("approved",)]


def test_nothing_starts_before_the_countdown_is_over(folder: Path, project: Project) -> None:
    campaign = project.campaign(CAMPAIGN)
    given = eyes.submit(
        project, campaign, by(project, deed=Permission.SUBMIT), SubmissionTerms(at_once=True)
    ).plan.digest
    eyes.approve(
        project,
        campaign,
        by(project, "david", Permission.APPROVE),
        given,
        eyes.ApprovalConditions(timedelta(seconds=60)),
    )
    with registered_runner(project) as runner:
        assert due_occurrences.release_due(project, runner.id) == []
        call_off_approval(project, campaign.name, by(project))
        sql(folder, "UPDATE approvals SET not_before = 0")
        assert due_occurrences.release_due(project, runner.id) == []


def test_the_reason_of_a_crisis_goes_with_the_broadcast_and_is_signed(folder: Path, project: Project) -> None:
    campaign, terms = project.campaign(CAMPAIGN), SubmissionTerms(at_once=True, crisis="Threats tonight")
    given = eyes.submit(project, campaign, by(project, deed=Permission.SUBMIT), terms).plan.digest
    eyes.approve(project, campaign, by(project, "david", Permission.APPROVE), given)
    with registered_runner(project) as runner:
        assert len(due_occurrences.release_due(project, runner.id)) == 1
    assert sql(folder, "SELECT crisis_reason FROM broadcasts") == [("Threats tonight",)]
    assert campaign_state(project, campaign).over


def test_a_crisis_is_not_approved_by_whoever_saw_none(folder: Path, project: Project) -> None:
    """It could be called off and submitted anew, with a reason, while the approver's page is open."""
    campaign, terms = project.campaign(CAMPAIGN), SubmissionTerms(at_once=True)
    seen = eyes.submit(project, campaign, by(project, deed=Permission.SUBMIT), terms).plan.digest
    call_off_approval(project, campaign.name, by(project))
    crisis = replace(terms, crisis="Threats tonight")
    eyes.submit(project, campaign, by(project, deed=Permission.SUBMIT), crisis)
    with pytest.raises(DigestMismatchError):
        eyes.approve(project, campaign, by(project, "david", Permission.APPROVE), seen)
    assert sql(folder, "SELECT state FROM approvals ORDER BY seq") == [("void",), ("submitted",)]


def test_a_crisis_that_can_wait_is_a_slip(folder: Path, project: Project) -> None:
    with pytest.raises(CrisisNotAtOnceError):
        eyes.submit(
            project,
            project.campaign(CAMPAIGN),
            by(project, deed=Permission.SUBMIT),
            SubmissionTerms(crisis="Threats tonight"),
        )
    assert sql(folder, "SELECT * FROM approvals") == []


def test_a_crisis_that_nobody_approved_does_not_hold(folder: Path, project: Project) -> None:
    approve(folder, at_once=False)
    sql(folder, "UPDATE approvals SET crisis_reason = 'Invented later'")
    campaign = project.campaign(CAMPAIGN)
    (occurrence,) = upcoming(project, campaign)
    assert valid_approval(project, campaign, occurrence) is None
    sql(folder, "UPDATE approvals SET crisis_reason = ''")
    assert valid_approval(project, campaign, occurrence) is not None
