"""Texts that really go out have a sender, and a way to say no; the outbox asks for neither."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from broadcaster.bootstrap.wiring import check_project_folder
from broadcaster.domain.problems import Severity
from broadcaster.services.setup.new_project import make_project
from tests.commandline import Run
from tests.services.stage import AR, CONFIG, EN, edit

TWILIO = {"account_sid_env": "TWILIO_ACCOUNT_SID", "auth_token_env": "TWILIO_AUTH_TOKEN"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "a token for tests")


def by_twilio(folder: Path, sender: str | None = "Ashmere", **more: str) -> None:
    config = yaml.safe_load((folder / CONFIG).read_text("utf-8"))
    config["providers"] |= {"sms": "twilio", "twilio": {**TWILIO, **more}}
    for signatory in config["signatories"].values():
        signatory["sms_sender"] = sender
        if sender is None:
            del signatory["sms_sender"]
    (folder / CONFIG).write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), "utf-8")


def found(folder: Path) -> list[tuple[str, str | None]]:
    return [(one.code, one.file) for one in check_project_folder(folder) if one.level is Severity.ERROR]


def without_links(folder: Path) -> None:
    for name in (EN, AR):
        edit(folder, name, ". {{ links.web }}{% endblock %}", ".{% endblock %}")


def test_a_text_from_a_name_needs_a_way_out_in_every_language(folder: Path) -> None:
    by_twilio(folder)
    assert found(folder) == []
    without_links(folder)
    assert found(folder) == [("no-way-out", EN), ("no-way-out", AR)]
    [first, _] = [problem for problem in check_project_folder(folder) if problem.code == "no-way-out"]
    assert "block sms" in (folder / EN).read_text().splitlines()[(first.line or 0) - 1]
    assert first.remedy


@pytest.mark.parametrize("way", ["outbox", "number", "service"])
def test_where_people_can_reply_or_nothing_goes_out_it_needs_none(folder: Path, way: str) -> None:
    without_links(folder)
    if way == "number":
        by_twilio(folder, "+447700900999")
    elif way == "service":
        by_twilio(folder, messaging_service_sid="MG" + "0" * 32)
    assert found(folder) == []


@pytest.mark.parametrize(
    ("replies", "sender", "service", "needed"),
    [
        ("no", None, True, True),  # its pool holds a name only
        ("no", "+447700900999", True, True),
        ("no", "+447700900999", False, True),  # a number that nobody reads
        ("yes", None, True, False),
        ("yes", "Ashmere", False, True),  # to a name nobody can reply, whatever is said
    ],
)
def test_whether_people_can_reply_can_be_said(
    folder: Path, replies: str, sender: str | None, service: bool, needed: bool
) -> None:
    without_links(folder)
    more = {"messaging_service_sid": "MG" + "0" * 32} if service else {}
    by_twilio(folder, sender, replies=replies, **more)
    assert found(folder) == ([("no-way-out", EN), ("no-way-out", AR)] if needed else [])


def test_plan_and_submit_say_so_too(folder: Path, run: Run) -> None:
    by_twilio(folder)
    without_links(folder)
    for command in (["plan", "hello"], ["submit", "hello", "--by", "amina"]):
        done = run(*command)
        assert done.code == 1
        assert "nobody can reply" in done.out + done.err


def test_a_letter_that_no_campaign_sends_is_looked_at_too(folder: Path) -> None:
    by_twilio(folder)
    without_links(folder)
    config = yaml.safe_load((folder / CONFIG).read_text("utf-8"))
    del config["campaigns"]
    (folder / CONFIG).write_text(yaml.safe_dump(config), "utf-8")
    assert set(found(folder)) == {("no-way-out", EN), ("no-way-out", AR)}


def test_without_a_sender_no_text_can_go(folder: Path) -> None:
    by_twilio(folder, None)
    problems = {(one.code, one.level) for one in check_project_folder(folder)}
    assert ("sms-sender-missing", Severity.ERROR) in problems
    by_twilio(folder, None, messaging_service_sid="MG" + "0" * 32)
    assert "sms-sender-missing" not in {one.code for one in check_project_folder(folder)}


def test_the_starter_letters_have_a_way_out(tmp_path: Path) -> None:
    make_project(tmp_path / "new", date(2026, 11, 20))
    by_twilio(tmp_path / "new", "Eastmarch")
    assert [one for one in check_project_folder(tmp_path / "new") if one.level is Severity.ERROR] == []
