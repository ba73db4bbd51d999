"""`recipient.greeting` is how somebody wants to be addressed; whoever says nothing is addressed by their whole name."""

from pathlib import Path

from tests.commandline import Run
from tests.projects import LETTER, person, write_roster
from tests.services.stage import EN, edit


def texts(folder: Path, run: Run, rows: list[dict[str, str]]) -> list[str]:
    write_roster(folder, rows)
    edit(folder, EN, "Dear {{ recipient.name }}", "Dear {{ recipient.greeting }}")
    found = []
    for row in range(2, len(rows) + 2):
        said = run("preview", LETTER, "--audience", "neighbours", "--recipient", str(row), "--json")
        assert said.code == 0, said.err
        found.append(next(line for line in said.json["text"].splitlines() if line.startswith("Dear")))
    return found


def test_without_such_a_column_it_is_the_name(folder: Path, run: Run) -> None:
    rows = [person(1, name="Dr Ada Quill-Stern"), person(2, name="王小明"), person(3, name="O")]
    assert texts(folder, run, rows) == ["Dear Dr Ada Quill-Stern,", "Dear 王小明,", "Dear O,"]


def test_an_empty_cell_is_the_name_too(folder: Path, run: Run) -> None:
    rows = [person(1, name="Ada Quill", greeting="Dr Quill"), person(2, name="Bilal Noor", greeting="  ")]
    assert texts(folder, run, rows) == ["Dear Dr Quill,", "Dear Bilal Noor,"]


def test_check_finds_nothing_missing(folder: Path, run: Run) -> None:
    edit(folder, EN, "Dear {{ recipient.name }}", "Dear {{ recipient.greeting }}")
    assert not [one for one in run("check", "--json").json["problems"] if one["level"] == "error"]
