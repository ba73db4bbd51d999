"""The starter letters as printed notices: for everybody, with telephone numbers that can be rung."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.letters.printing.notice_pdf import GlyphsMissingError
from broadcaster.services.previewing import printed_notice
from broadcaster.services.previewing.preview import letter_for_audience
from broadcaster.services.project.project import Project
from broadcaster.services.setup.new_project import make_project
from tests.letters.glyphs import lines
from tests.letters.printing.test_notice_pdf import needs_pango

from .conftest import LANGUAGES, LETTERS, ROSTERS, read_roster, read_yaml

NOT_SECRET = ("language", "channel", "timezone")
NUMBERS = ("999", "101", "08004561226")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("starter") / "project"
    make_project(folder, datetime.now(UTC).date())
    with open_project(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def values() -> set[str]:
    """Everything that stands in a cell of a roster and tells of somebody."""
    rows = [row for roster in ROSTERS for row in read_roster(roster)]
    return {value for row in rows for column, value in row.items() if value and column not in NOT_SECRET}


def notice(project: Project, letter: str, language: str) -> str:
    return printed_notice.notice_html(letter_for_audience(project, letter, ROSTERS[0], None), language)


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_a_roster_and_no_made_up_link(
    letter: str, language: str, project: Project, values: set[str]
) -> None:
    page = notice(project, letter, language)
    assert len(values) > 100
    assert [value for value in values if value in page] == []
    assert "sample0000" not in page
    assert "/c/" not in page


@needs_pango
@pytest.mark.parametrize("language", LANGUAGES)
def test_digits_stand_in_their_order_on_the_page(language: str, project: Project, values: set[str]) -> None:
    messages = letter_for_audience(project, "we-stand-together", ROSTERS[0], None)
    try:
        found = lines(printed_notice.render_notice(messages, language))
    except GlyphsMissingError as error:
        pytest.skip(error.message)
    digits = [line.digits for line in found]
    known = read_yaml(project.root / "config.yaml")["helplines"]
    assert {"".join(one["number"].split()) for one in known.values()} == set(NUMBERS)
    for number in NUMBERS:
        assert sum(number in each for each in digits) == 1, (number, digits)
    pages = max(line.page for line in found)
    assert [line.digits for line in found if "/" in line.text] == [f"{page}{pages}" for page in range(1, pages + 1)]
    printed = "".join(line.text for line in found)
    assert [value for value in values if value.isascii() and value in printed] == []
