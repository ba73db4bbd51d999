"""One person with two accounts approves nothing: who makes an account cannot use it to approve their own letter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.states import ApprovalState
from broadcaster.ledger.audit_log import audit
from broadcaster.services.access import invitations, staff_accounts
from broadcaster.services.access.permissions import Actor, Permission, UnknownPersonError, desk_actor
from broadcaster.services.access.staff_accounts import AccountHistory, AccountUnconfirmedError, ConfirmRefusedError
from broadcaster.services.access.staff_entries import StaffEntry
from broadcaster.services.administration import staff
from broadcaster.services.approving import decisions
from broadcaster.services.approving.calling_off import call_off_approval
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.project.project import Project
from tests.projects import CAMPAIGN, make_project, write_settings

PASSWORD = "marmalade tugboat seventeen"
SHELL = Actor("root", "", "root", "host.example")
ADMIN = {"name": "Robin Hale", "role": "admin"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """With two more administrators: robin, who writes, and noor."""
    folder = make_project(tmp_path / "project")
    write_settings(folder, people={"robin": dict(ADMIN), "noor": dict(ADMIN)})
    with open_project(folder) as project:
        yield project


def at_desk(project: Project, who: str, deed: Permission = Permission.LOOK_AFTER_PEOPLE) -> Actor:
    return desk_actor(load_project_settings(project.root), who, deed)


def opened(project: Project, who: str, by: Actor) -> None:
    """Somebody's password is chosen by a link of `by`."""
    invitations.choose_password(project, invitations.create_invitation(project, who, by), PASSWORD)


def approved(project: Project, author: str = "robin", approver: str = "david") -> ApprovalState:
    """The author submits, the approver approves, both at the desk."""
    project = replace(project, settings=load_project_settings(project.root))
    campaign = project.campaign(CAMPAIGN)
    digest = decisions.submit(
        project, campaign, at_desk(project, author, Permission.SUBMIT), SubmissionTerms(at_once=True)
    ).plan.digest
    return decisions.approve(project, campaign, at_desk(project, approver, Permission.APPROVE), digest).state


def refused(project: Project, **who: str) -> bool:
    """Whether that is refused; afterwards it is called off, so that it can be tried again."""
    try:
        return approved(project, **who) is not ApprovalState.APPROVED
    except AccountUnconfirmedError:
        return True
    finally:
        call_off_approval(project, CAMPAIGN, SHELL)


def entries(project: Project, action: str) -> list[audit.AuditEntry]:
    with project.ledger.reading() as conn:
        return [one.entry for one in audit.list_recent(conn) if one.entry.action == action]


def test_an_author_approves_nothing_by_an_account_whose_link_they_made(project: Project) -> None:
    opened(project, "david", at_desk(project, "robin"))
    with pytest.raises(AccountUnconfirmedError) as error:
        approved(project)
    assert "broadcaster confirm david" in error.value.remedy
    (entry,) = entries(project, "approve-refused")
    told = staff_accounts.history_from_entry(entry)
    assert (entry.by, entry.subject) == ("david", CAMPAIGN)
    assert told
    assert told.link
    assert (told.person, told.link.by, told.link.at_desk, told.confirmed) == ("david", "robin", True, None)
    assert entries(project, "approve") == []


def test_a_link_of_somebody_else_or_of_the_command_line_counts_for_nothing(project: Project) -> None:
    opened(project, "david", at_desk(project, "noor"))
    assert not refused(project)


def test_two_accounts_of_one_maker_count_as_one_person(project: Project) -> None:
    """An administrator who writes by the one and approves by the other has approved their own letter."""
    for who in ("amina", "david"):
        opened(project, who, at_desk(project, "noor"))
    assert refused(project, author="amina")
    staff_accounts.confirm_account(project, "amina", at_desk(project, "robin"))
    assert not refused(project, author="amina")


def test_a_link_of_the_command_line_counts_for_nothing(project: Project) -> None:
    opened(project, "david", replace(SHELL, name="robin"))
    assert not refused(project)
    (entry,) = entries(project, "approve")
    told = staff_accounts.history_from_entry(entry)
    assert told
    assert told.link
    assert not told.link.at_desk


def test_a_link_that_nobody_used_says_nothing_about_the_account(project: Project) -> None:
    opened(project, "david", SHELL)
    invitations.create_invitation(project, "david", at_desk(project, "robin"))
    assert not refused(project)


def test_after_seven_days_its_owner_would_have_missed_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(project, "david", at_desk(project, "robin"))
    moment = datetime.now(UTC) + staff_accounts.RECENT_PERIOD
    monkeypatch.setattr(staff_accounts, "now", lambda: moment - timedelta(minutes=1))
    assert refused(project)
    monkeypatch.setattr(staff_accounts, "now", lambda: moment + timedelta(minutes=1))
    assert not refused(project)


@pytest.mark.parametrize("by_hand", [True, False])
def test_another_administrator_or_the_command_line_confirms_it(project: Project, by_hand: bool) -> None:
    opened(project, "david", at_desk(project, "robin"))
    staff_accounts.confirm_account(project, "david", SHELL if by_hand else at_desk(project, "noor"))
    assert not refused(project)
    told = staff_accounts.history_from_entry(entries(project, "approve")[0])
    assert told
    assert told.confirmed
    assert (told.confirmed.by, told.confirmed.at_desk) == (("root", False) if by_hand else ("noor", True))


def test_a_new_link_wants_a_new_confirmation(project: Project) -> None:
    opened(project, "david", at_desk(project, "robin"))
    staff_accounts.confirm_account(project, "david", at_desk(project, "noor"))
    opened(project, "david", at_desk(project, "robin"))
    assert refused(project)


def test_nobody_confirms_their_own_account_or_one_they_made(project: Project) -> None:
    opened(project, "noor", at_desk(project, "robin"))
    for who in ("noor", "robin"):
        with pytest.raises(ConfirmRefusedError):
            staff_accounts.confirm_account(project, "noor", at_desk(project, who))
    with pytest.raises(UnknownPersonError):
        staff_accounts.confirm_account(project, "stranger", SHELL)
    assert entries(project, "confirm-account") == []


def test_an_account_between_them_hides_nobody(project: Project) -> None:
    """robin comes in as noor, and makes the approver's link, or confirms the account, as her."""
    opened(project, "noor", at_desk(project, "robin"))
    opened(project, "david", at_desk(project, "noor"))
    assert refused(project)
    opened(project, "david", at_desk(project, "robin"))
    staff_accounts.confirm_account(project, "david", at_desk(project, "noor"))
    assert refused(project)
    staff_accounts.confirm_account(project, "noor", at_desk(project, "wenmei"))
    assert not refused(project)


def test_an_approver_approves_nothing_of_an_account_whose_link_they_made(project: Project) -> None:
    """The same person, the other way about: they submit as somebody else, and approve as themselves."""
    opened(project, "amina", at_desk(project, "robin"))
    assert refused(project, author="amina", approver="robin")
    assert not refused(project, author="amina", approver="david")


def test_whoever_was_given_the_right_to_approve_by_the_author_is_confirmed_first(project: Project) -> None:
    staff.change_person(project, "priya", StaffEntry("Priya Raman", "approver", None), at_desk(project, "robin"))
    assert refused(project, approver="priya")
    assert not refused(project, author="noor", approver="priya")


def test_another_name_gives_nobody_a_right(project: Project) -> None:
    staff.change_person(project, "david", StaffEntry("David L.", "approver", None), at_desk(project, "robin"))
    assert not refused(project)


def test_somebody_new_is_confirmed_first(project: Project) -> None:
    staff.add_person(project, "eve", StaffEntry("Eve Invented", "approver", None), at_desk(project, "robin"))
    assert refused(project, approver="eve")
    staff_accounts.confirm_account(
        replace(project, settings=load_project_settings(project.root)), "eve", at_desk(project, "noor")
    )
    assert not refused(project, approver="eve")


def test_on_the_command_line_a_name_is_a_claim_and_no_account(project: Project) -> None:
    opened(project, "david", at_desk(project, "robin"))
    campaign = project.campaign(CAMPAIGN)
    digest = decisions.submit(
        project, campaign, at_desk(project, "robin", Permission.SUBMIT), SubmissionTerms(at_once=True)
    ).plan.digest
    assert decisions.approve(project, campaign, replace(SHELL, name="david"), digest).state is ApprovalState.APPROVED


def test_looking_writes_nothing_down(project: Project) -> None:
    opened(project, "david", at_desk(project, "robin"))
    with project.ledger.reading() as conn:
        before = len(audit.list_recent(conn))
    assert staff_accounts.find_unconfirmed_account(project, "david", "robin") == staff_accounts.account_history(
        project, "david"
    )
    assert staff_accounts.account_history(project, "amina") == AccountHistory("amina")
    with project.ledger.reading() as conn:
        assert len(audit.list_recent(conn)) == before


@pytest.mark.parametrize(
    "detail", [{}, {"account": 1}, {"account": {"person": "x", "link": 3}}, {"account": {"x": []}}]
)
def test_what_was_altered_in_the_log_is_not_read(detail: dict[str, object]) -> None:
    assert staff_accounts.history_from_entry(audit.AuditEntry("david", "approve", CAMPAIGN, detail)) is None
