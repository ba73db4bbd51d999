"""What can be put into a letter: each of it can be printed there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.previewing import draft_preview
from broadcaster.services.project.project import Project
from broadcaster.services.writing.fields.letter_fields import LetterFields, join_letter, split_letter
from broadcaster.services.writing.fields.vocabulary import make_vocabulary
from broadcaster.services.writing.insert_menu import Insertion, list_insertions
from broadcaster.web.desk.rendering.labels import CHIP_LABELS
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


def offer(project: Project, language: str = "en") -> dict[str, list[Insertion]]:
    return list_insertions(project, (LETTER, language), "amina", "en", CHIP_LABELS)


def labels(project: Project, group: str, language: str = "en") -> list[str]:
    return [one.label for one in offer(project, language)[group]]


def test_all_of_it_can_be_printed(project: Project) -> None:
    offered = offer(project)
    codes = [one.code for group in offered.values() for one in group]
    assert len(codes) > 15
    text = ENGLISH.replace("all is well", " ".join(codes))
    found = draft_preview.preview_draft(project, LETTER, "en", text)
    assert (found.problems, found.shown and found.shown.language) == ((), "en")


def test_it_is_the_columns_and_texts_of_this_letter(project: Project) -> None:
    standard = ["name", "greeting", "email", "phone", "language", "channel", "timezone"]
    assert labels(project, "people") == [*standard, "borough", "ward"]
    assert labels(project, "shared") == ["passage: Goodbye.", "signature"]
    assert labels(project, "shared", "ar") == ["passage: مع السلامة.", "signature"]


def test_each_shows_what_it_prints_where_that_is_the_same_for_all(project: Project) -> None:
    samples = {one.label: one.sample for group in offer(project).values() for one in group}
    assert samples["Police: number"] == "101"
    assert samples["who signs"] == "Robin Hartwell"
    assert samples["passage: Goodbye."] == "Goodbye."
    assert samples["name"] == ""  # nobody's
    (project.templates / LETTER / "letter.yaml").write_text("title: [", "utf-8")
    assert [one.sample for one in offer(project)["helplines"]] == ["", "", ""]


def test_all_of_it_is_a_chip_in_both_languages_of_the_desk(project: Project) -> None:
    offered = offer(project)
    codes = [one.code for group in offered.values() for one in group] + ["{% include '_shared/bye.ar.md' %}"]
    source = f"{{% block subject %}}One{{% endblock %}}\n{{% block body %}}{' '.join(codes)}{{% endblock %}}\n"
    strange = {key: f"*{label}*" for key, label in CHIP_LABELS.items()}
    other = list_insertions(project, (LETTER, "en"), "amina", "en", strange)
    english = make_vocabulary(project, (LETTER, "en"), offered, CHIP_LABELS, CHIP_LABELS)
    foreign = make_vocabulary(project, (LETTER, "en"), other, strange, CHIP_LABELS)
    fields, elsewhere = split_letter(source, english), split_letter(source, foreign)
    assert isinstance(fields, LetterFields)
    assert isinstance(elsewhere, LetterFields)
    assert fields != elsewhere
    assert "((passage: مع السلامة.))" in fields.body
    for written, chips in ((fields, english), (elsewhere, foreign), (fields, foreign)):
        assert join_letter("", written, chips).problems == ()
        assert join_letter(source, written, chips).source == source


def test_columns_of_audiences_that_are_not_theirs_are_not_told(project: Project) -> None:
    write_settings(project.root, people={"amina": {"audiences": ["elsewhere"]}}, helplines=HELPLINES)
    with open_project(project.root) as limited:
        assert "ward" not in labels(limited, "people")


def test_a_roster_that_cannot_be_read_stops_nobody_from_writing(project: Project) -> None:
    (project.audiences / f"{AUDIENCE}.csv").write_bytes(b"PK\x03\x04")
    assert "ward" not in labels(project, "people")
    (project.audiences / f"{AUDIENCE}.csv").unlink()
    assert labels(project, "people")
    (project.audiences / f"{AUDIENCE}.yaml").write_text("name: [", "utf-8")
    assert labels(project, "people")
