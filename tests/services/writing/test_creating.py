"""Beginning a letter: whole, ready to be looked at, and never in the place of another."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.letters import letter_revisions
from broadcaster.letters.model.letter import LetterKind
from broadcaster.letters.reading.loader import load_letter
from broadcaster.services.access.permissions import Actor
from broadcaster.services.previewing import draft_preview
from broadcaster.services.project.project import Project
from broadcaster.services.writing import letter_catalogue, letter_files, saving
from broadcaster.services.writing.creating import LetterImpossibleError, NewLetter, copy_letter, create_letter
from broadcaster.services.writing.letter_texts import get_title
from broadcaster.services.writing.starter_text import STARTER_WORDS
from tests.commandline import CHECKOUT
from tests.projects import LETTER, make_project
from tests.web import stage

AMINA = Actor("amina", "author", "", "desk")
NEW = NewLetter("Tea on Friday", "campaign", "officer", ("report",), "en")
HELPLINES = {"report": {"name": "Police", "number": "101", "says": "To report", "expires": "2090-01-01"}}
SHARED = CHECKOUT / "templates" / "_shared"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = make_project(tmp_path / "project", helplines=HELPLINES)
    with open_project(folder) as project:
        yield project


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", STARTER_WORDS)
def test_only_its_authors_words_are_missing(project: Project, language: str, kind: LetterKind) -> None:
    """In every language and kind, with what letters share and without it."""
    for title in ("Alone", "With what is shared"):
        if title != "Alone":
            shutil.copytree(SHARED, project.templates / "_shared")
        name = create_letter(project, replace(NEW, title=title, kind=kind, language=language), AMINA)
        found = letter_catalogue.check_letter(project, name)
        assert [one.code for one in found.problems if one.code != "sms-needs-ucs-2"] == ["never-say"] * 3
        text = saving.current_version(project, name, language).text
        looked = draft_preview.preview_draft(project, name, language, text.replace(STARTER_WORDS[language].yours, "#"))
        assert [one.code for one in looked.problems if one.code != "sms-needs-ucs-2"] == []
        assert looked.shown is not None
        assert "101" in str(looked.shown.text)
        assert (title == "Alone") == ("_shared/" not in text)


@pytest.mark.parametrize(
    "title", ["Tea on Friday", 'Tea: "now" # or \\ never', "'quoted'", "- no", "{{ 1 }}", "yes", "الشاي", "&x *y !z"]
)
def test_it_is_called_as_it_was_called(project: Project, title: str) -> None:
    name = create_letter(project, replace(NEW, title=f"  {title} "), AMINA)
    made = load_letter(project.templates, name)
    assert (made.title, made.kind, made.signatory) == (title, "campaign", "officer")
    assert (made.helplines, made.fallback, list(made.languages)) == (("report",), "en", ["en"])


def test_no_other_letter_is_touched(project: Project) -> None:
    before = (project.templates / LETTER / "en.md").read_bytes()
    (project.templates / "Tea-On-Friday").mkdir()
    (project.templates / "tea-on-friday-2").write_text("a file", "utf-8")
    (project.templates / "tea-on-friday-3").symlink_to(project.templates / "nowhere")
    assert create_letter(project, NEW, AMINA) == "tea-on-friday-4"
    assert create_letter(project, replace(NEW, title="Greeting"), AMINA) == "greeting-2"
    assert create_letter(project, replace(NEW, title="New"), AMINA) == "new-2"
    assert create_letter(project, replace(NEW, title="…"), AMINA) == "letter"
    assert (project.templates / LETTER / "en.md").read_bytes() == before


def test_of_many_at_once_each_gets_its_own(project: Project) -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(create_letter(project, NEW, AMINA))) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(set(made)) == 6
    assert set(made) <= set(letter_catalogue.list_letters(project))


def test_who_made_it_is_on_the_record_and_its_text_is_theirs(project: Project) -> None:
    name = create_letter(project, NEW, AMINA)
    with project.ledger.reading() as conn:
        entry = audit.list_recent(conn)[0].entry
    assert (entry.by, entry.action, entry.subject, entry.detail) == ("amina", "make-letter", name, {"language": "en"})
    here = saving.current_version(project, name, "en")
    assert here.last is not None
    assert here.last.by == "amina"
    saving.save_letter(project, (name, "en"), "mine", here.digest, AMINA)
    assert [one.by for one in saving.list_revisions(project, name, "en")] == ["amina", "amina"]


def test_what_fails_on_the_way_leaves_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(path.name for path in project.templates.iterdir())
    left = project.templates / ".new-abc"  # as of a process that was killed
    left.mkdir()
    (left / "en.md").write_text("hal", "utf-8")
    assert letter_catalogue.list_letters(project) == [LETTER]

    write = letter_files.replace_file

    def full(path: Path, text: str) -> None:
        write(path, text)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(letter_files, "replace_file", full)
        with pytest.raises(LetterImpossibleError, match="No space left"):
            create_letter(project, NEW, AMINA)
    assert sorted(path.name for path in project.templates.iterdir()) == before
    with project.ledger.reading() as conn:
        assert audit.list_recent(conn) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "x" * 101},
        {"title": "a\x00b"},
        {"title": "a\u202eb"},
        {"kind": "spam"},
        {"signatory": "nobody"},
        {"helplines": ("report", "other")},
        {"language": "fr"},
        {"language": "../en"},
    ],
)
def test_what_cannot_be_is_refused(project: Project, wrong: dict[str, Any]) -> None:
    with pytest.raises(LetterImpossibleError):
        create_letter(project, replace(NEW, **wrong), AMINA)
    assert letter_catalogue.list_letters(project) == [LETTER]


def test_a_copy_has_the_words_of_all_languages_under_a_title_of_its_own(project: Project) -> None:
    source = project.templates / LETTER
    (source / "ar.md").write_text(stage.ARABIC, "utf-8")
    (source / "map.png").write_bytes(b"\x89PNG")
    (source / "end.en.md").write_text("Come.\n", "utf-8")
    english = source / "en.md"
    own = f"{{% include '{LETTER}/end.en.md' %}}\n{{% endblock %}}\n"
    english.write_text(english.read_text("utf-8").replace("{% endblock %}\n", own), "utf-8")
    declared = (source / "letter.yaml").read_text("utf-8")
    name = copy_letter(project, LETTER, 'Second “round”: "news"', AMINA)
    made = project.templates / name
    assert name == "second-round-news"
    assert get_title(project, name) == 'Second “round”: "news"'
    for file in ("end.en.md", "ar.md", "map.png"):
        assert (made / file).read_bytes() == (source / file).read_bytes()
    assert (made / "en.md").read_text("utf-8") == english.read_text("utf-8").replace(f"'{LETTER}/", f"'{name}/")
    assert [one.code for one in letter_catalogue.check_letter(project, name).problems if one.level == "error"] == []
    assert (source / "letter.yaml").read_text("utf-8") == declared
    assert copy_letter(project, LETTER, "Second round news", AMINA) == "second-round-news-2"
    with project.ledger.reading() as conn:
        kept = letter_revisions.latest_of_file(conn, name, "ar.md")
        entry = audit.latest_entry(conn, name, "make-letter")
    assert kept is not None
    assert kept.content == stage.ARABIC
    assert entry is not None
    assert entry.entry.detail == {"copy_of": LETTER}


@pytest.mark.parametrize(("source", "title"), [("none-such", "News"), (LETTER, " "), (LETTER, "x" * 101)])
def test_no_copy_is_made_of_nothing_or_without_a_title(project: Project, source: str, title: str) -> None:
    before = sorted(project.templates.rglob("*"))
    with pytest.raises(LetterImpossibleError):
        copy_letter(project, source, title, AMINA)
    assert sorted(project.templates.rglob("*")) == before
