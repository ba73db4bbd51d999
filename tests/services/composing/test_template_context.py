"""The fixed values of a letter: dates as each language writes them, names that config.yaml must have."""

from datetime import date
from pathlib import Path

import pytest

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.local_time import walltime
from broadcaster.letters.reading.loader import load_letter
from broadcaster.services.composing.template_context import (
    check_signatory_and_helplines,
    local_date,
    template_context_by_language,
)
from tests.projects import CAMPAIGN, LETTER, write_yaml
from tests.services.stage import CONFIG, DECLARED, LETTER_YAML, edit

WALL = walltime.parse("2026-12-01T09:00")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "1 December 2026"),
        ("en-GB", "1 December 2026"),
        ("so", "2026"),
        ("ar", "ديسمبر"),
        ("ur", "دسمبر"),
        ("bn", "ডিসেম্বর"),
        ("cy", "1 Rhagfyr 2026"),
        ("xx", "2026-12-01"),
        ("not a tag", "2026-12-01"),
        ("", "2026-12-01"),
    ],
)
def test_a_day_as_people_write_it(language: str, words: str) -> None:
    assert words in local_date(WALL, language, "GB")


def test_a_shared_language_is_written_as_in_the_organisations_region() -> None:
    assert local_date(WALL, "en", "US") == "December 1, 2026"
    assert local_date(WALL, "en-US", "GB") == "December 1, 2026"


@pytest.mark.parametrize("language", ["en", "ar", "ur", "bn", "so", "fa", "ne"])
def test_digits_are_those_of_the_helplines(language: str) -> None:
    digits = [char for char in local_date(WALL, language, "GB") if char.isdigit()]
    assert digits
    assert all(char.isascii() for char in digits)


def test_what_a_letter_sees(folder: Path) -> None:
    settings = load_project_settings(folder)
    seen = template_context_by_language(
        settings, settings.campaigns[CAMPAIGN], load_letter(folder / "templates", LETTER), WALL
    )("ar")
    assert seen.organisation == {"name": "Ashmere Police"}
    assert seen.signatory == {"name": "Robin Hartwell", "role": "Inspector", "email": "officer@ashmere.example"}
    assert seen.campaign["name"] == CAMPAIGN
    assert seen.helplines["report"] == {"name": "Police", "number": "101", "says": "To report something"}
    assert seen.links
    edit(folder, CONFIG, "public_url: https://letters.example.org\n", "")
    settings = load_project_settings(folder)
    letter = load_letter(folder / "templates", LETTER)
    assert not template_context_by_language(settings, settings.campaigns[CAMPAIGN], letter, WALL)("ar").links


def test_names_that_config_lacks_are_told_together(folder: Path) -> None:
    write_yaml(folder / LETTER_YAML, {**DECLARED, "signatory": "nobody", "helplines": ["report", "gone"]})
    with pytest.raises(ProblemsFoundError) as told:
        check_signatory_and_helplines(
            load_project_settings(folder), load_letter(folder / "templates", LETTER), date(2026, 12, 1)
        )
    assert {problem.code for problem in told.value.problems} == {"signatory-unknown", "helpline-missing"}


@pytest.mark.parametrize(("day", "expired"), [(date(2089, 12, 31), False), (date(2090, 1, 1), True)])
def test_a_helpline_must_be_in_date_on_the_day_of_sending(folder: Path, day: date, expired: bool) -> None:
    settings, letter = load_project_settings(folder), load_letter(folder / "templates", LETTER)
    if not expired:
        check_signatory_and_helplines(settings, letter, day)
        return
    with pytest.raises(ProblemsFoundError) as told:
        check_signatory_and_helplines(settings, letter, day)
    assert [problem.code for problem in told.value.problems] == ["helpline-expired"]
