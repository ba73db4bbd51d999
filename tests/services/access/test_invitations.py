"""Links that can be used once."""

import pytest

from broadcaster.services.access import invitations, sessions
from broadcaster.services.access.invitations import LinkGoneError
from broadcaster.services.access.passwords import WeakPasswordError
from broadcaster.services.access.permissions import UnknownPersonError
from broadcaster.services.project.project import Project
from tests.services.access.stage import BY, PASSWORD, later


def test_a_link_runs_out(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    link = invitations.create_invitation(project, "amina", BY)
    later(monkeypatch, invitations.LINK_LIFETIME)
    with pytest.raises(LinkGoneError):
        invitations.find_invitation(project, link)


def test_a_link_for_a_password_lets_nobody_in_without_one(project: Project) -> None:
    link = invitations.create_invitation(project, "amina", BY)
    with pytest.raises(LinkGoneError):
        invitations.sign_in_with_link(project, link)
    with pytest.raises(WeakPasswordError):
        invitations.choose_password(project, link, "amina amina amina")
    assert sessions.find_signed_in_person(project, invitations.choose_password(project, link, PASSWORD)) == "amina"


def test_nobody_is_invited_whom_config_does_not_name(project: Project) -> None:
    with pytest.raises(UnknownPersonError):
        invitations.create_invitation(project, "stranger", BY)


def test_no_secret_stands_in_the_ledger(project: Project) -> None:
    link = invitations.create_invitation(project, "amina", BY)
    session = invitations.choose_password(project, link, PASSWORD)
    written = b"".join(file.read_bytes() for file in (project.root / "var").glob("broadcaster.db*"))
    for secret in (link, session, PASSWORD):
        assert secret.encode() not in written
