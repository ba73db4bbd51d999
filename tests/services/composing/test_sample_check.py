"""A letter of no campaign is checked by an invented person's message, on each channel that it is written for."""

from pathlib import Path

from broadcaster.bootstrap.wiring import open_project
from broadcaster.letters.reading.loader import load_letter
from broadcaster.services.composing.sample_check import check_sample_letter
from tests.projects import LETTER, write_yaml
from tests.services.stage import DECLARED, EN, LETTER_YAML, edit


def found(folder: Path) -> list[tuple[str, str | None]]:
    with open_project(folder) as project:
        problems = check_sample_letter(project, load_letter(project.templates, LETTER), ["en", "ar"])
        return [(problem.code, problem.file) for problem in problems]


def test_nothing_is_found_in_a_good_letter(folder: Path) -> None:
    assert found(folder) == []


def test_all_links_to_other_hosts_are_found(folder: Path) -> None:
    links = "[one](https://one.example/) and [two](https://two.example/)"
    edit(folder, EN, "all is well in", f"{links}, all is well in")
    assert found(folder) == [("link-host", EN)] * 2


def test_words_are_looked_for_on_each_channel(folder: Path) -> None:
    write_yaml(folder / LETTER_YAML, {**DECLARED, "never_say": ["fine"]})
    edit(folder, EN, "all is well in", "all is fine in")
    edit(folder, EN, "all is well,", "all is fine,")
    assert len([code for code, file in found(folder) if (code, file) == ("never-say", EN)]) == 2
    text = (folder / EN).read_text("utf-8")
    (folder / EN).write_text(text.partition("{% block sms %}")[0], "utf-8")
    assert found(folder).count(("never-say", EN)) == 1


def test_a_letter_that_cannot_be_made_is_a_problem_of_its_file(folder: Path) -> None:
    edit(folder, EN, "all is well in", "{{ recipient.name[9] }} all is well in")
    assert [file for _, file in found(folder)] == [EN]
