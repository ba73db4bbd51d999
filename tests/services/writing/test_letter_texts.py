"""A language that is still the first one's text goes nowhere: check, plan and submit say where, and what is kept."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.writing import letter_texts
from tests.commandline import Run
from tests.projects import CAMPAIGN, LETTER
from tests.services.approving.test_decisions import approved
from tests.services.stage import AR, ARABIC, EN, ENGLISH, edit, outbox, write

SHARED = "_shared/close"


@pytest.fixture
def untouched(folder: Path) -> Path:
    """The project, its Arabic being the English text."""
    write(folder, {AR: ENGLISH})
    return folder


def test_check_and_plan_say_where(untouched: Path, run: Run) -> None:
    for command in (("check",), ("plan", CAMPAIGN)):
        said = run(*command, "--json")
        assert said.code == 1
        found = [
            (one["level"], one["file"], one["line"]) for one in said.json["problems"] if one["code"] == "not-translated"
        ]
        assert found == [("error", AR, 1), ("error", AR, 2), ("error", AR, 9)]


def test_submit_refuses_it_and_nothing_goes_out(untouched: Path, run: Run) -> None:
    said = run("submit", CAMPAIGN, "--by", "amina")
    assert said.code == 1
    assert "the body is still the English text" in said.err
    assert "(not-translated)" in said.err
    write(untouched, {AR: ARABIC})
    approved(run)
    assert run("send", CAMPAIGN, "--by", "david").code == 0
    assert outbox(untouched)


def test_it_stops_a_campaign_that_nobody_reads_in_that_language(untouched: Path, run: Run) -> None:
    """Whoever reads it may join tomorrow: a letter is right in all its languages."""
    roster = untouched / "audiences" / "neighbours.csv"
    roster.write_text(roster.read_text("utf-8").replace(",ar,", ",en,"), "utf-8")
    assert run("plan", CAMPAIGN).code == 1


def test_the_approver_sees_what_is_kept(folder: Path, run: Run) -> None:
    edit(folder, EN, "{% include", "Nobody stands alone, said the Mayor of Ashmere.\n\n{% include")
    edit(folder, AR, "{% include", "{# keep: en #}\nNobody stands alone, said the Mayor of Ashmere.\n\n{% include")
    said = run("plan", CAMPAIGN)
    assert said.code == 0
    assert "this stays in English for those who read Arabic" in said.out + said.err
    assert "Nobody stands alone, said the Mayor of Ashmere." in " ".join((said.out + said.err).split())
    approved(run)


def test_a_new_language_begins_with_its_own_shared_texts(folder: Path) -> None:
    write(folder, {f"templates/{SHARED}.{tag}.md": f"{tag}\n" for tag in ("en", "ur")})
    write(folder, {f"templates/{LETTER}/steps.{tag}.md": f"{tag}\n" for tag in ("en", "ur", "so")})
    used = f"{{% include '{SHARED}.en.md' %}}\n\n{{% include \"{LETTER}/steps.en.md\" %}}\n\n{{% include"
    edit(folder, EN, "{% include", used)
    with open_project(folder) as project:
        urdu, somali = (letter_texts.make_text_to_translate(project, LETTER, tag) for tag in ("ur", "so"))
        english = project.templates.joinpath(LETTER, "en.md").read_text("utf-8")
    assert urdu == english.replace(".en.md", ".ur.md")
    assert somali == english.replace("steps.en.md", "steps.so.md")
    assert "_shared/close.md" in urdu
