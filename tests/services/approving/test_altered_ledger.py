"""Whoever can write to the ledger's file, but has no key: nothing that was taken back comes to hold again, nobody comes
in as somebody else.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.occurrence_fates import WaitingReason
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.audit_log.audit import AuditEntry
from broadcaster.ledger.database import tables
from broadcaster.ledger.staff import accounts
from broadcaster.services.access import invitations, passwords, sessions
from broadcaster.services.access.invitations import LinkGoneError, LinkPurpose
from broadcaster.services.access.permissions import Actor
from broadcaster.services.access.sessions import SignInRefusedError
from broadcaster.services.approving.calling_off import call_off_approval
from broadcaster.services.approving.occurrence_fates import list_campaign_fates
from broadcaster.services.project.project import Project
from broadcaster.services.sending import due_occurrences
from tests.ledger.aging import age
from tests.projects import CAMPAIGN, approve, make_project
from tests.services.stage import sql

SHELL = Actor("root", "", "root", "host.example")
PASSWORDS = ("marmalade tugboat seventeen", "another tugboat marmalade")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(make_project(tmp_path / "project")) as project:
        yield project


def released(project: Project) -> list[str]:
    with registered_runner(project) as runner:
        return due_occurrences.release_due(project, runner.id)


def reason(project: Project) -> str:
    (found,) = list_campaign_fates(project, CAMPAIGN).accounts
    return found.reason


def test_a_call_off_that_was_put_back_does_not_hold(project: Project) -> None:
    approve(project.root)
    taken_back = call_off_approval(project, CAMPAIGN, SHELL)
    sql(project.root, "UPDATE approvals SET state = 'approved', note = ''")
    sql(project.root, "UPDATE occurrences SET state = 'planned', reason = ''")
    assert taken_back.signature
    assert released(project) == []
    assert reason(project) == WaitingReason.SIGNATURE


@pytest.mark.parametrize("ending", ["nothing else", "the old head", "another head"])
def test_cutting_the_call_off_out_of_the_log_does_not_help(project: Project, ending: str) -> None:
    approve(project.root)
    ((head,),) = sql(project.root, "SELECT value FROM meta WHERE key = 'audit-head'")
    call_off_approval(project, CAMPAIGN, SHELL)
    ((last, chain),) = sql(project.root, "SELECT seq, chain FROM audit WHERE action = 'approve'")
    sql(project.root, "DELETE FROM audit WHERE seq > ?", last)
    if ending != "nothing else":
        assert str(head).startswith(f"{last} {chain} ")
        forged = f"{last} {chain}" if ending == "the old head" else f"{last} {chain} {chain}"
        sql(project.root, "UPDATE meta SET value = ? WHERE key = 'audit-head'", forged)
    sql(project.root, "UPDATE approvals SET state = 'approved', note = ''")
    sql(project.root, "UPDATE occurrences SET state = 'planned', reason = ''")
    assert released(project) == []
    assert reason(project) == WaitingReason.AUDIT_ALTERED
    assert sql(project.root, "SELECT count(*) FROM deliveries") == [(0,)]


def test_what_is_written_after_a_cut_does_not_heal_the_log(project: Project) -> None:
    for number in range(3):
        with project.ledger.writing() as conn:
            audit.write(conn, AuditEntry("amina", "submit", str(number)))
    sql(project.root, "DELETE FROM audit WHERE seq = 3")
    ((chain,),) = sql(project.root, "SELECT chain FROM audit WHERE seq = 2")
    sql(project.root, "UPDATE meta SET value = ? WHERE key = 'audit-head'", f"2 {chain}")
    for number in range(2):
        with project.ledger.writing() as conn:
            audit.write(conn, AuditEntry("amina", "submit", str(number)))
    with project.ledger.reading() as conn:
        assert audit.verify(conn).broken_at == 3
        assert audit.verify(conn, 1).broken_at is None


def test_after_an_altered_log_a_new_approval_holds(project: Project) -> None:
    approve(project.root)
    sql(project.root, "UPDATE audit SET os_user = 'nobody' WHERE action = 'approve'")
    assert released(project) == []
    sql(project.root, "UPDATE approvals SET state = 'void'")
    approve(project.root)
    assert len(released(project)) == 1


def chosen(project: Project, who: str, password: str = PASSWORDS[0]) -> str:
    return invitations.choose_password(project, invitations.create_invitation(project, who, SHELL), password)


def may_enter(project: Project, who: str, password: str = PASSWORDS[0]) -> bool:
    try:
        return bool(sessions.sign_in(project, who, password))
    except SignInRefusedError:
        return False


def test_a_session_belongs_to_whoever_opened_it(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    session = invitations.sign_in_with_link(
        project, invitations.create_invitation(project, "priya", SHELL, LinkPurpose.ENTER)
    )
    assert sessions.find_signed_in_person(project, session) == "priya"
    accounts._log_altered_row.cache_clear()
    for change in ("person = 'wenmei'", "person = 'priya', opened_at = opened_at + 1", "signature = ''"):
        sql(project.root, f"UPDATE sessions SET {change}")  # noqa: S608 - the words above
        assert sessions.find_signed_in_person(project, session) is None
        assert sessions.list_account_states(project)["wenmei"].sessions == ()
    assert "row-altered" in caplog.text
    assert "priya" not in caplog.text


@pytest.mark.parametrize("change", ["hash = (SELECT hash FROM passwords WHERE person = 'priya')", "set_at = 1"])
def test_a_password_that_was_changed_in_the_file_lets_nobody_in(project: Project, change: str) -> None:
    chosen(project, "priya")
    chosen(project, "wenmei", PASSWORDS[1])
    assert may_enter(project, "wenmei", PASSWORDS[1])
    sql(project.root, f"UPDATE passwords SET {change} WHERE person = 'wenmei'")  # noqa: S608 - the words above
    assert not any(may_enter(project, "wenmei", one) for one in PASSWORDS)
    assert not sessions.list_account_states(project)["wenmei"].has_password
    with pytest.raises(passwords.ApproveAtDeskError):
        passwords.refuse_command_line_approval(project)


def test_an_older_password_cannot_be_put_back(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    chosen(project, "wenmei", PASSWORDS[0])
    (older,) = sql(project.root, "SELECT person, hash, set_at, signature FROM passwords")
    chosen(project, "wenmei", PASSWORDS[1])
    sql(project.root, "INSERT OR REPLACE INTO passwords (person, hash, set_at, signature) VALUES (?, ?, ?, ?)", *older)
    assert not any(may_enter(project, "wenmei", one) for one in PASSWORDS)
    assert "row-altered" in caplog.text


@pytest.mark.parametrize("change", ["person = 'wenmei'", "ends_at = ends_at + 1", "kind = 'enter'"])
def test_a_link_is_good_for_what_it_was_made_for(project: Project, change: str) -> None:
    link = invitations.create_invitation(project, "priya", SHELL)
    sql(project.root, f"UPDATE invitations SET {change}")  # noqa: S608 - the words above
    with pytest.raises(LinkGoneError):
        invitations.find_invitation(project, link)


def test_a_link_that_was_used_cannot_be_put_back(project: Project) -> None:
    link = invitations.create_invitation(project, "priya", SHELL)
    (row,) = sql(project.root, "SELECT mark, person, kind, made_by, made_at, ends_at, signature FROM invitations")
    invitations.choose_password(project, link, PASSWORDS[0])
    sql(project.root, "INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?, ?)", *row)
    with pytest.raises(LinkGoneError):
        invitations.find_invitation(project, link)


def unsigned_head(project: Project) -> None:
    """Let the number of the last entry be unsigned, as it was in older ledgers."""
    ((last, chain),) = sql(project.root, "SELECT seq, chain FROM audit ORDER BY seq DESC LIMIT 1")
    sql(project.root, "UPDATE meta SET value = ? WHERE key = 'audit-head'", f"{last} {chain}")


def as_before(project: Project) -> None:
    """Make the ledger one of before rows were signed, whose log says nothing of signatures."""
    with project.ledger.writing() as conn:
        age(conn, "0006")
        conn.execute(text("UPDATE audit SET detail = '{}' WHERE action IN ('sign-in', 'choose-password')"))
        seal = ""
        for row in conn.execute(select(tables.audit).order_by(tables.audit.c.seq)).all():
            seal = project.keyring.sign(audit._sealed_text(seal, row._asdict()))
            conn.execute(update(tables.audit).where(tables.audit.c.seq == row.seq).values(chain=seal))
    unsigned_head(project)


def test_what_stands_in_an_older_ledger_goes_on(project: Project) -> None:
    approve(project.root)
    session, link = chosen(project, "priya"), invitations.create_invitation(project, "wenmei", SHELL)
    as_before(project)
    with open_project(project.root) as upgraded:
        assert sessions.find_signed_in_person(upgraded, session) == "priya"
        assert may_enter(upgraded, "priya")
        assert invitations.find_invitation(upgraded, link).person == "wenmei"
        assert len(released(upgraded)) == 1


def test_a_ledger_set_back_on_purpose_has_nothing_signed(project: Project) -> None:
    """It is made to look like one of before rows were signed, with a session that was given to somebody else."""
    session = invitations.sign_in_with_link(
        project, invitations.create_invitation(project, "priya", SHELL, LinkPurpose.ENTER)
    )
    with project.ledger.writing() as conn:
        age(conn, "0006")
    unsigned_head(project)
    sql(project.root, "UPDATE sessions SET person = 'wenmei'")
    with open_project(project.root) as upgraded:
        assert sessions.find_signed_in_person(upgraded, session) is None
