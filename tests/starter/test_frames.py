"""The frames: they compile in every language, with and without what is optional, and fetch nothing from elsewhere."""

import re
from typing import Any

import mjml
import pytest
from markupsafe import Markup

from .conftest import LANGUAGES, RIGHT_TO_LEFT, TEMPLATES, environment, read_yaml, surroundings

FRAMES = TEMPLATES / "_frames"
WORDS = read_yaml(FRAMES / "words.yaml")
CONTENT = Markup("<h2>One &amp; two</h2>\n<p>Gapx7Q<br />and more</p>\n<ul><li>three</li></ul>")
NO_LINKS = {"web": "", "check": "", "unsubscribe": ""}

every_language = pytest.mark.parametrize("language", LANGUAGES)


def framed(frame: str, language: str, **other: Any) -> str:
    scope = surroundings()
    values = {
        "content": "Gapx7Q" if frame.endswith(".txt") else CONTENT,
        "language": language,
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "title": "A <title>",
        "words": WORDS[language],
        "logo": "",
        **{name: scope[name] for name in ("organisation", "signatory", "links")},
    }
    template = environment(autoescape=not frame.endswith(".txt")).get_template(f"_frames/{frame}")
    return str(template.render(values | other))


def test_the_words_are_complete_in_all_languages() -> None:
    assert set(WORDS) == set(LANGUAGES)
    for language in LANGUAGES:
        assert set(WORDS[language]) == set(WORDS["en"])
        assert all(isinstance(text, str) and text.strip() for text in WORDS[language].values())
        assert language == "en" or not set(WORDS[language].values()) & set(WORDS["en"].values())


def test_every_word_is_used_and_every_word_that_is_used_is_there() -> None:
    used = {
        word
        for frame in ("email.mjml", "email.txt", "notice.html")
        for word in re.findall(r"words\.(\w+)", (FRAMES / frame).read_text(encoding="utf-8"))
    }
    assert used == set(WORDS["en"])


@every_language
@pytest.mark.parametrize("logo", ["", "cid:logo"])
def test_the_email_compiles_and_keeps_language_direction_and_links(language: str, logo: str) -> None:
    html = mjml.mjml2html(framed("email.mjml", language, logo=logo))
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    assert re.search(rf'<html lang="{language}" dir="{direction}"', html)
    assert f'<div lang="{language}" dir="{direction}"><h2>One &amp; two</h2>' in html
    assert html.count("Gapx7Q") == 1
    assert ("cid:logo" in html) == bool(logo)
    for link in surroundings()["links"].values():
        assert f'href="{link}"' in html
    assert "prefers-color-scheme: dark" in html
    assert "mj-" not in re.sub(r"mj-(column|full|outlook)", "", html), "an MJML tag was not understood"


@every_language
def test_nothing_in_an_email_is_fetched_from_elsewhere(language: str) -> None:
    html = mjml.mjml2html(framed("email.mjml", language, logo="cid:logo"))
    assert re.findall(r'src="(?!cid:)[^"]*"|url\(|@import|<link|<script', html) == []


@every_language
def test_an_email_without_pages_to_link_to(language: str) -> None:
    html = mjml.mjml2html(framed("email.mjml", language, links=NO_LINKS))
    assert 'href=""' not in html and WORDS[language]["unsubscribe"] not in html
    assert "https:" not in framed("email.txt", language, links=NO_LINKS)


@every_language
def test_the_plain_text_has_the_same_links_and_words(language: str) -> None:
    text = framed("email.txt", language)
    assert text.startswith("Gapx7Q\n")
    assert "\n\n\n" not in text
    for link in surroundings()["links"].values():
        assert f"\n{link}\n" in text
    for word in ("check_genuine", "read_on_web", "unsubscribe", "why", "questions"):
        assert WORDS[language][word] in text


GAVE = {"en": "gave", "ar": "أعطيتمونا", "ur": "دیا تھا", "bn": "দিয়েছিলেন", "so": "siisay"}
"""That somebody gave us their address themselves, in the words of each language."""


@every_language
def test_the_footer_claims_of_an_address_only_what_holds_for_every_roster(language: str) -> None:
    assert GAVE[language] not in WORDS[language]["why"]


@every_language
def test_the_notice(language: str) -> None:
    html = framed("notice.html", language)
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in html
    assert "<title>A &lt;title&gt;</title>" in html and html.count("Gapx7Q") == 1
    assert "/c/" in html and "/w/" not in html and "/u/" not in html, "paper goes to everybody: no page of one person"


def test_the_logo_is_a_small_png() -> None:
    png = (FRAMES / "logo.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and len(png) < 10_000
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (400, 120)
