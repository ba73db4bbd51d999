"""What is looked at again is not made again, and is never older than what it was made of."""

import gc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.audiences.model.recipient import Recipient
from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.previewing.preview_cache import PreviewCache
from broadcaster.services.project.project import Project
from broadcaster.services.rosters.roster_rows import MOST_NAME_MATCHES
from tests.projects import AUDIENCE, LETTER, person, write_roster
from tests.services.stage import AR, ROSTER, edit


def test_a_letter_is_compiled_once_until_something_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_project(folder) as project:
        cache = PreviewCache()
        first = cache.open(project, LETTER, AUDIENCE, "").messages
        assert cache.open(project, LETTER, AUDIENCE, "").messages is first
        edit(folder, AR, "كل شيء بخير", "كل شيء على ما يرام")
        second = cache.open(project, LETTER, AUDIENCE, "").messages
        assert second is not first
        edit(folder, ROSTER, "Ada Quill", "Ada Featherstone")
        assert cache.open(project, LETTER, AUDIENCE, "").messages is second
        tomorrow = project.wall_now() + timedelta(days=1)
        monkeypatch.setattr(Project, "wall_now", lambda _: tomorrow)
        third = cache.open(project, LETTER, AUDIENCE, "").messages
        assert third.template_context("en").campaign["date"] != second.template_context("en").campaign["date"]
        assert cache.open(replaced(project, folder), LETTER, AUDIENCE, "").messages is not third


def replaced(project: Project, folder: Path) -> Project:
    return replace(project, settings=load_project_settings(folder))


def test_nobody_stays_in_memory(folder: Path) -> None:
    with open_project(folder) as project:
        cache = PreviewCache()
        rows = cache.open(project, LETTER, AUDIENCE, "").rows
        assert rows is not None
        assert rows.row(3).name == "Bilal Noor"
        assert [one.name for one in rows.named("lund")] == ["Fay Lund"]
        gc.collect()
        assert not [one for one in gc.get_objects() if isinstance(one, Recipient)]


def test_rows_are_those_of_the_file_as_it_is(folder: Path) -> None:
    with open_project(folder) as project:
        cache = PreviewCache()

        def row(number: int) -> str:
            rows = cache.open(project, LETTER, AUDIENCE, "").rows
            assert rows is not None
            return rows.row(number).name

        assert row(4) == "Cora Vane"
        edit(folder, ROSTER, "Ada Quill", "Ada Quill, whose name has become much longer than it was")
        assert row(4) == "Cora Vane"


def test_many_of_one_name_are_not_all_listed(folder: Path) -> None:
    write_roster(folder, [person(number, name=f"Ann {number}") for number in range(1, 50)])
    with open_project(folder) as project:
        rows = PreviewCache().open(project, LETTER, AUDIENCE, "").rows
        assert rows is not None
        assert len(rows.named("ann")) == MOST_NAME_MATCHES
        assert rows.named(" ") == []
