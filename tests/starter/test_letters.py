"""The starter letters: complete in five languages, nothing said that must not be said, texts that people can afford."""

import re
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from .conftest import (
    LANGUAGES,
    LETTERS,
    RIGHT_TO_LEFT,
    ROOT,
    ROSTERS,
    TEMPLATES,
    Render,
    environment,
    read_roster,
    read_yaml,
)

PERSON = {"name": "Amina Yusuf", "borough": "Ashmere"}
BOROUGHS = ("Ashmere", "Colverton", "Dunmarsh", "Fennimoor", "Brackwell", "")
SAMPLE = "{# Sample translation: to be checked by a native speaker before use. #}"
SOURCES = sorted([*TEMPLATES.glob("*/*.md")])

every_letter = pytest.mark.parametrize("letter", LETTERS)
every_language = pytest.mark.parametrize("language", LANGUAGES)
every_source = pytest.mark.parametrize("source", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")


def bare(source: str) -> str:
    """The words of a source alone: no comments, no tags, no printed values."""
    return re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)


@every_letter
def test_a_letter_has_its_five_languages_and_no_stray_file(letter: str) -> None:
    assert {path.name for path in (TEMPLATES / letter).iterdir()} == {
        "letter.yaml", *(f"{language}.md" for language in LANGUAGES)
    }  # fmt: skip


@every_letter
@every_language
def test_each_part_is_written_once_and_says_something(letter: str, language: str, render: Render) -> None:
    source = (TEMPLATES / letter / f"{language}.md").read_text(encoding="utf-8")
    tree = environment().parse(source)
    written = sorted(block.name for block in tree.find_all(nodes.Block))
    assert written in (["body", "sms", "subject"], ["body", "preheader", "sms", "subject"])
    assert all(text.strip() for text in render(letter, language, PERSON).values())


@every_letter
def test_letter_yaml_has_the_known_keys_and_names_what_config_has(letter: str) -> None:
    described, config = read_yaml(TEMPLATES / letter / "letter.yaml"), read_yaml(ROOT / "config.yaml")
    assert set(described) == {
        "title", "kind", "signatory", "helplines", "never_say", "must_say", "fallback"
    }  # fmt: skip
    assert described["kind"] in ("public-task", "campaign")
    assert described["signatory"] in config["signatories"]
    assert set(described["helplines"]) <= set(config["helplines"])
    assert described["fallback"] in LANGUAGES
    assert set(described["must_say"]) == set(LANGUAGES)


@every_letter
@every_language
@pytest.mark.parametrize("borough", BOROUGHS)
def test_a_body_greets_signs_and_tells_whom_to_ring(letter: str, language: str, borough: str, render: Render) -> None:
    config = read_yaml(ROOT / "config.yaml")
    signatory = config["signatories"]["community-engagement"]
    body = render(letter, language, {**PERSON, "borough": borough})["body"]
    assert PERSON["name"] in body.strip().splitlines()[0]
    for said in (signatory["name"], signatory["role"], config["organisation"]["name"], "/c/", "#WeStandTogether"):
        assert said in body
    for helpline in read_yaml(TEMPLATES / letter / "letter.yaml")["helplines"]:
        assert config["helplines"][helpline]["number"] in body
    assert [line.strip() for line in body.strip().splitlines()][-1] == config["organisation"]["name"]


@every_language
def test_each_borough_has_its_own_paragraph(language: str, render: Render) -> None:
    bodies = {render("update-letter", language, {**PERSON, "borough": borough})["body"] for borough in BOROUGHS}
    assert len(bodies) == len(BOROUGHS)
    places = {"Ashmere": "Lantern Street Library", "Colverton": "Market Hall", "Dunmarsh": "Community Kitchen"}
    for borough in BOROUGHS:
        body = render("update-letter", language, {**PERSON, "borough": borough})["body"]
        assert [place for place in places.values() if place in body] == [
            place for name, place in places.items() if name == borough
        ]


@every_letter
@every_language
def test_it_says_what_it_must_and_not_what_it_must_not(letter: str, language: str, render: Render) -> None:
    described = read_yaml(TEMPLATES / letter / "letter.yaml")
    parts = render(letter, language, PERSON)
    for phrase in described["must_say"][language]:
        assert phrase in parts["body"] and phrase in parts["sms"]
    for phrase in described["never_say"]:
        assert phrase.casefold() not in " ".join(parts.values()).casefold()


@every_source
def test_no_number_of_a_helpline_stands_in_a_letter(source: Path) -> None:
    words = bare(source.read_text(encoding="utf-8"))
    assert re.findall(r"\d{3,}", words) == []


@every_source
def test_a_calm_voice(source: Path) -> None:
    assert not re.search("[!\uff01\u00a1]", bare(source.read_text(encoding="utf-8")))


@every_source
def test_translations_are_marked_as_samples(source: Path) -> None:
    language = source.name.removesuffix(".md").rpartition(".")[2]
    translated = language in LANGUAGES and language != "en"
    assert source.read_text(encoding="utf-8").startswith(SAMPLE) == translated


@every_source
def test_only_what_the_letters_room_allows(source: Path) -> None:
    tree = environment().parse(source.read_text(encoding="utf-8"))
    refused = (nodes.FilterBlock, nodes.AssignBlock, nodes.ScopedEvalContextModifier, nodes.Mul, nodes.Pow, nodes.Mod)
    assert not list(tree.find_all(refused))
    assert {found.name for found in tree.find_all(nodes.Filter)} <= {"upper", "title", "default"}
    # What is called is a macro by its plain name, never a method of a value.
    assert all(isinstance(call.node, nodes.Name) for call in tree.find_all(nodes.Call))
    assert all(isinstance(include.template, nodes.Const) for include in tree.find_all(nodes.Include))


@every_source
def test_one_opinion_on_html(source: Path) -> None:
    assert not re.search(r"<[a-zA-Z/!]", bare(source.read_text(encoding="utf-8"))), "raw HTML is off in letters"


@every_letter
@every_language
def test_subjects_fit_and_name_no_faith(letter: str, language: str, render: Render) -> None:
    subject = render(letter, language, {**PERSON, "borough": "Fennimoor"})["subject"].strip()
    assert 10 <= len(subject) <= 90 and "\n" not in subject
    # A subject shows on a locked screen: it must not tell what its reader believes.
    assert not re.search("muslim|islam|mosque|faith|مسلم|إسلام|اسلام|مسجد|মুসলিম|মসজিদ|ইসলাম|masaajid", subject, re.I)


# Text messages -------------------------------------------------------------------------------------------------

GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


def segments(text: str, language: str) -> int:
    """3GPP TS 23.038 and 23.040, with two units more for each left-to-right run that right-to-left text isolates."""
    if set(text) <= GSM:
        return 1 if len(text) <= 160 else -(-len(text) // 153)
    units = len(text.encode("utf-16-be")) // 2
    if language in RIGHT_TO_LEFT:
        units += 2 * len(re.findall(r"[#A-Za-z0-9][!-~]*(?: [!-~]+)*", text))
    return 1 if units <= 70 else -(-units // 67)


@pytest.mark.parametrize(
    ("text", "cost"), [("a" * 160, 1), ("a" * 161, 2), ("ا" * 70, 1), ("ا" * 71, 2), ("😀" * 36, 2)]
)
def test_counting_segments(text: str, cost: int) -> None:
    assert segments(text, "en") == cost


@every_letter
def test_english_texts_are_plain_and_at_most_two_segments(letter: str, render: Render) -> None:
    text = render(letter, "en", {**PERSON, "borough": "Fennimoor"})["sms"].strip()
    assert set(text) <= GSM
    assert segments(text, "en") <= 2


@every_letter
@every_language
def test_nobody_on_the_rosters_gets_more_than_three_segments(letter: str, language: str, render: Render) -> None:
    for roster in ROSTERS:
        for row in read_roster(roster):
            text = render(letter, language, row)["sms"].strip()
            assert segments(text, language) <= 3, (roster, len(text), text)


@every_letter
@every_language
def test_a_text_says_who_writes_and_carries_one_link(letter: str, language: str, render: Render) -> None:
    text = render(letter, language, PERSON)["sms"]
    assert read_yaml(ROOT / "config.yaml")["organisation"]["name"] in text
    campaign = read_yaml(TEMPLATES / letter / "letter.yaml")["kind"] == "campaign"
    # A campaign's sender cannot be replied to, so its one link is the way out; a reassurance's is the whole letter.
    assert re.findall(r"/(\w)/x{30}(?!\S)", text) == (["u"] if campaign else ["w"])


@every_letter
@every_language
def test_a_letter_works_where_no_pages_are_reachable(letter: str, language: str, render: Render) -> None:
    parts = render(letter, language, PERSON, links={"web": "", "check": "", "unsubscribe": ""})
    assert "https:" not in "".join(parts.values()) and "]()" not in parts["body"]


@every_letter
@every_language
def test_a_recipient_without_a_name_is_noticed(letter: str, language: str, render: Render) -> None:
    with pytest.raises(jinja2.UndefinedError):
        render(letter, language, {"borough": "Ashmere"})
