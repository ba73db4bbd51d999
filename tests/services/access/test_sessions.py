"""Sessions at the desk: how long they last, and what is written down of them."""

from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.ledger.staff import accounts
from broadcaster.ledger.staff.accounts import SignInSession
from broadcaster.services.access import sessions
from broadcaster.services.project.project import Project
from broadcaster.services.sending import housekeeping
from tests.services.access.stage import BY, enter, later


def test_a_session_ends_when_it_was_left_alone(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = enter(project)
    assert sessions.find_signed_in_person(project, secret) == "amina"
    later(monkeypatch, sessions.IDLE_LIMIT + timedelta(minutes=1))
    assert sessions.find_signed_in_person(project, secret) is None


def test_a_session_ends_however_busy_it_is(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = enter(project)
    monkeypatch.setattr(sessions, "IDLE_LIMIT", timedelta(days=9))
    later(monkeypatch, sessions.SESSION_LIFETIME - timedelta(minutes=1))
    assert sessions.find_signed_in_person(project, secret) == "amina"
    later(monkeypatch, sessions.SESSION_LIFETIME + timedelta(minutes=1))
    assert sessions.find_signed_in_person(project, secret) is None


def test_looking_keeps_a_session_alive_and_writes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, before = enter(project), _rows(project)
    for minutes in (7, 90, 200, 310):  # each within two hours of the one before
        moment = later(monkeypatch, timedelta(minutes=minutes))
        assert sessions.find_signed_in_person(project, secret) == "amina"
    assert _rows(project) == before
    [session] = sessions.list_account_states(project)["amina"].sessions
    assert session.seen_at == moment
    later(monkeypatch, timedelta(minutes=310) + sessions.IDLE_LIMIT + timedelta(minutes=1))
    assert sessions.find_signed_in_person(project, secret) is None
    assert sessions.list_account_states(project)["amina"].sessions == ()


def test_the_session_used_last_is_first_whoever_wrote_it_down(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = enter(project), enter(project)
    sessions.forget_expired_sessions(project)
    later(monkeypatch, timedelta(minutes=3))
    assert sessions.find_signed_in_person(project, second) == "amina"
    later(monkeypatch, timedelta(minutes=9))
    assert sessions.find_signed_in_person(project, first) == "amina"
    newest = sessions.list_account_states(project)["amina"].sessions
    assert [one.seen_at > datetime.now(UTC) + timedelta(minutes=5) for one in newest] == [True, False]
    assert len({one.mark for one in newest}) == 2


def test_the_round_writes_down_who_was_seen_before_it_drops_what_has_run_out(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, left_alone = enter(project), enter(project, "david")
    later(monkeypatch, timedelta(minutes=110))
    assert sessions.find_signed_in_person(project, used) == "amina"
    later(monkeypatch, sessions.IDLE_LIMIT + timedelta(minutes=10))
    with open_project(project.root) as another_process:
        assert sessions.find_signed_in_person(another_process, used) is None
        housekeeping.tidy(project)
        assert sessions.find_signed_in_person(another_process, used) == "amina"
        assert sessions.find_signed_in_person(another_process, left_alone) is None
        assert len(_rows(project)) == 1
    assert project.last_seen.unwritten() == {}


def test_what_was_seen_while_it_is_written_down_is_kept(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = enter(project)
    assert sessions.find_signed_in_person(project, secret) == "amina"
    seen = project.last_seen.unwritten()
    moment = later(monkeypatch, timedelta(minutes=1))
    assert sessions.find_signed_in_person(project, secret) == "amina"
    project.last_seen.written(seen)
    assert list(project.last_seen.unwritten().values()) == [moment]


def test_an_older_moment_does_not_take_the_place_of_a_newer_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = enter(project)
    with open_project(project.root) as another_process:
        assert sessions.find_signed_in_person(another_process, secret) == "amina"
        later(monkeypatch, timedelta(minutes=30))
        assert sessions.find_signed_in_person(project, secret) == "amina"
        sessions.forget_expired_sessions(project)
        newer = _rows(project)
        sessions.forget_expired_sessions(another_process)
    assert _rows(project) == newer


def test_signing_out_everywhere_ends_every_session_of_that_person_only(project: Project) -> None:
    mine, also_mine, other = enter(project), enter(project), enter(project, "david")
    assert sessions.sign_out_everywhere(project, "amina", BY) == 2
    assert [sessions.find_signed_in_person(project, one) for one in (mine, also_mine, other)] == [None, None, "david"]


def _rows(project: Project) -> list[SignInSession]:
    with project.ledger.reading() as conn:
        return [one for person in project.settings.people for one in accounts.list_sessions(conn, person)]
