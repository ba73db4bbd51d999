"""A campaign with one time is sent once, however many of its occurrences come due together."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.ledger.planning import approvals, occurrences
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.approving import decisions
from broadcaster.services.approving.validity import valid_approval
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.project.project import Project
from broadcaster.services.sending.release import AlreadyReleasedError, Releaser, release_occurrence
from tests.projects import make_project


def both_approved(project: Project, campaign: str) -> None:
    """The campaign's own time and one at once, each approved."""
    author = command_line_actor(project.settings, "amina", Permission.SUBMIT)
    second = command_line_actor(project.settings, "david", Permission.APPROVE)
    for terms in (SubmissionTerms(), SubmissionTerms(at_once=True)):
        submitted = decisions.submit(project, project.campaign(campaign), author, terms)
        decisions.approve(project, project.campaign(campaign), second, submitted.plan.digest)


def test_two_occurrences_of_one_time_become_one_broadcast(tmp_path: Path) -> None:
    root = make_project(tmp_path / "project")
    with open_project(root) as project, registered_runner(project) as runner:
        both_approved(project, "hello")
        with project.ledger.reading() as conn:
            planned = occurrences.list_unsettled(conn, "hello")
            assert len(planned) == 2
            assert all(approvals.latest_for_occurrence(conn, "hello", one.wall) for one in planned)
        campaign = project.campaign("hello")
        signed = [valid_approval(project, campaign, one) for one in planned]
        assert signed[0]
        assert signed[1]
        release_occurrence(project, planned[0], signed[0], Releaser(runner.id))
        with pytest.raises(AlreadyReleasedError):
            release_occurrence(project, planned[1], signed[1], Releaser(runner.id))
