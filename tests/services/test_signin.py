"""Who gets in, for how long, and what signing in takes from the command line."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.services import signin
from broadcaster.services.people import Actor, UnknownPersonError
from broadcaster.services.project import Project
from broadcaster.services.signin import (
    TRIES,
    ApproveAtDeskError,
    Good,
    LinkGoneError,
    SignInRefusedError,
    TooManyTriesError,
    WeakPasswordError,
)
from broadcaster.wiring import open_project
from tests.projects import make_project

BY = Actor("tests", "", "", "")
PASSWORD = "marmalade tugboat seventeen"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(make_project(tmp_path / "project")) as project:
        yield project


def enter(project: Project, who: str = "amina") -> str:
    return signin.enter(project, signin.invite(project, who, BY, Good.ENTER))


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    moment = datetime.now(UTC) + by
    monkeypatch.setattr(signin, "now", lambda: moment)


def test_a_session_ends_when_it_was_left_alone(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = enter(project)
    assert signin.who(project, secret) == "amina"
    later(monkeypatch, signin.IDLE + timedelta(minutes=1))
    assert signin.who(project, secret) is None


def test_a_session_ends_however_busy_it_is(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = enter(project)
    monkeypatch.setattr(signin, "IDLE", timedelta(days=9))
    later(monkeypatch, signin.SESSION_LASTS - timedelta(minutes=1))
    assert signin.who(project, secret) == "amina"
    later(monkeypatch, signin.SESSION_LASTS + timedelta(minutes=1))
    assert signin.who(project, secret) is None


def test_a_link_runs_out(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    link = signin.invite(project, "amina", BY)
    later(monkeypatch, signin.LINK_LASTS)
    with pytest.raises(LinkGoneError):
        signin.invited(project, link)


def test_a_link_for_a_password_lets_nobody_in_without_one(project: Project) -> None:
    link = signin.invite(project, "amina", BY)
    with pytest.raises(LinkGoneError):
        signin.enter(project, link)
    with pytest.raises(WeakPasswordError):
        signin.choose(project, link, "amina amina amina")
    assert signin.who(project, signin.choose(project, link, PASSWORD)) == "amina"


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
            signin.refuse_weak(project.settings, "amina", password)
    else:
        signin.refuse_weak(project.settings, "amina", password)


def test_nobody_is_invited_whom_config_does_not_name(project: Project) -> None:
    with pytest.raises(UnknownPersonError):
        signin.invite(project, "stranger", BY)


def test_signing_out_everywhere_ends_every_session_of_that_person_only(project: Project) -> None:
    mine, also_mine, other = enter(project), enter(project), enter(project, "david")
    assert signin.sign_out_everywhere(project, "amina", BY) == 2
    assert [signin.who(project, one) for one in (mine, also_mine, other)] == [None, None, "david"]


def test_once_somebody_has_a_password_approving_belongs_to_the_desk(project: Project) -> None:
    enter(project)
    signin.refuse_command_line(project)  # nobody has one yet
    signin.choose(project, signin.invite(project, "amina", BY), PASSWORD)
    with pytest.raises(ApproveAtDeskError):
        signin.refuse_command_line(project)


def test_config_can_allow_approving_on_the_command_line(tmp_path: Path) -> None:
    with open_project(make_project(tmp_path / "project", approvals={"cli": "allow"})) as project:
        signin.choose(project, signin.invite(project, "amina", BY), PASSWORD)
        signin.refuse_command_line(project)


def test_no_secret_stands_in_the_ledger(project: Project) -> None:
    link = signin.invite(project, "amina", BY)
    session = signin.choose(project, link, PASSWORD)
    written = b"".join(file.read_bytes() for file in (project.root / "var").glob("broadcaster.db*"))
    for secret in (link, session, PASSWORD):
        assert secret.encode() not in written


def tried(project: Project, who: str, typed: str = "wrong") -> str:
    try:
        signin.sign_in(project, who, typed)
    except (SignInRefusedError, TooManyTriesError) as error:
        return error.code
    return "in"


def test_tries_are_counted_by_name_for_a_minute(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "is_password", lambda given, _kept: given == PASSWORD)
    for who in ("amina", "nobody@example.org"):
        assert [tried(project, who) for _ in range(TRIES + 1)] == ["sign-in-refused"] * TRIES + ["too-many-tries"]
    assert tried(project, "amina", PASSWORD) == "too-many-tries"
    assert tried(project, "david", PASSWORD) == "in"
    later(monkeypatch, timedelta(seconds=61))
    assert tried(project, "amina") == "sign-in-refused"


def test_coming_in_begins_the_count_anew(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "is_password", lambda given, _kept: given == PASSWORD)
    for _ in range(3):
        assert [tried(project, "amina") for _ in range(TRIES - 1)] == ["sign-in-refused"] * (TRIES - 1)
        assert tried(project, "amina", PASSWORD) == "in"


def test_no_name_that_was_tried_is_kept(project: Project) -> None:
    tried(project, "somebody@example.org")
    assert b"somebody" not in b"".join(path.read_bytes() for path in (project.root / "var").glob("broadcaster.db*"))
