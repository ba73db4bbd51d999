"""What can be put into a letter: each of it can be printed there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.previewing import draft_preview
from broadcaster.services.project.project import Project
from broadcaster.services.writing.insert_menu import list_insertions
from tests.projects import AUDIENCE, ENGLISH, LETTER, make_project, person, write_settings

HELPLINES = {"report": {"name": "Police", "number": "101", "says": "To report", "expires": "2090-01-01"}}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = make_project(tmp_path / "project", people=[person(1, ward="North")], helplines=HELPLINES)
    shared = folder / "templates" / "_shared"
    shared.mkdir()
    for name, text in {
        "bye.en.md": "Goodbye.",
        "bye.ar.md": "مع السلامة.",
        "signature.md": "{{ signatory.name }}",
        "macros.md": "{% macro bold(one) %}**{{ one }}**{% endmacro %}",
    }.items():
        (shared / name).write_text(text, "utf-8")
    with open_project(folder) as project:
        yield project


def test_all_of_it_can_be_printed(project: Project) -> None:
    offered = list_insertions(project, LETTER, "en", "amina", "en")
    codes = [one.code for group in offered.values() for one in group]
    assert len(codes) > 15
    text = ENGLISH.replace("all is well", " ".join(codes))
    found = draft_preview.preview_draft(project, LETTER, "en", text)
    assert (found.problems, found.shown and found.shown.language) == ((), "en")


def test_it_is_the_columns_and_texts_of_this_letter(project: Project) -> None:
    offered = list_insertions(project, LETTER, "en", "amina", "en")
    standard = ["name", "greeting", "email", "phone", "language", "channel", "timezone"]
    assert [one.of for one in offered["people"]] == [*standard, "borough", "ward"]
    assert [one.of for one in offered["shared"]] == ["bye.en.md", "signature.md"]
    assert [one.of for one in list_insertions(project, LETTER, "ar", "amina", "en")["shared"]] == [
        "bye.ar.md",
        "signature.md",
    ]


def test_columns_of_audiences_that_are_not_theirs_are_not_told(project: Project) -> None:
    write_settings(project.root, people={"amina": {"audiences": ["elsewhere"]}}, helplines=HELPLINES)
    with open_project(project.root) as limited:
        assert "ward" not in [one.of for one in list_insertions(limited, LETTER, "en", "amina", "en")["people"]]


def test_a_roster_that_cannot_be_read_stops_nobody_from_writing(project: Project) -> None:
    (project.audiences / f"{AUDIENCE}.csv").write_bytes(b"PK\x03\x04")
    assert "ward" not in [one.of for one in list_insertions(project, LETTER, "en", "amina", "en")["people"]]
    (project.audiences / f"{AUDIENCE}.csv").unlink()
    assert list_insertions(project, LETTER, "en", "amina", "en")["people"]
    (project.audiences / f"{AUDIENCE}.yaml").write_text("name: [", "utf-8")
    assert list_insertions(project, LETTER, "en", "amina", "en")["people"]
