"""Languages that lag behind: the first one says something else than when they were written."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import Project
from broadcaster.services.writing import saving
from broadcaster.services.writing.outdated_translations import (
    OutdatedTranslation,
    find_outdated_translation,
    list_outdated_languages,
)
from tests.projects import ENGLISH, LETTER, make_project

AMINA = Actor("amina", "author", "", "desk")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    letter = {"en": ENGLISH, "ar": ENGLISH, "ur": ENGLISH}
    with open_project(make_project(tmp_path / "project", letter=letter)) as project:
        yield project


def save(project: Project, language: str, text: str) -> None:
    here = saving.current_version(project, LETTER, language)
    saving.save_letter(project, (LETTER, language), text, here.digest, AMINA)


def touch(project: Project, language: str, minutes: float) -> None:
    """Set the time of a file so many minutes from now."""
    at = time.time() + 60 * minutes
    os.utime(project.templates / LETTER / f"{language}.md", (at, at))


def test_of_files_that_were_never_saved_here_their_time_tells(project: Project) -> None:
    assert list_outdated_languages(project, LETTER) == []
    touch(project, "en", 5)
    touch(project, "ur", 6)
    assert list_outdated_languages(project, LETTER) == ["ar"]


def test_a_change_to_the_first_one_leaves_the_others_behind(project: Project) -> None:
    save(project, "en", "first")
    assert list_outdated_languages(project, LETTER) == ["ar", "ur"]
    save(project, "ar", "translated")
    assert list_outdated_languages(project, LETTER) == ["ur"]
    save(project, "en", "second")
    assert list_outdated_languages(project, LETTER) == ["ar", "ur"]


def test_what_is_put_back_asks_for_no_new_translation(project: Project) -> None:
    save(project, "en", "first")
    save(project, "ar", "translated")
    save(project, "en", "second")
    save(project, "en", "first")
    assert list_outdated_languages(project, LETTER) == ["ur"]
    save(project, "en", ENGLISH)
    assert list_outdated_languages(project, LETTER) == ["ar"]


def test_files_that_are_copied_elsewhere_keep_what_is_known_of_them(project: Project) -> None:
    """Their times are new then; the revisions are not."""
    save(project, "en", "first")
    save(project, "ar", "translated")
    save(project, "en", "second")
    for language in ("en", "ar"):
        touch(project, language, 90)
    assert "ar" in list_outdated_languages(project, LETTER)


def test_an_editor_outside_the_desk_counts_by_its_files_time(project: Project) -> None:
    save(project, "en", "first")
    save(project, "ar", "translated")
    (project.templates / LETTER / "en.md").write_text("changed elsewhere", "utf-8")
    touch(project, "en", 5)
    assert list_outdated_languages(project, LETTER) == ["ar", "ur"]
    (project.templates / LETTER / "ar.md").write_text("translated elsewhere", "utf-8")
    touch(project, "ar", 6)
    assert list_outdated_languages(project, LETTER) == ["ur"]


def test_what_the_first_one_said_then_is_known(project: Project) -> None:
    save(project, "en", "first")
    save(project, "ar", "translated")
    save(project, "en", "second")
    save(project, "en", "third")
    assert find_outdated_translation(project, LETTER, "ar") == OutdatedTranslation("en", "first\n", "third\n")
    assert find_outdated_translation(project, LETTER, "ur") == OutdatedTranslation("en", ENGLISH, "third\n")
    assert find_outdated_translation(project, LETTER, "en") is None
    assert find_outdated_translation(project, LETTER, "so") is None
    save(project, "ar", "translated anew")
    assert find_outdated_translation(project, LETTER, "ar") is None
    (project.templates / LETTER / "en.md").write_text("changed elsewhere", "utf-8")
    touch(project, "en", 5)
    assert find_outdated_translation(project, LETTER, "ar") == OutdatedTranslation("en", "", "changed elsewhere")


def test_a_letter_that_cannot_be_read_lags_nowhere(project: Project) -> None:
    (project.templates / LETTER / "en.md").write_bytes(b"\xff\xfe")
    touch(project, "en", 5)
    assert list_outdated_languages(project, LETTER) == []
    (project.templates / LETTER / "letter.yaml").write_text("title: [", "utf-8")
    assert list_outdated_languages(project, LETTER) == []
