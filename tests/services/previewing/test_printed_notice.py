"""A notice holds nothing of one person, and is a PDF."""

from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.letters.model.errors import NoticeImpossibleError
from broadcaster.services.previewing import preview as previews
from broadcaster.services.previewing import printed_notice
from broadcaster.services.previewing.preview import LanguageMissingError
from tests.letters.printing.test_notice_pdf import needs_pango
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.services.stage import EN, write_for_everybody


def test_a_letter_that_speaks_to_one_person_is_no_notice(folder: Path) -> None:
    with open_project(folder) as project:
        messages = previews.letter_for_audience(project, LETTER, AUDIENCE, CAMPAIGN)
        with pytest.raises(NoticeImpossibleError) as caught:
            printed_notice.notice_html(messages, "en")
        with pytest.raises(LanguageMissingError):
            printed_notice.notice_html(messages, "so")
    assert [(one.code, one.file, one.line) for one in caught.value.problems] == [
        ("notice-personal", EN, 3),
        ("notice-personal", EN, 5),
    ]


@needs_pango
def test_the_notice_is_a_pdf(folder: Path) -> None:
    write_for_everybody(folder)
    with open_project(folder) as project:
        messages = previews.letter_for_audience(project, LETTER, AUDIENCE, CAMPAIGN)
        assert printed_notice.printing_obstacle() is None
        page = printed_notice.notice_html(messages, "en")
        data = printed_notice.render_notice(messages, "en")
    assert data.startswith(b"%PDF-")
    assert "Dear neighbours," in page
    assert "Ada Quill" not in page
    assert "/c/" not in page
