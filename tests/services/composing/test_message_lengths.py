"""What one row puts into a letter is a matter of that row: it never stops the letter, nor a name the person."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.ledger.planning import occurrences
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.approving import decisions as eyes
from broadcaster.services.approving.decisions import submit
from broadcaster.services.approving.validity import valid_approval
from broadcaster.services.planning.plan import plan_campaign
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.sending.release import Releaser, release_occurrence
from tests.projects import CAMPAIGN, person, write_roster
from tests.services.stage import EN, ROSTER, edit, sql

LONG = ("Maria de los Dolores " * 6).strip()
TEXT = "word " * 900


def test_a_long_name_is_told_by_row_and_still_written_to(folder: Path) -> None:
    write_roster(folder, [person(1), person(2, name=LONG), person(3, name=LONG, email="", phone="+447700900222")])
    edit(folder, EN, "all is well, ", "all is well with everybody here, and it will be tomorrow, " * 6)
    with open_project(folder) as project:
        campaign = project.campaign(CAMPAIGN)
        made = plan_campaign(project, campaign)
        told = [(one.code, one.level, one.line) for one in made.problems]
        assert ("subject-too-long", "warning", 3) in told
        assert ("sms-too-long", "warning", 4) in told
        assert (made.recipients, made.letter_errors, made.row_errors) == (3, 0, 0)
        assert (
            submit(project, campaign, command_line_actor(project.settings, "amina", Permission.SUBMIT)).plan.recipients
            == 3
        )


def test_what_no_message_holds_stops_its_row_alone_and_the_release_leaves_out_the_same(folder: Path) -> None:
    rows = [person(1), person(2, name=TEXT), person(3, name=TEXT, email="", phone="+447700900222"), person(4)]
    write_roster(folder, rows)
    with open_project(folder) as project, registered_runner(project) as runner:
        campaign = project.campaign(CAMPAIGN)
        by = command_line_actor(project.settings, "amina", Permission.SUBMIT)
        with pytest.raises(ProblemsFoundError) as refused:
            submit(project, campaign, by)
        told = [(one.code, one.level, one.file, one.line) for one in refused.value.problems if one.level == "error"]
        assert told == [("subject-too-long", "error", ROSTER, 3), ("sms-too-long", "error", ROSTER, 4)]
        made = submit(project, campaign, by, SubmissionTerms(leave_out=True)).plan
        assert (made.recipients, made.excluded["message-too-long"], made.letter_errors) == (2, 2, 0)
        eyes.approve(project, campaign, command_line_actor(project.settings, "david", Permission.APPROVE), made.digest)
        with project.ledger.reading() as conn:
            (occurrence,) = occurrences.list_unsettled(conn, CAMPAIGN)
        approval = valid_approval(project, campaign, occurrence)
        assert approval is not None
        release_occurrence(project, occurrence, approval, Releaser(runner.id))
    assert sql(folder, "SELECT count(*) FROM deliveries") == [(2,)]
