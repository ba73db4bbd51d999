"""A second letter in one day, to the same people, is said before anybody approves it."""

from pathlib import Path

from tests.commandline import Run
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.services.approving.test_decisions import approved
from tests.services.stage import CONFIG, edit

ANOTHER = f"""\
  another:
    letter: {LETTER}
    audience: {AUDIENCE}
    channel: preferred
    when: 2080-01-01 09:00
"""


def _warned(run: Run) -> list[str]:
    found = run("plan", "another", "--json").json["problems"]
    return [problem["message"] for problem in found if problem["code"] == "sent-today"]


def test_a_second_letter_in_one_day_is_warned_of(folder: Path, run: Run) -> None:
    edit(folder, CONFIG, "campaigns:\n", "campaigns:\n" + ANOTHER)
    approved(run)
    assert _warned(run) == []
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    (message,) = _warned(run)
    assert message.startswith(f"{CAMPAIGN} was already sent today, at ")
    assert message.endswith(AUDIENCE)
    assert "already sent today" in run("submit", "another", "--by", "amina").out


def test_another_audience_is_none_of_its_business(folder: Path, run: Run) -> None:
    edit(folder, CONFIG, "campaigns:\n", "campaigns:\n" + ANOTHER.replace(f"audience: {AUDIENCE}", "audience: others"))
    described = (folder / f"audiences/{AUDIENCE}.yaml").read_text("utf-8")
    (folder / "audiences/others.yaml").write_text(described, "utf-8")
    approved(run)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert _warned(run) == []
