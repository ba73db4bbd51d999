"""Passwords: which are strong enough, and what their existence forbids."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.access import invitations, passwords
from broadcaster.services.access.passwords import ApproveAtDeskError, WeakPasswordError
from broadcaster.services.project.project import Project
from tests.projects import make_project
from tests.services.access.stage import BY, PASSWORD, enter


@pytest.mark.parametrize(
    ("password", "easy"),
    [
        ("123456789012", True),
        ("abcdefghijklmnop", True),
        ("Qwertyuiop1234", True),
        ("zyxwvuts09876543", True),
        ("asdfghjkl-asdfghjkl", True),
        ("abcd tugboat 1234 marmalade", False),
        ("tr0ub4dor & three", False),
    ],
)
def test_what_runs_along_the_keys_is_no_password(project: Project, password: str, easy: bool) -> None:
    if easy:
        with pytest.raises(WeakPasswordError):
            passwords.refuse_weak_password(project.settings, "amina", password)
    else:
        passwords.refuse_weak_password(project.settings, "amina", password)


def test_once_somebody_has_a_password_approving_belongs_to_the_desk(project: Project) -> None:
    enter(project)
    passwords.refuse_command_line_approval(project)  # nobody has one yet
    invitations.choose_password(project, invitations.create_invitation(project, "amina", BY), PASSWORD)
    with pytest.raises(ApproveAtDeskError):
        passwords.refuse_command_line_approval(project)


def test_config_can_allow_approving_on_the_command_line(tmp_path: Path) -> None:
    with open_project(make_project(tmp_path / "project", approvals={"cli": "allow"})) as project:
        invitations.choose_password(project, invitations.create_invitation(project, "amina", BY), PASSWORD)
        passwords.refuse_command_line_approval(project)
