"""Texts by language in config.yaml: one schema for four things, and each mistake told at its line."""

from pathlib import Path

import pytest

from broadcaster.config import Settings, load_settings
from broadcaster.config.partial_settings import load_partial_settings
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.domain.language.multilingual_text import MultilingualText

PLACES = ("organisation", "role", "names", "name", "says", "title")


def config(**texts: str) -> str:
    """config.yaml with these texts, as YAML, in their places; the last line of each block is the text."""
    said = dict.fromkeys(("organisation", "role", "says", "title"), "Plain") | texts
    called = "name" if "name" in said or "names" not in said else "names"
    return f"""\
organisation:
  timezone: Europe/London
  region: GB
  language: en
  name: {said["organisation"]}
signatories:
  officer:
    name: Robin Hartwell
    email: officer@ashmere.example
    role: {said["role"]}
helplines:
  report:
    number: "101"
    says: {said["says"]}
    {called}: {said.get(called, "Plain")}
campaigns:
  hello:
    letter: greeting
    audience: neighbours
    when: 2026-12-01 09:00
    title: {said["title"]}
"""


LINES = {"organisation": 5, "role": 10, "says": 14, "name": 15, "names": 15, "title": 21}


def load(folder: Path, text: str) -> Settings:
    (folder / "config.yaml").write_text(text, "utf-8")
    return load_settings(folder, {})


def of(settings: Settings, place: str) -> MultilingualText | None:
    line = settings.helplines["report"]
    return {
        "organisation": settings.organisation.name,
        "role": settings.signatories["officer"].role,
        "name": line.name,
        "names": line.name,
        "says": line.says,
        "title": settings.campaigns["hello"].title,
    }[place]


@pytest.mark.parametrize("place", PLACES)
def test_each_is_one_text_or_one_for_each_language(tmp_path: Path, place: str) -> None:
    assert of(load(tmp_path, config(**{place: "999"})), place) == MultilingualText.of("999")
    said = of(load(tmp_path, config(**{place: "{en: A#1, ar: ب, pa-Arab: no}"})), place)
    assert said == MultilingualText.of({"en": "A#1", "ar": "ب", "pa-Arab": "no"})


def test_a_title_is_not_needed(tmp_path: Path) -> None:
    text = config()
    assert load(tmp_path, text[: text.rindex("    title")]).campaigns["hello"].title is None


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("{en: A, english: B}", "'english' is not a language tag"),
        ("{en: A, ar_EG: B}", "'ar_EG' is not a language tag"),
        ("{}", "there is no text in any language here"),
        ("[A, B]", "a text is needed here, not a list"),
        ("{en: A, EN: B}", "a language stands here twice"),
        ("{en: [A]}", "one value is needed here"),
        ("{en: {ar: A}}", "one value is needed here"),
        ("{en: A, ar: ''}", "nothing between the quotes"),
        ("''", "nothing between the quotes"),
        ('{en: A, ar: "B\\nC"}', "one line"),
    ],
)
def test_what_is_wrong_is_told_once_at_its_line(tmp_path: Path, place: str, said: str, words: str) -> None:
    with pytest.raises(ProblemsFoundError) as told:
        load(tmp_path, config(**{place: said}))
    (problem,) = told.value.problems
    assert (problem.code, problem.line) == ("wrong-value", LINES[place])
    assert words in problem.message
    assert problem.remedy


def test_each_language_is_told_of_at_its_own_line(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFoundError) as told:
        load(tmp_path, config(title="\n      en: Plain\n      arabic: X\n      ur: ''"))
    assert [problem.line for problem in told.value.problems] == [23, 24]
    assert "campaigns.hello.title.arabic" in told.value.problems[0].message


def test_a_name_and_names_are_one_thing(tmp_path: Path) -> None:
    text = config(name="A").replace("    name: A\n", "    name: A\n    names: {en: B}\n")
    with pytest.raises(ProblemsFoundError) as told:
        load(tmp_path, text)
    (problem,) = told.value.problems
    assert (problem.code, problem.line) == ("wrong-value", 12)
    assert "`name` and `names` are one key" in problem.message


@pytest.mark.parametrize(
    ("place", "extra", "code"),
    [
        ("organisation", "", "not-in-language"),
        ("names", "    for: [doubt]\n", "not-in-language"),
        ("name", "    for: doubt\n", "not-in-language"),
        ("says", "    for: doubt\n", ""),
        ("names", "", ""),
        ("role", "", ""),
        ("title", "", ""),
    ],
)
def test_what_our_own_pages_say_must_be_there_in_our_language(
    tmp_path: Path, place: str, extra: str, code: str
) -> None:
    text = config(**{place: "{ar: ب}"}).replace('    number: "101"\n', f'{extra}    number: "101"\n')
    text += "public_url: https://letters.example.org\n"
    if not code:
        load(tmp_path, text)
        return
    with pytest.raises(ProblemsFoundError) as told:
        load(tmp_path, text)
    (problem,) = told.value.problems
    assert (problem.code, problem.line) == (code, LINES[place] + bool(extra))
    assert "en" in problem.remedy
    load(tmp_path, text.replace("language: en", "language: ar-EG"))


def test_what_can_be_read_is_looked_through_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(config(names="{en: A, english: B}"), "utf-8")
    found = load_partial_settings(tmp_path, {})
    assert found.settings is not None
    assert found.is_lost("helplines", "report")
    assert found.settings.organisation.own_name == "Plain"
