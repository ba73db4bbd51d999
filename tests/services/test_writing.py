"""Saving letters: the file whole, nobody's work overwritten, what it said before kept."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.services import writing
from broadcaster.services.people import Actor
from broadcaster.services.project import Project
from broadcaster.services.writing import BEFORE_THE_DESK, ChangedMeanwhileError, NoSuchLetterError, TooLongError
from broadcaster.wiring import open_project
from tests.projects import ENGLISH, LETTER, make_project

AMINA = Actor("amina", "author", "", "desk")
PLACE = (LETTER, "en")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(make_project(tmp_path / "project")) as project:
        yield project


def file(project: Project, language: str = "en") -> Path:
    return project.templates / LETTER / f"{language}.md"


def test_what_is_saved_is_the_file(project: Project) -> None:
    began = writing.version(project, *PLACE)
    saved = writing.save(project, PLACE, ENGLISH.replace("\n", "\r\n") + "more\r\n\r\n", began.digest, AMINA)
    assert file(project).read_bytes() == (ENGLISH.rstrip() + "\nmore\n").encode()
    assert (saved.text, saved.last and saved.last.by) == (file(project).read_text("utf-8"), "amina")
    assert [path.name for path in file(project).parent.iterdir() if path.name.startswith(".")] == []


def test_what_it_said_before_is_kept(project: Project) -> None:
    began = writing.version(project, *PLACE)
    once = writing.save(project, PLACE, "one", began.digest, AMINA)
    writing.save(project, PLACE, "two", once.digest, AMINA)
    kept = writing.revisions(project, *PLACE)
    assert [(one.content, one.by) for one in kept] == [
        ("two\n", "amina"),
        ("one\n", "amina"),
        (ENGLISH, BEFORE_THE_DESK),
    ]


def test_nobody_elses_work_is_overwritten(project: Project) -> None:
    began = writing.version(project, *PLACE)
    file(project).write_text("somebody's editor", "utf-8")
    with pytest.raises(ChangedMeanwhileError):
        writing.save(project, PLACE, "mine", began.digest, AMINA)
    assert file(project).read_text("utf-8") == "somebody's editor"
    assert writing.revisions(project, *PLACE) == []


def test_of_many_who_save_at_once_one_wins(project: Project) -> None:
    began = writing.version(project, *PLACE)
    won: list[int] = []

    def save(number: int) -> None:
        try:
            writing.save(project, PLACE, f"text {number}", began.digest, AMINA)
            won.append(number)
        except ChangedMeanwhileError:
            pass

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(won) == 1
    assert file(project).read_text("utf-8") == f"text {won[0]}\n"


def test_a_failure_on_the_way_leaves_the_old_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    began = writing.version(project, *PLACE)

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(writing.os, "fsync", full)  # type: ignore[attr-defined]
    with pytest.raises(OSError, match="no space"):
        writing.save(project, PLACE, "new", began.digest, AMINA)
    assert file(project).read_text("utf-8") == ENGLISH
    assert writing.revisions(project, *PLACE) == []
    assert sorted(path.name for path in file(project).parent.iterdir()) == ["en.md", "letter.yaml"]


def test_a_new_language_begins_with_nothing(project: Project) -> None:
    began = writing.version(project, LETTER, "ar")
    assert began.text == ""
    writing.save(project, (LETTER, "ar"), "مرحبا", began.digest, AMINA)
    assert file(project, "ar").read_text("utf-8") == "مرحبا\n"


@pytest.mark.parametrize(
    ("letter", "language"),
    [
        ("../audiences", "en"),
        ("_frames", "en"),
        ("nothing", "en"),
        (LETTER, "../letter"),
        (LETTER, "en/../../x"),
        (LETTER, ""),
    ],
)
def test_nothing_is_written_anywhere_else(project: Project, letter: str, language: str) -> None:
    with pytest.raises(NoSuchLetterError):
        writing.save(project, (letter, language), "x", "", AMINA)


def test_a_text_no_letter_can_have_is_refused(project: Project) -> None:
    began = writing.version(project, *PLACE)
    with pytest.raises(TooLongError):
        writing.save(project, PLACE, "x" * (writing.LONGEST + 1), began.digest, AMINA)
