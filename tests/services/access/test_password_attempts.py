"""How often a password may be tried, by name and by device."""

from datetime import UTC, datetime, timedelta

import pytest

from broadcaster.services.access import sessions
from broadcaster.services.access.password_attempts import ATTEMPTS_PER_ROUND, TooManyTriesError
from broadcaster.services.access.sessions import SignInRefusedError
from broadcaster.services.project.project import Project
from tests.services.access.stage import PASSWORD, later, tried


def test_tries_are_counted_by_name_for_a_minute(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "verify_password", lambda given, _kept: given == PASSWORD)
    for who in ("amina", "nobody@example.org"):
        assert [tried(project, who) for _ in range(ATTEMPTS_PER_ROUND + 1)] == [
            "sign-in-refused"
        ] * ATTEMPTS_PER_ROUND + ["too-many-tries"]
    assert tried(project, "amina", PASSWORD) == "too-many-tries"
    assert tried(project, "david", PASSWORD) == "in"
    later(monkeypatch, timedelta(seconds=61))
    assert tried(project, "amina") == "sign-in-refused"


def test_each_round_of_tries_takes_a_longer_wait(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "verify_password", lambda *_: False)
    waits, moment = [], datetime.now(UTC)
    for _ in range(7):
        monkeypatch.setattr(sessions, "now", lambda moment=moment: moment)
        assert {tried(project, "amina") for _ in range(ATTEMPTS_PER_ROUND)} == {"sign-in-refused"}
        with pytest.raises(TooManyTriesError) as caught:
            sessions.sign_in(project, "amina", PASSWORD)
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
    monkeypatch.setattr(sessions, "verify_password", lambda *_: False)
    for _ in range(ATTEMPTS_PER_ROUND):
        tried(project, "amina")
    with project.ledger.writing():
        assert tried(project, "amina") == "too-many-tries"


def test_tries_from_a_known_device_are_counted_apart(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "verify_password", lambda given, _kept: given == PASSWORD)
    for _ in range(ATTEMPTS_PER_ROUND):
        tried(project, "amina")
    assert tried(project, "amina", PASSWORD) == "too-many-tries"
    assert sessions.sign_in(project, "amina", PASSWORD, "a-device")
    assert tried(project, "amina", PASSWORD) == "too-many-tries"
    for _ in range(ATTEMPTS_PER_ROUND):
        with pytest.raises(SignInRefusedError):
            sessions.sign_in(project, "amina", "wrong", "a-device")
    with pytest.raises(TooManyTriesError):
        sessions.sign_in(project, "amina", PASSWORD, "a-device")
    assert sessions.sign_in(project, "amina", PASSWORD, "another-device")


def test_coming_in_begins_the_count_anew(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "verify_password", lambda given, _kept: given == PASSWORD)
    for _ in range(3):
        assert [tried(project, "amina") for _ in range(ATTEMPTS_PER_ROUND - 1)] == ["sign-in-refused"] * (
            ATTEMPTS_PER_ROUND - 1
        )
        assert tried(project, "amina", PASSWORD) == "in"


def test_no_name_that_was_tried_is_kept(project: Project) -> None:
    tried(project, "somebody@example.org")
    assert b"somebody" not in b"".join(path.read_bytes() for path in (project.root / "var").glob("broadcaster.db*"))
