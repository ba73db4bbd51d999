"""A letter's file as fields and back: nothing of it is ever changed by being shown."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from broadcaster.services.writing.fields.chips import Chip, ChipVocabulary, ChipWords
from broadcaster.services.writing.fields.letter_fields import (
    JoinedLetter,
    LetterFields,
    OnlySource,
    join_letter,
    locate_line,
    split_letter,
)

TEMPLATES = Path(__file__).parents[4] / "templates"
COLUMNS = ("name", "greeting", "borough", "date_of_visit")
LINES = {"tell-mama": "Tell MAMA", "police-emergency": "Police", "police-non-emergency": "Police"}


def _chips() -> Iterator[Chip]:
    yield from (Chip(name.replace("_", " "), f"{{{{ recipient.{name} }}}}") for name in COLUMNS)
    yield from (Chip(f"link: {name}", f"{{{{ links.{name} }}}}") for name in ("web", "check", "unsubscribe"))
    for value in ("organisation.name", "signatory.name", "campaign.date"):
        yield Chip(value.replace(".", ": "), f"{{{{ {value} }}}}")
    yield from (Chip(f"{name}: number", f"{{{{ helplines['{key}'].number }}}}") for key, name in LINES.items())
    for path in sorted((TEMPLATES / "_shared").glob("*.md")):
        yield Chip(f"passage: {path.stem}", f"{{% include '_shared/{path.name}' %}}")


CHIPS = ChipVocabulary(_chips())
ARABIC = ChipVocabulary(
    [Chip("الاسم", "{{ recipient.name }}")],
    ChipWords("إذا {0}", "إذا كان {0} هو {1}", "إذا كان لشخص", "وإلا", "نهاية"),
    also=CHIPS,
)
LETTER = """\
{# Read by a native speaker. #}
{% block subject %}News of {{ recipient.borough }}{% endblock %}

{% block body %}
{% if recipient %}Dear {{ recipient.name }}{% else %}Dear neighbours{% endif %},

Ring **{{ helplines['tell-mama'].number }}**.{% if recipient.borough == 'Ashmere' %} We are near.{% endif %}

{% include '_shared/signature.md' %}
{% endblock %}

{% block sms %}All is well.{% if links.web %} {{ links.web }}{% endif %}{% endblock %}
"""


def shown(source: str, chips: ChipVocabulary = CHIPS) -> LetterFields:
    found = split_letter(source, chips)
    assert isinstance(found, LetterFields), found
    return found


def joined(source: str, written: LetterFields, chips: ChipVocabulary = CHIPS) -> str:
    made = join_letter(source, written, chips)
    assert not made.problems, made.problems
    return made.source


def told(made: JoinedLetter) -> list[tuple[str, str, str, int | None]]:
    return [(one.field, one.problem.code, one.problem.level.value, one.line) for one in made.problems]


def test_a_letter_is_read_without_code() -> None:
    fields = shown(LETTER)
    assert fields.subject == "News of ((borough))"
    assert fields.body.startswith(
        "((if written to a person))Dear ((name))((otherwise))Dear neighbours((end)),\n\n"
        "Ring **((Tell MAMA: number))**.((if borough is Ashmere)) We are near.((end))"
    )
    assert fields.sms == "All is well.((if link: web)) ((link: web))((end))"
    assert not any(re.search(r"[{}]", text) for _, text in fields.items())


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("[!_]*/*.md")), ids=lambda path: "/".join(path.parts[-2:]))
def test_the_starter_letters_are_the_same_file_again(path: Path) -> None:
    source = path.read_text("utf-8")
    fields = split_letter(source, CHIPS)
    if path.parent.name == "update-letter":
        assert isinstance(fields, OnlySource)  # it has a loop, and `elif`
        return
    assert isinstance(fields, LetterFields)
    assert joined(source, fields) == source
    anew = joined(source, replace(fields, body=f"{fields.body}\n\nOne more ((name))."))
    assert anew.replace("\n\nOne more {{ recipient.name }}.", "") == source
    assert shown(joined("", fields)) == fields


_PIECES = (
    *(
        "((name))",
        "\\((name))",
        "\\",
        "(",
        ")",
        "((",
        "))",
        "a word",
        "\n\n",
        "**bold**",
        "[a](https://a.example)",
        "}",
    ),
    *("{{ recipient.name }}", "{{ recipient.borough }}", "{{ recipient.nobody_has_it }}", "{{ links.web }}", "}}"),
    *("{% if recipient %}", "{% if recipient.borough %}", "{% if links.web %}", "{% else %}", "{% endif %}", "%}"),
    *("{{ helplines['tell-mama'].number }}", "{% include '_shared/signature.md' %}", "مرحبا", "\u2067", "if borough"),
    *("{% if recipient.borough == 'East Brackwell' %}", "{% if recipient.date_of_visit %}", "  ", "{", "is", "#"),
)
_CODE = (
    *("{{recipient.name}}", "{{ recipient.name|upper }}", "{# a note #}", "{% set a = 1 %}", "{% for a in [1] %}"),
    *("{% elif recipient.name %}", "{%- endif %}", "{{ '((name))' }}", "{% raw %}{{ x }}{% endraw %}", "{{", "{%"),
)


def _generated(seed: int) -> str:
    chance = random.Random(seed)
    pieces = (*_PIECES, *_CODE) if seed % 4 == 0 else _PIECES

    def text() -> str:
        return "".join(chance.choice(pieces) for _ in range(chance.randrange(12)))

    parts = chance.sample(("subject", "preheader", "body", "sms"), chance.randrange(1, 5))
    blank = ("", "\n", "\n\n", " \n")
    blocks = (
        f"{{% block {name} %}}{chance.choice(blank)}{text()}{chance.choice(blank)}{{% endblock %}}" for name in parts
    )
    return chance.choice(("", "{# a comment #}\n")) + chance.choice(blank).join(blocks) + chance.choice(blank)


def test_a_thousand_generated_letters_are_the_same_again() -> None:
    sizes = []
    for seed in range(1700):
        source = _generated(seed)
        fields = split_letter(source, CHIPS)
        if isinstance(fields, OnlySource):
            continue
        sizes.append(len(source))
        assert join_letter(source, fields, CHIPS).source == source
        anew = join_letter("", fields, CHIPS)
        if any(text for _, text in fields.items()) and "code-in-field" not in {code for _, code, *_ in told(anew)}:
            assert split_letter(anew.source, CHIPS) == fields
    assert len(sizes) >= 1000


@pytest.mark.parametrize("code", _CODE)
@pytest.mark.parametrize("place", ["inside", "outside"])
def test_what_no_chip_can_show_opens_as_source(code: str, place: str) -> None:
    if (code, place) == ("{# a note #}", "outside"):
        return
    inside = LETTER.replace("Ring", f"Ring {code}", 1)
    source = inside if place == "inside" else LETTER.replace("\n\n{% block sms", f"\n{code}\n\n{{% block sms", 1)
    assert isinstance(split_letter(source, CHIPS), OnlySource)


def test_the_line_that_fields_cannot_show_is_told() -> None:
    assert split_letter(LETTER.replace("Ring", "{% set a = 1 %}Ring"), CHIPS) == OnlySource(7)
    assert split_letter("Words without any block", CHIPS) == OnlySource(1)
    assert split_letter(LETTER + "Words behind the blocks", CHIPS) == OnlySource(13)


@given(st.lists(st.one_of(st.sampled_from((*_PIECES, *_CODE)), st.text(max_size=8))).map("".join))
def test_what_is_typed_never_becomes_code(typed: str) -> None:
    """Whatever comes out as code is a chip's; the rest is words, or refused."""
    made = join_letter(LETTER, replace(shown(LETTER), body=typed, sms=typed, subject=typed), CHIPS)
    if any(one.problem.code != "unknown-chip" for one in made.problems):
        return
    for _, kind, value in Environment(autoescape=True).lex(made.source):
        if kind == "name":
            assert value in _OUR_NAMES or value in ("block", "subject", "body", "sms", "endblock"), typed
    assert "{#" not in made.source.replace("{# Read by a native speaker. #}", "")


_OUR_NAMES = {
    *("recipient", "links", "helplines", "number", "include", "if", "else", "endif", "web", "nobody_has_it"),
    *COLUMNS,
}


@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=8))).map("".join))
def test_what_is_typed_is_shown_again_as_it_was(typed: str) -> None:
    made = join_letter(LETTER, replace(shown(LETTER), body=typed), CHIPS)
    if not made.problems:
        again = shown(made.source)
        assert join_letter("", again, CHIPS).source == join_letter("", shown(joined(made.source, again)), CHIPS).source
        plain = typed.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
        assert again.body.casefold().split() == plain.casefold().split()


@pytest.mark.parametrize("typed", ["Dear {{ name }}", "{% if x %}", "{# hidden #}", "\\(({{x}}))", "{((name))}", "a {"])
def test_code_that_is_typed_is_refused(typed: str) -> None:
    made = join_letter(LETTER, replace(shown(LETTER), sms=f"One\n{typed}"), CHIPS)
    assert ("sms", "code-in-field", "error", 2) in told(made)


def test_code_of_another_program_is_answered_with_the_chip() -> None:
    made = join_letter(LETTER, replace(shown(LETTER), body="Dear {{ first_name }},"), CHIPS)
    assert made.problems[0].problem.message.startswith("'{{ first_name }}'")
    assert made.problems[0].problem.remedy.startswith("Write ((name)) in its place")


def test_a_chip_that_names_nothing_is_answered_with_the_nearest() -> None:
    made = join_letter(LETTER, replace(shown(LETTER), body="Dear ((nme)),\n((if borugh))x((end))"), CHIPS)
    assert told(made) == [("body", "unknown-chip", "error", 1), ("body", "unknown-chip", "error", 2)]
    assert [one.problem.remedy.partition(".")[0] for one in made.problems] == [
        "Write ((name)) if that is meant",
        "Write ((if borough)) if that is meant",
    ]


def test_a_column_that_stood_there_before_is_only_warned_of() -> None:
    """A roster that cannot be read must keep nobody from writing."""
    source = LETTER.replace("Ring", "{{ recipient.ward }} {% if recipient.ward %}x{% endif %} Ring")
    fields = shown(source)
    assert "((ward)) ((if ward))x((end)) Ring" in fields.body
    made = join_letter(source, replace(fields, subject="Changed ((word))"), CHIPS)
    assert ("body", "unknown-chip", "warning", 3) in told(made)
    assert ("subject", "unknown-chip", "error", 1) in told(made)


@pytest.mark.parametrize(
    ("typed", "code", "line"),
    [
        ("a\n((if borough))b", "chip-without-end", 2),
        ("a ((end))", "chip-without-condition", 1),
        ("((if borough))a((otherwise))b((otherwise))c((end))", "chip-without-condition", 1),
    ],
)
def test_conditions_begin_and_end(typed: str, code: str, line: int) -> None:
    assert told(join_letter(LETTER, replace(shown(LETTER), body=typed), CHIPS)) == [("body", code, "error", line)]


def test_a_chip_is_read_in_any_case_and_with_any_blanks() -> None:
    source = joined(
        LETTER, replace(shown(LETTER), sms="(( Name )) ((Tell  mama: NUMBER)) ((If Borough is East  End))((END))")
    )
    assert (
        "{{ recipient.name }} {{ helplines['tell-mama'].number }} {% if recipient.borough == 'East  End' %}" in source
    )


def test_chips_of_the_same_words_are_told_apart() -> None:
    codes = [f"{{{{ helplines['police-{which}'].number }}}}" for which in ("emergency", "non-emergency")]
    assert [CHIPS.label_of(code) for code in codes] == ["Police: number", "Police: number 2"]
    assert [CHIPS.find(label).code for label in ("Police: number", "Police: number 2")] == codes


def test_chips_are_in_the_reader_s_language_and_others_are_understood() -> None:
    source = (
        "{% block subject %}{{ recipient.name }}{% endblock %}"
        "{% block body %}{% if recipient.name %}a{% endif %}{% endblock %}"
    )
    fields = shown(source, ARABIC)
    assert (fields.subject, fields.body) == ("((الاسم))", "((إذا الاسم))a((نهاية))")
    assert joined(source, fields, ARABIC) == source
    assert joined(source, replace(fields, subject="((Name))", body="((if name))a((end))"), ARABIC) == source


def test_fields_that_a_file_lacks_are_added_and_emptied_ones_taken_out() -> None:
    fields = shown(LETTER)
    more = joined(LETTER, replace(fields, preheader="In short"))
    assert "{% block preheader %}In short{% endblock %}" in more
    assert shown(more) == replace(fields, preheader="In short")
    less = joined(more, replace(fields, sms="", preheader=""))
    assert shown(less) == replace(fields, sms="")
    assert "block sms" not in less
    assert "block preheader" not in less
    assert less.startswith("{# Read by a native speaker. #}")


def test_a_letter_needs_its_subject_and_its_words() -> None:
    assert told(join_letter(LETTER, LetterFields(sms="Only a text"), CHIPS)) == []
    assert told(join_letter(LETTER, LetterFields(), CHIPS)) == [("body", "field-empty", "error", None)]
    assert told(join_letter(LETTER, LetterFields(subject="s"), CHIPS)) == [("body", "field-empty", "error", None)]
    assert told(join_letter(LETTER, LetterFields(body="b"), CHIPS)) == [("subject", "field-empty", "error", None)]


def test_a_line_of_the_file_is_found_in_its_field() -> None:
    found = {line: locate_line(LETTER, line) for line in range(1, 14)}
    assert found[2] == ("subject", 1)
    assert [found[line] for line in (4, 5, 7, 9, 10)] == [("body", line) for line in (1, 1, 3, 5, 5)]
    assert found[12] == ("sms", 1)
    assert (found[1], found[3], found[13]) == (None, None, None)
    assert locate_line("no blocks", 1) is None
