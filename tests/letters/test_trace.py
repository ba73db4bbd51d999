"""Tracing: what becomes a gap, what is fixed, which recipients share a skeleton, and what is wrong with whom."""

import contextlib
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.letters.compiling.compiler import MOST_KEPT_SOURCES, Compiler
from broadcaster.letters.model.errors import PartMissingError, SkeletonUnknownError, TraceError
from broadcaster.letters.model.letter import Letter, TemplateContext
from broadcaster.letters.reading.loader import load_letter
from tests.letters.writing import LINKS, SENDER, STARTER, SURROUNDINGS, blocks, compiler, load


def ready(root: Path, body: str, **parts: str) -> Compiler:
    return compiler(
        load(root, {"letter/en.md": blocks(body, **parts), "_shared/m.md": "{% macro b(x) %}{{ x }}{% endmacro %}"})
    )


def problems(
    made: Compiler, fields: dict[str, str], channel: Channel = Channel.EMAIL
) -> list[tuple[str, int | None, str]]:
    with pytest.raises(TraceError) as caught:
        made.trace("en", fields, channel)
    return [(problem.code, problem.line, problem.message) for problem in caught.value.problems]


def test_only_the_recipients_own_values_are_kept(tmp_path: Path) -> None:
    made = ready(
        tmp_path,
        "{% set steps = ['one', 'two'] %}{{ recipient.a }} {{ organisation.name }} {{ helplines['care'].number }}"
        "{% for step in steps %}{{ step }} {{ loop.index }}{% endfor %} {{ campaign.date }} "
        "{{ links.web }} {{ 'const' }}",
    )
    assert made.trace("en", {"a": "Ann"}, Channel.EMAIL).values == ("Ann",)


def test_a_value_printed_twice_is_kept_once(tmp_path: Path) -> None:
    made = ready(
        tmp_path,
        "{{ recipient.a }} {{ recipient['a'] }} {{ recipient.a }} {{ recipient.b }}",
        subject="{{ recipient.a }}",
    )
    assert made.trace("en", {"a": "Ann", "b": "Bob"}, Channel.EMAIL).values == ("Ann", "Ann", "Bob")


def test_what_a_macro_is_given_from_the_recipient_is_the_recipients(tmp_path: Path) -> None:
    made = ready(
        tmp_path,
        "{% from '_shared/m.md' import b %}{% macro c(p, y) %}{{ p }}{{ y }}{% endmacro %}"
        "{{ b(recipient.a) }} {{ c('fixed', y=recipient.b) }} {% set s = recipient.a %}{{ s }}",
    )
    trace = made.trace("en", {"a": "Ann", "b": "Bob"}, Channel.EMAIL)
    other = made.trace("en", {"a": "Zoe", "b": "Yan"}, Channel.EMAIL)
    assert trace.skeleton == other.skeleton
    assert "Ann" in trace.values and "Bob" in trace.values and "fixed" not in trace.values


def test_people_who_take_the_same_branches_share_a_skeleton(tmp_path: Path) -> None:
    made = ready(tmp_path, "{% if recipient.c %}in {{ recipient.c }}{% else %}{{ recipient.a }}{% endif %}")
    keys = [made.trace("en", {"a": "Ann", "c": place}, Channel.EMAIL).skeleton for place in ("X", "Y", "", "Z", "")]
    assert keys[0] == keys[1] == keys[3] != keys[2] == keys[4]


def test_four_thousand_boroughs_give_three_skeletons() -> None:
    made = Compiler(load_letter(STARTER, "update-letter"), lambda _: starter())
    people = [{"name": f"N{at}", "borough": f"Borough {at}"} for at in range(500)] + [{"name": "A", "borough": ""}]
    people += [{"name": "A", "borough": "Ashmere"}]
    assert len({made.trace("en", person, Channel.EMAIL).skeleton for person in people}) == 3


def starter() -> TemplateContext:
    line = {"name": "n", "number": "101", "says": "s"}
    names = ("police-emergency", "police-non-emergency", "tell-mama")
    return replace(SURROUNDINGS, helplines=dict.fromkeys(names, line))


def test_the_key_follows_from_everything_that_decides_what_is_sent(tmp_path: Path) -> None:
    letter = load(tmp_path, {"letter/en.md": blocks("{{ recipient.a }}"), "letter/ar.md": blocks("{{ recipient.a }}")})
    later = replace(SURROUNDINGS, campaign={"name": "x", "date": "2 December 2026"})
    fields = {"a": "Ann"}
    keys = {
        compiler(letter).trace("en", fields, Channel.EMAIL).skeleton,
        compiler(letter).trace("en", fields, Channel.SMS).skeleton,
        compiler(letter).trace("ar", fields, Channel.EMAIL).skeleton,
        compiler(letter, later).trace("en", fields, Channel.EMAIL).skeleton,
    }
    assert len(keys) == 4
    assert compiler(Letter.thaw(letter.freeze())).trace("en", {"a": "Zed"}, Channel.EMAIL).skeleton in keys


def test_one_run_serves_all_parts_and_top_level_names(tmp_path: Path) -> None:
    made = ready(
        tmp_path,
        "{{ m.b(greeting) }}",
        subject="{{ greeting }}",
        sms="{{ m.b(recipient.a) }}",
        top="{% import '_shared/m.md' as m %}{% set greeting = 'Dear ' ~ recipient.a %}",
    )
    assert made.trace("en", {"a": "Ann"}, Channel.EMAIL).values == ("Dear Ann", "Dear Ann")
    assert made.trace("en", {"a": "Ann"}, Channel.SMS).values == ("Ann",)


def test_a_column_comes_before_an_attribute(tmp_path: Path) -> None:
    made = ready(tmp_path, "{{ recipient.items }} {{ recipient.keys }} {{ recipient.get }}")
    assert made.trace("en", {"items": "i", "keys": "k", "get": "g"}, Channel.EMAIL).values == ("i", "k", "g")


def test_all_problems_are_told_together_with_their_places(tmp_path: Path) -> None:
    made = ready(
        tmp_path,
        "{{ recipient.a }}\n{{ recipient.b }}\n{{ recipient.c }}",
        subject="{{ recipient.b }}",
        sms="{{ recipient.d }}",
    )
    found = problems(made, {"a": "Ann", "b": ""})
    assert found == [
        ("empty-value", 1, "recipient.b is empty"),
        ("empty-value", 4, "recipient.b is empty"),
        ("undefined-value", 5, "the recipient has no column c"),
    ]
    assert [line for _, line, _ in problems(made, {"a": "Ann", "b": "x", "c": "x"}, Channel.SMS)] == [7]
    assert made.trace("en", {"a": "Ann", "b": "Bob", "c": "C"}, Channel.EMAIL).values == ("Bob", "Ann", "C")


def test_a_part_that_breaks_does_not_hide_the_others(tmp_path: Path) -> None:
    made = ready(
        tmp_path, "{{ recipient.a }}{% if recipient.none %}{% endif %}", subject="{{ 1 / 0 }}{{ recipient.b }}"
    )
    found = problems(made, {"a": ""})
    assert [code for code, _, _ in found] == ["letter-broken", "empty-value", "undefined-value"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{{ recipient.a == 'x' }}", "not-text"),
        ("{{ [1] }}", "not-text"),
        ("{{ recipient }}", "not-text"),
        ("{{ none }}", "empty-value"),
        ("{{ 'a\\nb' }}", "hidden-character"),
        ("{{ recipient.a.b }}", "not-allowed"),
        ("{{ recipient.a[99] }}", "undefined-value"),
        ("{{ recipient.a if false }}", "undefined-value"),
        ("{{ helplines['nobody'].number }}", "undefined-value"),
        ("{{ recipient.a + 1 }}", "not-allowed"),
        ("{% macro m() %}x{% endmacro %}{% if m() %}{% endif %}", "not-allowed"),
        ("{% macro m() %}x{% endmacro %}{% set y = m() %}{{ y|upper }}", "not-allowed"),
        ("{% macro m() %}x{% endmacro %}{% set y = m() %}{{ y[0] }}", "not-allowed"),
        ("{% macro m() %}x{% endmacro %}{{ m() ~ 'y' }}", "not-allowed"),
        ("{% macro m() %}x{% endmacro %}{{ m() == 'x' }}", "not-allowed"),
        ("{% macro m() %}x{% endmacro %}{% for c in m() %}{% endfor %}", "not-allowed"),
        ("{% macro m() %}x{% endmacro %}{{ [m()]|join }}", "not-allowed"),
        ("{% macro m() %}x{% endmacro %}{{ m()|default('z') }}", "not-allowed"),
    ],
)
def test_what_cannot_be_printed(tmp_path: Path, body: str, code: str) -> None:
    try:
        found = problems(ready(tmp_path, body), {"a": "Ann"})
    except Exception as error:  # what is known without running it is told by loading
        found = [(problem.code, problem.line, problem.message) for problem in getattr(error, "problems", ())]
    assert [each for each, _, _ in found] == [code]
    assert "Ann" not in str(found)


def test_what_a_macro_returns_can_be_passed_on_and_printed(tmp_path: Path) -> None:
    made = ready(
        tmp_path, "{% from '_shared/m.md' import b %}{% set inner = b(recipient.a) %}{{ b(inner) }} {{ inner }}"
    )
    trace = made.trace("en", {"a": "<Ann>"}, Channel.EMAIL)
    filled = made.email(trace.skeleton, SENDER).html(trace.values, LINKS)
    assert '&lt;Ann&gt;</span> <span dir="auto">&lt;Ann&gt;' in filled


@pytest.mark.parametrize("body", ["{{ recipient.a }}", "{{ recipient.a ~ 'x' }}", "{{ recipient.a|upper }}"])
def test_a_value_that_is_too_long_is_one_persons_problem(tmp_path: Path, body: str) -> None:
    made = ready(tmp_path, body)
    made.trace("en", {"a": "x"}, Channel.EMAIL)
    ((code, line, _),) = problems(made, {"a": "x" * 20_001})
    assert (code, line) == ("letter-too-large", 3)


def test_what_is_wrong_with_a_macros_arguments_is_told(tmp_path: Path) -> None:
    made = ready(tmp_path, "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}")
    assert problems(made, {}) == [("letter-broken", 3, "macro 'm' takes not more than 1 argument(s)")]


def test_fields_may_be_any_mapping(tmp_path: Path) -> None:
    made = ready(tmp_path, "{{ recipient.a }}{% if recipient.b %}{% endif %}")
    assert made.trace("en", MappingProxyType({"a": "Ann", "b": ""}), Channel.EMAIL).values == ("Ann",)


def test_a_link_without_pages_is_told_unless_it_is_asked_for(tmp_path: Path) -> None:
    letter = load(
        tmp_path,
        {"letter/en.md": blocks("{{ links.web }}", sms="{% if links.web %}{{ links.web }}{% endif %}hi")},
    )
    made = compiler(letter, replace(SURROUNDINGS, links=False))
    assert [code for code, _, _ in problems(made, {})] == ["link-missing"]
    assert made.sms(made.trace("en", {}, Channel.SMS).skeleton).fill((), LINKS).body == "hi"


def test_a_part_that_the_channel_needs_is_missing(tmp_path: Path) -> None:
    made = compiler(load(tmp_path, {"letter/en.md": blocks(sms=None)}))
    with pytest.raises(PartMissingError):
        made.trace("en", {}, Channel.SMS)
    with pytest.raises(PartMissingError):
        made.trace("fr", {}, Channel.EMAIL)


def test_a_skeleton_that_was_not_traced_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SkeletonUnknownError):
        ready(tmp_path, "x").email(b"0" * 16, SENDER)


def test_a_letter_with_very_many_skeletons_does_not_fill_the_memory(tmp_path: Path) -> None:
    made = ready(tmp_path, "{% for c in recipient.a %}x{% endfor %}")
    first = made.trace("en", {"a": "c"}, Channel.EMAIL).skeleton
    for length in range(2, MOST_KEPT_SOURCES + 5):
        made.trace("en", {"a": "c" * length}, Channel.EMAIL)
    with pytest.raises(SkeletonUnknownError):
        made.email(first, SENDER)
    assert made.trace("en", {"a": "d"}, Channel.EMAIL).skeleton == first
    made.email(first, SENDER)


@pytest.mark.parametrize(
    ("body", "quick"),
    [
        ("{{ recipient.a }} {{ recipient.a|title }} {{ recipient.b or 'x' }}", True),
        ("{{ recipient.a if recipient.b else 'friend' }}", True),
        ("{% for x in [1, 2] %}{{ recipient.a }}{% endfor %}", True),
        ("{% if organisation.name %}{{ recipient.a }}{% endif %}", True),
        ("{% if recipient.b %}x{% endif %}", False),
        ("{% for c in recipient.a %}x{% endfor %}", False),
        ("{% set own = recipient.a %}{{ own }}", False),
        ("{% macro m(x) %}{{ x }}{% endmacro %}{{ m(recipient.a) }}", False),
        ("{% set x = recipient.a|int / 0 %}", False),
    ],
)
def test_a_letter_that_does_not_branch_is_run_once(tmp_path: Path, body: str, quick: bool) -> None:
    made = ready(tmp_path, body)
    for fields in ({"a": "Ann", "b": "Bob"}, {"a": "zoë", "b": ""}, {"a": "محمد", "b": "x"}):
        with contextlib.suppress(TraceError):
            assert made.trace("en", fields, Channel.EMAIL) == made.full_trace("en", fields, Channel.EMAIL)
    assert made.is_fast_traced("en", Channel.EMAIL) is quick


@pytest.mark.parametrize("fields", [{}, {"a": ""}, {"a": " "}, {"a": "x\ny"}, {"a": "\u202ex"}])
def test_the_quick_way_misses_no_problem(tmp_path: Path, fields: dict[str, str]) -> None:
    made = ready(tmp_path, "{{ recipient.a }} {{ recipient.a|upper }}")
    made.trace("en", {"a": "Ann"}, Channel.EMAIL)
    assert made.is_fast_traced("en", Channel.EMAIL)
    assert len(problems(made, fields)) == 1 or len(problems(made, fields)) == 2
