"""Every word of the desk's pages is translated, with the same gaps in it."""

import re

import pytest
from babel.messages.catalog import Message

from broadcaster.web.desk.rendering.localisation import LANGUAGES, DeskLocale
from tests.web.desk import catalogue

OTHERS = [one for one in LANGUAGES if one != "en"]


def _gaps(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s|<[^>]+>", text))


def _texts(message: Message) -> tuple[list[str], list[str]]:
    def all_of(told: object) -> list[str]:
        return [str(one) for one in told] if isinstance(told, tuple | list) else [str(told or "")]

    return all_of(message.id), all_of(message.string)


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_translated_with_its_gaps(language: str) -> None:
    known, wanted = catalogue.known(language), catalogue.words()
    missing, wrong, seen = [], [], 0
    for message in wanted:
        if not message.id:
            continue
        found = known.get(message.id)
        if found is None or found.fuzzy or not all(_texts(found)[1]):
            missing.append(message.id)
            continue
        seen += 1
        said, translated = _texts(found)
        gaps = _gaps(said[-1])
        wrong += [
            message.id for text in translated if not _gaps(text) <= gaps or (len(said) == 1 and _gaps(text) != gaps)
        ]
    assert not missing, f"python -m tests.web.desk.catalogue, then translate: {missing}"
    assert not wrong
    assert seen > 300


def test_arabic_speaks_arabic_and_runs_from_the_right() -> None:
    speech = DeskLocale("ar", "Europe/London")
    assert speech.direction == "rtl"
    assert speech.say("Home") == "الرئيسية"
    assert DeskLocale("en", "Europe/London").say("Home") == "Home"


def test_languages_are_called_as_one_calls_them() -> None:
    assert [DeskLocale(one, "UTC").language_name("ar") for one in ("en", "ar")] == ["Arabic", "العربية"]
    assert DeskLocale("en", "UTC").language_name("xx") == "xx"
