"""Tags, directions and names."""

import pytest

from broadcaster.domain.language import language_tags


@pytest.mark.parametrize("tag", ["ar", "ur", "fa", "he", "ps", "sd", "ckb", "yi", "dv", "ug", "AR", "ur-PK", "pa-Arab"])
def test_right_to_left(tag: str) -> None:
    assert language_tags.writing_direction(tag) == "rtl"


@pytest.mark.parametrize("tag", ["en", "bn", "so", "pa", "ku", "tr", "ur-Latn", "en-GB", "az-Latn", "", "arabic"])
def test_left_to_right(tag: str) -> None:
    assert language_tags.writing_direction(tag) == "ltr"


@pytest.mark.parametrize(
    "tag", ["en", "ckb", "en-GB", "zh-Hant", "zh-Hant-TW", "es-419", "sl-rozaj", "de-1996", "EN-gb"]
)
def test_well_formed(tag: str) -> None:
    assert language_tags.is_language_tag(tag)


@pytest.mark.parametrize(
    "tag", ["", "e", "engl", "en_GB", "en-", "-en", "en--GB", "en-GBR", "en GB", "en\n", "../en", "én", "letter", "_x"]
)
def test_not_well_formed(tag: str) -> None:
    assert not language_tags.is_language_tag(tag)


def test_names() -> None:
    assert [language_tags.language_name(tag) for tag in ("en", "ar", "ur", "bn", "so")] == [
        "English",
        "Arabic",
        "Urdu",
        "Bengali",
        "Somali",
    ]
    assert language_tags.language_name("en-GB") == "English"
    assert language_tags.language_name("pl") == "Polish"
    assert language_tags.language_name("tlh") == "tlh"
