"""A letter is judged by its own words, people by what they make of its length."""

from pathlib import Path

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.composing.letter_inspection import LetterInspection
from broadcaster.services.composing.messages import CampaignMessages
from tests.projects import CAMPAIGN, LETTER, person, write_roster, write_yaml
from tests.services.stage import DECLARED, EN, LETTER_YAML, ROSTER, edit


def found(folder: Path) -> list[tuple[str, str | None, int | None]]:
    with open_project(folder) as project:
        messages = CampaignMessages.load(project, project.campaign(CAMPAIGN), project.wall_now())
        inspection = LetterInspection(messages)
        for _ in messages.walk(inspection.inspect):
            pass
    return [(problem.code, problem.file, problem.line) for problem in inspection.findings().problems]


def test_nothing_is_found_in_a_good_letter(folder: Path) -> None:
    assert found(folder) == []


def test_what_a_person_is_called_is_no_fault_of_the_letter(folder: Path) -> None:
    write_yaml(folder / LETTER_YAML, {**DECLARED, "never_say": ["panic"]})
    write_roster(folder, [person(1, name="Panic", borough="https://evil.example/ #lowercasehashtag")])
    assert found(folder) == []
    edit(folder, EN, "all is well", "do not panic, all is well")
    assert ("never-say", EN, None) in found(folder)


def test_what_a_name_does_to_the_length_is_told_by_row(folder: Path) -> None:
    long, emoji = "Bartholomew " * 8, "Ana 🌻 " + "x" * 40
    rows = [person(1), person(2, name=long.strip()), person(3, name=emoji, email="", phone="+447700900222")]
    write_roster(folder, rows)
    edit(folder, EN, "all is well, ", "all is well with everybody here, and it will be tomorrow, " * 4)
    assert ("subject-too-long", ROSTER, 3) in found(folder)
    assert ("sms-too-long", ROSTER, 4) in found(folder)


def test_languages_that_the_letter_lacks_are_counted(folder: Path) -> None:
    write_roster(folder, [person(1), person(2, language="fr"), person(3, language="fr"), person(4, language="en-GB")])
    assert found(folder) == [("missing-language", f"templates/{LETTER}", None)]
