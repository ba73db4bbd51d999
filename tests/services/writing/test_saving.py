"""Saving letters: the file whole, nobody's work overwritten, what it said before kept."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.ledger.audit_log import audit
from broadcaster.letters.reading.loader import load_letter
from broadcaster.letters.reading.template_files import MAX_BYTES
from broadcaster.services.access.permissions import Actor, NotAllowedError
from broadcaster.services.previewing import draft_preview
from broadcaster.services.project.project import Project
from broadcaster.services.writing import letter_files, letter_languages, saving
from broadcaster.services.writing.saving import (
    AUTHOR_BEFORE_THE_DESK,
    ChangedMeanwhileError,
    EmptyTextError,
    LetterTooLongError,
    NoSuchLetterError,
)
from tests.projects import AUDIENCE, ENGLISH, LETTER, make_project, write_settings

AMINA = Actor("amina", "author", "", "desk")
PLACE = (LETTER, "en")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(make_project(tmp_path / "project")) as project:
        yield project


def file(project: Project, language: str = "en") -> Path:
    return project.templates / LETTER / f"{language}.md"


def test_what_is_saved_is_the_file(project: Project) -> None:
    began = saving.current_version(project, *PLACE)
    saved = saving.save_letter(project, PLACE, ENGLISH.replace("\n", "\r\n") + "more\r\n\r\n", began.digest, AMINA)
    assert file(project).read_bytes() == (ENGLISH.rstrip() + "\nmore\n").encode()
    assert (saved.text, saved.last and saved.last.by) == (file(project).read_text("utf-8"), "amina")
    assert [path.name for path in file(project).parent.iterdir() if path.name.startswith(".")] == []


def test_what_it_said_before_is_kept(project: Project) -> None:
    began = saving.current_version(project, *PLACE)
    once = saving.save_letter(project, PLACE, "one", began.digest, AMINA)
    saving.save_letter(project, PLACE, "two", once.digest, AMINA)
    kept = saving.list_revisions(project, *PLACE)
    assert [(one.content, one.by) for one in kept] == [
        ("two\n", "amina"),
        ("one\n", "amina"),
        (ENGLISH, AUTHOR_BEFORE_THE_DESK),
    ]


def test_nobody_elses_work_is_overwritten(project: Project) -> None:
    began = saving.current_version(project, *PLACE)
    file(project).write_text("somebody's editor", "utf-8")
    with pytest.raises(ChangedMeanwhileError):
        saving.save_letter(project, PLACE, "mine", began.digest, AMINA)
    assert file(project).read_text("utf-8") == "somebody's editor"
    assert saving.list_revisions(project, *PLACE) == []


def test_of_many_who_save_at_once_one_wins(project: Project) -> None:
    began = saving.current_version(project, *PLACE)
    won: list[int] = []

    def save(number: int) -> None:
        try:
            saving.save_letter(project, PLACE, f"text {number}", began.digest, AMINA)
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
    began = saving.current_version(project, *PLACE)

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        saving.save_letter(project, PLACE, "new", began.digest, AMINA)
    assert file(project).read_text("utf-8") == ENGLISH
    assert saving.list_revisions(project, *PLACE) == []
    assert sorted(path.name for path in file(project).parent.iterdir()) == ["en.md", "letter.yaml"]


def test_a_new_language_begins_with_nothing(project: Project) -> None:
    began = saving.current_version(project, LETTER, "ar")
    assert began.text == ""
    saving.save_letter(project, (LETTER, "ar"), "مرحبا", began.digest, AMINA)
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
        (LETTER, "xx"),  # a tag, and no language that the frames have words in
        (LETTER, "EN"),
        (LETTER, "AR"),
        (LETTER, "en-GB"),
    ],
)
def test_nothing_is_written_anywhere_else(project: Project, letter: str, language: str) -> None:
    with pytest.raises(NoSuchLetterError):
        saving.save_letter(project, (letter, language), "x", "", AMINA)


def test_a_text_no_letter_can_have_is_refused(project: Project) -> None:
    began = saving.current_version(project, *PLACE)
    for text, error in (("é" * (MAX_BYTES // 2), LetterTooLongError), (" \n\t\r\n", EmptyTextError)):
        with pytest.raises(error):
            saving.save_letter(project, PLACE, text, began.digest, AMINA)
        assert draft_preview.preview_draft(project, *PLACE, text).problems[0].code == error.code
    assert file(project).read_text("utf-8") == ENGLISH
    largest = "é" * (MAX_BYTES // 2 - 1) + "x"
    assert saving.save_letter(project, PLACE, largest, began.digest, AMINA).text == largest + "\n"


def test_a_language_is_offered_where_the_frames_have_words(project: Project) -> None:
    assert letter_languages.list_addable_languages(project, LETTER) == ["ar", "bn", "so", "ur"]
    file(project, "ur").write_text(ENGLISH, "utf-8")
    file(project, "cy").write_text(ENGLISH, "utf-8")
    assert letter_languages.list_addable_languages(project, LETTER) == ["ar", "bn", "so"]
    assert saving.current_version(project, LETTER, "cy").text == ENGLISH  # what is there can be mended, offered or not


def test_a_link_that_leads_out_is_neither_read_nor_written_through(project: Project, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.md"
    outside.write_text("not a letter of ours", "utf-8")
    file(project, "ar").symlink_to(outside)
    with pytest.raises(ProblemsFoundError) as refused:
        saving.current_version(project, LETTER, "ar")
    assert refused.value.problems[0].code == "file-name"
    with pytest.raises(ProblemsFoundError):
        saving.save_letter(project, (LETTER, "ar"), "mine", letter_files.text_digest(""), AMINA)
    assert (outside.read_text("utf-8"), file(project, "ar").is_symlink()) == ("not a letter of ours", True)
    shown = draft_preview.preview_draft(project, *PLACE, "{% include 'greeting/ar.md' %}\n" + ENGLISH)
    assert "not a letter of ours" not in str(shown)


def test_a_folder_that_is_elsewhere_is_not_written_to(project: Project, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (project.templates / "linked").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ProblemsFoundError):
        saving.save_letter(project, ("linked", "ar"), "mine", letter_files.text_digest(""), AMINA)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_within_becomes_a_file_of_its_own(project: Project) -> None:
    shared = project.templates / "_shared.md"
    shared.write_text("for all letters\n", "utf-8")
    file(project, "ar").symlink_to(shared)
    began = saving.current_version(project, LETTER, "ar")
    assert began.text == "for all letters\n"
    saving.save_letter(project, (LETTER, "ar"), "for this one", began.digest, AMINA)
    assert (shared.read_text("utf-8"), file(project, "ar").read_text("utf-8")) == (
        "for all letters\n",
        "for this one\n",
    )


def test_whoever_works_with_some_audiences_changes_only_what_goes_to_them(project: Project) -> None:
    began = saving.current_version(project, *PLACE)
    for theirs, may in (([AUDIENCE, "more"], True), (["elsewhere"], False), ([], False)):
        write_settings(project.root, people={"amina": {"audiences": theirs}})
        with open_project(project.root) as limited:
            assert saving.can_change_letter(limited, LETTER, "amina") == may
            if not may:
                with pytest.raises(NotAllowedError):
                    saving.save_letter(limited, PLACE, "mine", began.digest, AMINA)
    assert file(project).read_text("utf-8") == ENGLISH
    write_settings(project.root, people={"amina": {"audiences": ["elsewhere"]}}, campaigns=None)
    with open_project(project.root) as unused:
        saving.save_letter(unused, PLACE, "mine", began.digest, AMINA)
    assert file(project).read_text("utf-8") == "mine\n"


def test_what_a_killed_process_left_goes_with_the_next_save(project: Project) -> None:
    began = saving.current_version(project, *PLACE)
    left = file(project).with_name(".en.md.4711.tmp")
    left.write_text("hal", "utf-8")
    assert letter_languages.list_languages(project, LETTER) == ["en"]
    assert list(load_letter(project.templates, LETTER).languages) == ["en"]
    saving.save_letter(project, PLACE, "whole", began.digest, AMINA)
    assert not left.exists()


def test_the_file_keeps_its_mode(project: Project) -> None:
    began = saving.current_version(project, *PLACE)
    file(project).chmod(0o640)
    saving.save_letter(project, PLACE, "mine", began.digest, AMINA)
    assert file(project).stat().st_mode & 0o777 == 0o640


def test_what_is_no_text_is_said_to_be_none(project: Project) -> None:
    file(project).write_bytes("Grüße".encode("latin-1"))
    with pytest.raises(ProblemsFoundError) as refused:
        saving.current_version(project, *PLACE)
    assert refused.value.problems[0].code == "not-utf-8"


def test_an_invisible_character_can_be_seen_to_here(project: Project) -> None:
    """A letter may not have one; so the editor must open it, for somebody to take it out."""
    file(project).write_text(ENGLISH.replace("Dear", "Dear\u202e"), "utf-8")
    began = saving.current_version(project, *PLACE)
    assert "\u202e" in began.text
    assert [one.code for one in draft_preview.preview_draft(project, *PLACE, began.text).problems] == [
        "control-character"
    ]
    saving.save_letter(project, PLACE, "\ufeff" + ENGLISH + "\0", began.digest, AMINA)
    assert file(project).read_text("utf-8") == ENGLISH


def test_who_wrote_is_on_the_record(project: Project) -> None:
    began = saving.current_version(project, *PLACE)
    saved = saving.save_letter(project, PLACE, "mine", began.digest, AMINA)
    with project.ledger.reading() as conn:
        entry = audit.list_recent(conn)[0].entry
    assert (entry.by, entry.action, entry.subject, entry.host) == ("amina", "write-letter", LETTER, "desk")
    assert entry.detail == {"file": "en.md", "digest": saved.digest[:12]}
