"""Who only looks need not have the passwords; who sends is told which one is missing, before anything is touched."""

from pathlib import Path

import pytest

from tests import projects
from tests.commandline import Run, runner
from tests.projects import CAMPAIGN

PROVIDERS = {
    "email": "sendgrid",
    "sms": "twilio",
    "sendgrid": {"api_key_env": "SENDGRID_API_KEY"},
    "twilio": {"account_sid_env": "TWILIO_ACCOUNT_SID", "auth_token_env": "TWILIO_AUTH_TOKEN"},
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    for name in ("SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    folder = projects.make_project(tmp_path / "project", 3, providers=PROVIDERS)
    projects.approve(folder)
    return runner(folder, monkeypatch, capsys)


@pytest.mark.parametrize("words", [("status",), ("plan", CAMPAIGN), ("suppress", "list"), ("replies",)])
def test_looking_needs_no_password(run: Run, words: tuple[str, ...]) -> None:
    said = run(*words)
    assert "SENDGRID_API_KEY" not in said.err
    assert said.code == 0, said


@pytest.mark.parametrize("words", [("send", CAMPAIGN, "--by", "david", "--yes"), ("serve",)])
def test_sending_names_what_is_missing_and_claims_nothing(run: Run, words: tuple[str, ...]) -> None:
    said = run(*words)
    assert said.code == 1
    assert "SENDGRID_API_KEY is not set" in said.err
    after = run("status", "--json").json["broadcasts"]
    assert all(set(one["deliveries"]) == {"queued"} for one in after)


def test_check_names_it_too(run: Run) -> None:
    codes = {problem["code"] for problem in run("check", "--json").json["problems"]}
    assert "secret-missing" in codes
