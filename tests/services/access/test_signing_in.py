"""Who gets in, for how long, and what signing in takes from the command line."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.ledger.staff import accounts
from broadcaster.ledger.staff.accounts import SignInSession
from broadcaster.services.access import known_devices, signing_in
from broadcaster.services.access.password_attempts import ATTEMPTS_PER_ROUND, TooManyTriesError
from broadcaster.services.access.permissions import Actor, UnknownPersonError
from broadcaster.services.access.signing_in import (
    ApproveAtDeskError,
    LinkGoneError,
    LinkPurpose,
    SignInRefusedError,
    WeakPasswordError,
)
from broadcaster.services.project.project import Project
from broadcaster.services.sending import housekeeping
from tests.projects import make_project

BY = Actor("tests", "", "", "")
PASSWORD = "marmalade tugboat seventeen"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(make_project(tmp_path / "project")) as project:
        yield project


def enter(project: Project, who: str = "amina") -> str:
    return signing_in.sign_in_with_link(project, signing_in.create_invitation(project, who, BY, LinkPurpose.ENTER))


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> datetime:
    """Let it be later by so much; the moment that it is then."""
    moment = datetime.now(UTC) + by
    monkeypatch.setattr(signing_in, "now", lambda: moment)
    return moment


def test_a_session_ends_when_it_was_left_alone(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = enter(project)
    assert signing_in.session_person(project, secret) == "amina"
    later(monkeypatch, signing_in.IDLE_LIMIT + timedelta(minutes=1))
    assert signing_in.session_person(project, secret) is None


def test_a_session_ends_however_busy_it_is(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = enter(project)
    monkeypatch.setattr(signing_in, "IDLE_LIMIT", timedelta(days=9))
    later(monkeypatch, signing_in.SESSION_LIFETIME - timedelta(minutes=1))
    assert signing_in.session_person(project, secret) == "amina"
    later(monkeypatch, signing_in.SESSION_LIFETIME + timedelta(minutes=1))
    assert signing_in.session_person(project, secret) is None


def test_looking_keeps_a_session_alive_and_writes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, before = enter(project), _rows(project)
    for minutes in (7, 90, 200, 310):  # each within two hours of the one before
        moment = later(monkeypatch, timedelta(minutes=minutes))
        assert signing_in.session_person(project, secret) == "amina"
    assert _rows(project) == before
    [session] = signing_in.account_states(project)["amina"].sessions
    assert session.seen_at == moment
    later(monkeypatch, timedelta(minutes=310) + signing_in.IDLE_LIMIT + timedelta(minutes=1))
    assert signing_in.session_person(project, secret) is None
    assert signing_in.account_states(project)["amina"].sessions == ()


def test_the_session_used_last_is_first_whoever_wrote_it_down(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = enter(project), enter(project)
    signing_in.forget_expired_sessions(project)
    later(monkeypatch, timedelta(minutes=3))
    assert signing_in.session_person(project, second) == "amina"
    later(monkeypatch, timedelta(minutes=9))
    assert signing_in.session_person(project, first) == "amina"
    newest = signing_in.account_states(project)["amina"].sessions
    assert [one.seen_at > datetime.now(UTC) + timedelta(minutes=5) for one in newest] == [True, False]
    assert len({one.mark for one in newest}) == 2


def test_the_round_writes_down_who_was_seen_before_it_drops_what_has_run_out(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, left_alone = enter(project), enter(project, "david")
    later(monkeypatch, timedelta(minutes=110))
    assert signing_in.session_person(project, used) == "amina"
    later(monkeypatch, signing_in.IDLE_LIMIT + timedelta(minutes=10))
    with open_project(project.root) as another_process:
        assert signing_in.session_person(another_process, used) is None
        housekeeping.tidy(project)
        assert signing_in.session_person(another_process, used) == "amina"
        assert signing_in.session_person(another_process, left_alone) is None
        assert len(_rows(project)) == 1
    assert project.last_seen.unwritten() == {}


def test_what_was_seen_while_it_is_written_down_is_kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = enter(project)
    assert signing_in.session_person(project, secret) == "amina"
    seen = project.last_seen.unwritten()
    moment = later(monkeypatch, timedelta(minutes=1))
    assert signing_in.session_person(project, secret) == "amina"
    project.last_seen.written(seen)
    assert list(project.last_seen.unwritten().values()) == [moment]


def test_an_older_moment_does_not_take_the_place_of_a_newer_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = enter(project)
    with open_project(project.root) as another_process:
        assert signing_in.session_person(another_process, secret) == "amina"
        later(monkeypatch, timedelta(minutes=30))
        assert signing_in.session_person(project, secret) == "amina"
        signing_in.forget_expired_sessions(project)
        newer = _rows(project)
        signing_in.forget_expired_sessions(another_process)
    assert _rows(project) == newer


def _rows(project: Project) -> list[SignInSession]:
    with project.ledger.reading() as conn:
        return [one for person in project.settings.people for one in accounts.list_sessions(conn, person)]


def test_a_link_runs_out(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    link = signing_in.create_invitation(project, "amina", BY)
    later(monkeypatch, signing_in.LINK_LIFETIME)
    with pytest.raises(LinkGoneError):
        signing_in.find_invitation(project, link)


def test_a_link_for_a_password_lets_nobody_in_without_one(project: Project) -> None:
    link = signing_in.create_invitation(project, "amina", BY)
    with pytest.raises(LinkGoneError):
        signing_in.sign_in_with_link(project, link)
    with pytest.raises(WeakPasswordError):
        signing_in.choose_password(project, link, "amina amina amina")
    assert signing_in.session_person(project, signing_in.choose_password(project, link, PASSWORD)) == "amina"


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
            signing_in.refuse_weak_password(project.settings, "amina", password)
    else:
        signing_in.refuse_weak_password(project.settings, "amina", password)


def test_nobody_is_invited_whom_config_does_not_name(project: Project) -> None:
    with pytest.raises(UnknownPersonError):
        signing_in.create_invitation(project, "stranger", BY)


def test_signing_out_everywhere_ends_every_session_of_that_person_only(project: Project) -> None:
    mine, also_mine, other = enter(project), enter(project), enter(project, "david")
    assert signing_in.sign_out_everywhere(project, "amina", BY) == 2
    assert [signing_in.session_person(project, one) for one in (mine, also_mine, other)] == [None, None, "david"]


def test_once_somebody_has_a_password_approving_belongs_to_the_desk(project: Project) -> None:
    enter(project)
    signing_in.refuse_command_line_approval(project)  # nobody has one yet
    signing_in.choose_password(project, signing_in.create_invitation(project, "amina", BY), PASSWORD)
    with pytest.raises(ApproveAtDeskError):
        signing_in.refuse_command_line_approval(project)


def test_config_can_allow_approving_on_the_command_line(tmp_path: Path) -> None:
    with open_project(make_project(tmp_path / "project", approvals={"cli": "allow"})) as project:
        signing_in.choose_password(project, signing_in.create_invitation(project, "amina", BY), PASSWORD)
        signing_in.refuse_command_line_approval(project)


def test_no_secret_stands_in_the_ledger(project: Project) -> None:
    link = signing_in.create_invitation(project, "amina", BY)
    session = signing_in.choose_password(project, link, PASSWORD)
    written = b"".join(file.read_bytes() for file in (project.root / "var").glob("broadcaster.db*"))
    for secret in (link, session, PASSWORD):
        assert secret.encode() not in written


def tried(project: Project, who: str, typed: str = "wrong") -> str:
    try:
        signing_in.sign_in(project, who, typed)
    except (SignInRefusedError, TooManyTriesError) as error:
        return error.code
    return "in"


def test_tries_are_counted_by_name_for_a_minute(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "verify_password", lambda given, _kept: given == PASSWORD)
    for who in ("amina", "nobody@example.org"):
        assert [tried(project, who) for _ in range(ATTEMPTS_PER_ROUND + 1)] == [
            "sign-in-refused"
        ] * ATTEMPTS_PER_ROUND + ["too-many-tries"]
    assert tried(project, "amina", PASSWORD) == "too-many-tries"
    assert tried(project, "david", PASSWORD) == "in"
    later(monkeypatch, timedelta(seconds=61))
    assert tried(project, "amina") == "sign-in-refused"


def test_each_round_of_tries_takes_a_longer_wait(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "verify_password", lambda *_: False)
    waits, moment = [], datetime.now(UTC)
    for _ in range(7):
        monkeypatch.setattr(signing_in, "now", lambda moment=moment: moment)
        assert {tried(project, "amina") for _ in range(ATTEMPTS_PER_ROUND)} == {"sign-in-refused"}
        with pytest.raises(TooManyTriesError) as caught:
            signing_in.sign_in(project, "amina", PASSWORD)
        waits.append(caught.value.seconds)
        moment += timedelta(seconds=caught.value.seconds)
    assert waits == sorted(waits)
    assert waits[:4] == pytest.approx([60, 120, 240, 480], abs=1)
    assert waits[-1] == pytest.approx(15 * 60, abs=1)
    later(monkeypatch, timedelta(hours=3))
    assert [tried(project, "amina") for _ in range(ATTEMPTS_PER_ROUND + 1)] == [
        "sign-in-refused"
    ] * ATTEMPTS_PER_ROUND + ["too-many-tries"]


def test_too_many_tries_are_refused_without_the_writer(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "verify_password", lambda *_: False)
    for _ in range(ATTEMPTS_PER_ROUND):
        tried(project, "amina")
    with project.ledger.writing():
        assert tried(project, "amina") == "too-many-tries"


def test_a_device_is_known_for_whoever_signed_in_from_it(project: Project) -> None:
    keyring = project.keyring
    cookie = known_devices.cookie_after_sign_in(keyring, "", "amina")
    both = known_devices.cookie_after_sign_in(keyring, cookie, "david")
    word = known_devices.known_device(keyring, cookie, "amina")
    assert word
    assert (
        known_devices.known_device(keyring, both, "amina") == known_devices.known_device(keyring, both, "david") == word
    )
    assert known_devices.known_device(keyring, cookie, "david") == ""
    assert "amina" not in both
    for _ in range(9):
        both = known_devices.cookie_after_sign_in(keyring, both, "david")
    assert both.count(".") == 2
    for number in range(20):
        both = known_devices.cookie_after_sign_in(keyring, both, f"person{number}")
    assert len(both) < 400
    assert known_devices.known_device(keyring, both, "amina") == ""


@pytest.mark.parametrize("cookie", ["", ".", "x", "x.y", "x..", "é.é", "." * 900, "x." + "y" * 900, "\0"])
def test_a_made_up_device_is_not_known(project: Project, cookie: str) -> None:
    assert known_devices.known_device(project.keyring, cookie, "amina") == ""
    made = known_devices.cookie_after_sign_in(project.keyring, cookie, "amina")
    assert known_devices.known_device(project.keyring, made, "amina")


def test_tries_from_a_known_device_are_counted_apart(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "verify_password", lambda given, _kept: given == PASSWORD)
    for _ in range(ATTEMPTS_PER_ROUND):
        tried(project, "amina")
    assert tried(project, "amina", PASSWORD) == "too-many-tries"
    assert signing_in.sign_in(project, "amina", PASSWORD, "a-device")
    assert tried(project, "amina", PASSWORD) == "too-many-tries"
    for _ in range(ATTEMPTS_PER_ROUND):
        with pytest.raises(SignInRefusedError):
            signing_in.sign_in(project, "amina", "wrong", "a-device")
    with pytest.raises(TooManyTriesError):
        signing_in.sign_in(project, "amina", PASSWORD, "a-device")
    assert signing_in.sign_in(project, "amina", PASSWORD, "another-device")


def test_coming_in_begins_the_count_anew(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "verify_password", lambda given, _kept: given == PASSWORD)
    for _ in range(3):
        assert [tried(project, "amina") for _ in range(ATTEMPTS_PER_ROUND - 1)] == ["sign-in-refused"] * (
            ATTEMPTS_PER_ROUND - 1
        )
        assert tried(project, "amina", PASSWORD) == "in"


def test_no_name_that_was_tried_is_kept(project: Project) -> None:
    tried(project, "somebody@example.org")
    assert b"somebody" not in b"".join(path.read_bytes() for path in (project.root / "var").glob("broadcaster.db*"))
