"""`--json` prints one JSON document on stdout and nothing else; what is refused leaves stdout empty."""

from pathlib import Path

import pytest

from tests.commandline import Run, runner
from tests.projects import CAMPAIGN
from tests.services.approving.test_decisions import approved, submitted
from tests.services.stage import CONFIG, EN, ROSTER, edit

PLAN = [
    "digest",
    "occurrence",
    "recipients",
    "by_channel",
    "by_language",
    "excluded",
    "sms_segments",
    "sms_segments_at_most",
    "texts_without_no",
    "problems",
]
BROADCAST = ["id", "campaign", "occurrence", "state", "deliveries", "providers"]


def test_plan(run: Run) -> None:
    said = run("plan", CAMPAIGN, "--json")
    assert (said.code, said.err) == (0, "")
    assert list(said.json) == PLAN
    assert said.json["recipients"] == 6
    assert said.json["by_channel"] == {"email": 4, "sms": 2}
    assert said.json["by_language"] == {"ar": 2, "en": 4}
    assert said.json["excluded"] == {}
    assert said.json["sms_segments"] == 3
    assert len(said.json["digest"]) == 64


def test_a_plan_with_problems_is_still_one_document(folder: Path, run: Run) -> None:
    edit(folder, ROSTER, "person1@example.org", "person1@")
    said = run("plan", CAMPAIGN, "--json")
    assert (said.code, said.err) == (1, "")
    assert list(said.json) == PLAN
    assert said.json["excluded"] == {"row-unusable": 1}
    (problem,) = said.json["problems"]
    assert list(problem) == ["code", "level", "file", "line", "message", "remedy"]
    assert (problem["code"], problem["file"], problem["line"]) == ("email-invalid", ROSTER, 2)


def test_status_and_send(run: Run) -> None:
    assert run("status", "--json").json == {"broadcasts": []}
    approved(run)
    sent = run("send", CAMPAIGN, "--by", "david", "--json")
    assert (sent.code, sent.err) == (0, "")
    assert run("status", "--json").json == sent.json
    (broadcast,) = sent.json["broadcasts"]
    assert list(broadcast) == BROADCAST
    assert (broadcast["campaign"], broadcast["state"]) == (CAMPAIGN, "finished")
    assert broadcast["deliveries"] == {"accepted": 6}
    assert broadcast["providers"] == {"outbox": 6}
    assert run("status", broadcast["id"][:6], "--json").json == sent.json


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "other", "--json"),
        ("send", CAMPAIGN, "--by", "david", "--json"),
        ("send", "other", "--by", "david", "--json"),
        ("status", "abcdef", "--json"),
        ("preview", "greeting", "--audience", "nobody", "--json"),
    ],
)
def test_what_is_refused_leaves_stdout_empty(run: Run, words: tuple[str, ...]) -> None:
    said = run(*words)
    assert (said.code, said.out) == (1, "")
    assert said.err


@pytest.mark.parametrize("words", [("plan", CAMPAIGN), ("status",), ("send", CAMPAIGN, "--by", "david")])
def test_a_broken_project_leaves_stdout_empty(folder: Path, run: Run, words: tuple[str, ...]) -> None:
    edit(folder, CONFIG, "campaigns:", "campains:")
    said = run(*words, "--json")
    assert (said.code, said.out) == (1, "")
    assert "(unknown-key)" in said.err


def test_check_tells_of_everything_in_its_document(
    folder: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(folder, EN, "{% block body %}", "{% block bdy %}")
    said = run("check", "--json")
    assert (said.code, said.err) == (1, "")
    assert "templates/greeting/en.md" in {problem["file"] for problem in said.json["problems"]}
    nowhere = runner(tmp_path, monkeypatch, capsys)("check", "--json")
    assert (nowhere.code, nowhere.err) == (1, "")
    assert [problem["code"] for problem in nowhere.json["problems"]] == ["not-a-project"]


def test_submitting_is_for_people(run: Run) -> None:
    assert submitted(run)
    assert run("submit", CAMPAIGN, "--by", "amina", "--json").code == 2
