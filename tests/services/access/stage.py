"""What the tests of signing in share: somebody who comes in, time that passes, a password that is tried."""

from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.services.access import invitations, sessions
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.password_attempts import TooManyTriesError
from broadcaster.services.access.permissions import Actor
from broadcaster.services.access.sessions import SignInRefusedError
from broadcaster.services.project.project import Project

BY = Actor("tests", "", "", "")
PASSWORD = "marmalade tugboat seventeen"


def enter(project: Project, who: str = "amina") -> str:
    return invitations.sign_in_with_link(project, invitations.create_invitation(project, who, BY, LinkPurpose.ENTER))


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> datetime:
    """Let it be later by so much, for sessions and links; returns the moment that it is then."""
    moment = datetime.now(UTC) + by
    for module in (sessions, invitations):
        monkeypatch.setattr(module, "now", lambda: moment)
    return moment


def tried(project: Project, who: str, typed: str = "wrong") -> str:
    try:
        sessions.sign_in(project, who, typed)
    except (SignInRefusedError, TooManyTriesError) as error:
        return error.code
    return "in"
