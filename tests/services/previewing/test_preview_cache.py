"""What is looked at again is not made again, and is never older than what it was made of."""

import gc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.audiences.model.recipient import Recipient
from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.previewing import extreme_cases as extremes
from broadcaster.services.previewing.extreme_cases import ExtremeKind, find_extreme_cases
from broadcaster.services.previewing.preview_cache import PreviewCache
from broadcaster.services.project.project import Project
from broadcaster.services.rosters.roster_rows import MOST_NAME_MATCHES
from tests.projects import AUDIENCE, LETTER, person, write_roster
from tests.services.stage import AR, EN, ENGLISH, PEOPLE, ROSTER, edit, write


def test_a_letter_is_compiled_once_until_something_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_project(folder) as project:
        shelf = PreviewCache()
        first = shelf.open(project, LETTER, AUDIENCE, "").prospects
        assert shelf.open(project, LETTER, AUDIENCE, "").prospects is first
        edit(folder, AR, "كل شيء بخير", "كل شيء على ما يرام")
        second = shelf.open(project, LETTER, AUDIENCE, "").prospects
        assert second is not first
        edit(folder, ROSTER, "Ada Quill", "Ada Featherstone")
        assert shelf.open(project, LETTER, AUDIENCE, "").prospects is second
        tomorrow = project.wall_now() + timedelta(days=1)
        monkeypatch.setattr(Project, "wall_now", lambda _: tomorrow)
        third = shelf.open(project, LETTER, AUDIENCE, "").prospects
        assert third.surroundings("en").campaign["date"] != second.surroundings("en").campaign["date"]
        assert shelf.open(replaced(project, folder), LETTER, AUDIENCE, "").prospects is not third


def replaced(project: Project, folder: Path) -> Project:
    return replace(project, settings=load_project_settings(folder))


def test_nobody_stays_in_memory(folder: Path) -> None:
    with open_project(folder) as project:
        shelf = PreviewCache()
        roll = shelf.open(project, LETTER, AUDIENCE, "").roll
        assert roll is not None
        assert roll.row(3).name == "Bilal Noor"
        assert [one.name for one in roll.named("lund")] == ["Fay Lund"]
        gc.collect()
        assert not [one for one in gc.get_objects() if isinstance(one, Recipient)]


def test_rows_are_those_of_the_file_as_it_is(folder: Path) -> None:
    with open_project(folder) as project:
        shelf = PreviewCache()

        def row(number: int) -> str:
            roll = shelf.open(project, LETTER, AUDIENCE, "").roll
            assert roll is not None
            return roll.row(number).name

        assert row(4) == "Cora Vane"
        edit(folder, ROSTER, "Ada Quill", "Ada Quill, whose name has become much longer than it was")
        assert row(4) == "Cora Vane"


def test_many_of_one_name_are_not_all_listed(folder: Path) -> None:
    write_roster(folder, [person(number, name=f"Ann {number}") for number in range(1, 50)])
    with open_project(folder) as project:
        roll = PreviewCache().open(project, LETTER, AUDIENCE, "").roll
        assert roll is not None
        assert len(roll.named("ann")) == MOST_NAME_MATCHES
        assert roll.named(" ") == []


def test_the_extremes_are_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = "all is well in {{ recipient.borough }}"
    write(
        folder, {EN: ENGLISH.replace(here, f"{{% if recipient.borough %}}{here}{{% else %}}all is well{{% endif %}}")}
    )
    people = [*PEOPLE, person(7, name="Maximiliana Featherstonehaugh-Cholmondeley"), person(8, borough="")]
    write_roster(folder, people)
    with open_project(folder) as project:
        opened = PreviewCache().open(project, LETTER, AUDIENCE, "")
        found = find_extreme_cases(opened)
        assert found.whole
        by = {(one.kind, one.about): one.person.row for one in found.found}
        assert by[ExtremeKind.LONGEST_NAME, ""] == 8
        assert by[ExtremeKind.MISSING, "borough"] == 9
        assert by[ExtremeKind.RIGHT_TO_LEFT, "ar"] == 3
        assert by[ExtremeKind.LANGUAGE, "en"] == 2
        assert (by[ExtremeKind.WORDING, "1/2"], by[ExtremeKind.WORDING, "2/2"]) == (2, 9)
        monkeypatch.setattr(extremes, "MAX_ROWS", 3)
        assert not find_extreme_cases(opened).whole


def test_whoever_cannot_be_written_to_is_an_extreme(folder: Path) -> None:
    write(folder, {EN: ENGLISH.replace("recipient.borough", "recipient.ward")})
    with open_project(folder) as project:
        found = find_extreme_cases(PreviewCache().open(project, LETTER, AUDIENCE, "")).found
        assert any(one.kind is ExtremeKind.TROUBLE for one in found)
