"""The first language's text beside a translation: what is still to be done is marked, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.access.permissions import Actor
from broadcaster.services.previewing.draft_preview import preview_draft
from broadcaster.services.project.project import Project
from broadcaster.services.writing import saving
from broadcaster.services.writing.fields.chips import Chip, ChipVocabulary
from broadcaster.services.writing.source_beside import SourceBeside, read_source_beside
from tests.projects import LETTER, make_project

AMINA = Actor("amina", "author", "", "desk")
CHIPS = ChipVocabulary([Chip("name", "{{ recipient.name }}"), Chip("web page", "{{ links.web }}")])

ENGLISH = """\
{% block subject %}Tea in the library{% endblock %}

{% block body %}
Dear {{ recipient.name }},

Come to tea in the library on Friday.

- bring a cup of your own
- Tell MAMA: 0800 456 1226
{% endblock %}

{% block sms %}Tea on Friday {{ links.web }}{% endblock %}
"""

ARABIC = """\
{% block subject %}شاي في المكتبة{% endblock %}

{% block body %}
إلى {{ recipient.name }}،

تعالوا لشرب الشاي في المكتبة يوم الجمعة.

- أحضروا كوباً
- Tell MAMA: 0800 456 1226
{% endblock %}

{% block sms %}شاي يوم الجمعة {{ links.web }}{% endblock %}
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(make_project(tmp_path / "project", letter={"en": ENGLISH, "ar": ARABIC})) as project:
        yield project


def beside(project: Project, draft: str, chips: ChipVocabulary | None = CHIPS) -> SourceBeside:
    repeated = preview_draft(project, LETTER, "ar", draft).repeated
    found = read_source_beside(project, (LETTER, "ar"), repeated, chips)
    assert found is not None
    return found


def marked(found: SourceBeside) -> list[str]:
    return [one.text for paragraphs in found.fields.values() for one in paragraphs if one.repeated]


@pytest.mark.parametrize("chips", [CHIPS, None], ids=["fields", "source"])
def test_only_what_is_still_in_the_first_language_is_marked(project: Project, chips: ChipVocabulary | None) -> None:
    """A helpline's name and number are meant to be the same."""
    assert marked(beside(project, ARABIC, chips)) == []
    left = ARABIC.replace("تعالوا لشرب الشاي في المكتبة يوم الجمعة.", "Come to tea in the library on Friday.")
    found = beside(project, left, chips)
    assert (marked(found), found.repeated) == (["Come to tea in the library on Friday."], 1)
    assert (found.language, found.direction) == ("en", "ltr")


def test_a_letter_that_nobody_has_begun_to_translate_is_marked_whole(project: Project) -> None:
    assert marked(beside(project, ENGLISH)) == [
        "Tea in the library",
        "Dear ((name)),",
        "Come to tea in the library on Friday.",
        "- bring a cup of your own",
        "Tea on Friday ((web page))",
    ]


def test_a_name_alone_is_no_work_for_a_translator_and_marks_no_other_paragraph(project: Project) -> None:
    alone = ENGLISH.replace("Dear {{ recipient.name }},", "{{ recipient.name }}\n\n0800 456 1226")
    path = project.templates / LETTER / "en.md"
    path.write_text(alone)
    assert not {"((name))", "0800 456 1226"} & set(marked(beside(project, alone)))


def test_what_is_beside_stands_in_fields_with_chips(project: Project) -> None:
    found = beside(project, ARABIC)
    assert set(found.fields) == {"subject", "body", "sms"}
    assert found.fields["body"][0].text == "Dear ((name)),"


def test_what_the_first_language_says_anew_is_marked(project: Project) -> None:
    """Of a translation that was written before, and for as long as it is not saved anew."""
    for language, text in (("en", ENGLISH), ("ar", ARABIC + "\n"), ("en", ENGLISH.replace("Friday.", "Saturday."))):
        here = saving.current_version(project, LETTER, language)
        edited = text.replace("شاي في", "الشاي في") if language == "ar" else text
        saving.save_letter(project, (LETTER, language), edited, here.digest, AMINA)
    changed = [one.text for one in beside(project, ARABIC).fields["body"] if one.changed]
    assert changed == ["Come to tea in the library on Saturday."]


def test_beside_the_first_language_stands_nothing(project: Project) -> None:
    assert read_source_beside(project, (LETTER, "en"), (), CHIPS) is None
