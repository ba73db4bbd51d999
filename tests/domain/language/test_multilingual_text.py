"""Texts by language: each reader's own or none, and never another language's unawares."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from broadcaster.domain.language.multilingual_text import MultilingualText, TextInLanguage

TAGS = some.sampled_from(["en", "ar", "ur", "ur-PK", "pa-Arab", "pa", "EN", "Ur"])
TEXTS = some.dictionaries(TAGS, some.text("abcd", min_size=1, max_size=3), min_size=1).filter(
    lambda said: len({tag.lower() for tag in said}) == len(said)
)


@pytest.mark.parametrize("language", ["en", "ar", "pa-Arab-PK", "", "no tag"])
def test_one_text_is_said_in_every_language(language: str) -> None:
    text = MultilingualText.of("Tell MAMA")
    assert text.text_in(language) == "Tell MAMA"
    assert text.best_for(language) == TextInLanguage("Tell MAMA", "")
    assert text.in_languages(["en", language]) == "Tell MAMA"


def test_a_tag_falls_back_to_its_plain_form_and_to_nothing_else() -> None:
    text = MultilingualText.of({"en": "Police", "ur": "پولیس", "ur-IN": "پولس"})
    assert [text.text_in(tag) for tag in ("ur-PK", "UR-in", "ur", "en-GB")] == ["پولیس", "پولس", "پولیس", "Police"]
    assert text.text_in("ar") is None
    assert MultilingualText.of({"ur-PK": "پولیس"}).text_in("ur") is None


def test_the_best_for_somebody_says_which_language_it_is_in() -> None:
    text = MultilingualText.of({"en": "Police", "ar": "الشرطة"})
    assert text.best_for("so", "ar") == TextInLanguage("الشرطة", "ar")
    assert text.best_for("so", "cy") == TextInLanguage("Police", "en")


def test_no_text_at_all_is_none() -> None:
    with pytest.raises(ValueError, match="no text"):
        MultilingualText.of({})


@given(TEXTS, TAGS)
def test_what_is_said_in_a_language_was_written_for_it(said: dict[str, str], language: str) -> None:
    found = MultilingualText.of(said).text_in(language)
    by_tag = {tag.lower(): text for tag, text in said.items()}
    assert found == by_tag.get(language.lower(), by_tag.get(language.partition("-")[0].lower()))


@given(TEXTS, TEXTS, some.lists(TAGS, unique=True, min_size=1))
def test_two_texts_are_signed_alike_if_every_language_says_the_same(
    one: dict[str, str], other: dict[str, str], languages: list[str]
) -> None:
    first, second = MultilingualText.of(one), MultilingualText.of(other)
    alike = all(first.text_in(tag) == second.text_in(tag) for tag in languages)
    assert (first.in_languages(languages) == second.in_languages(languages)) == alike


@given(TEXTS, some.lists(TAGS, unique=True, min_size=1))
def test_writing_one_text_out_for_each_language_signs_the_same(said: dict[str, str], languages: list[str]) -> None:
    text = next(iter(said.values()))
    written_out = MultilingualText.of(dict.fromkeys({tag.lower() for tag in languages}, text))
    assert written_out.in_languages(languages) == MultilingualText.of(text).in_languages(languages) == text
