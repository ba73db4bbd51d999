"""Whatever stands in a letter, what comes of it is a letter or problems, each with a code and a place."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from broadcaster.domain.problems import Problem
from broadcaster.letters.model.letter import Letter
from broadcaster.letters.reading import loader
from tests.letters.writing import LINKS, SENDER, blocks, compiler
from tests.letters.writing import load as loaded

EXAMPLES = 3_000 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 60

LONG = "9" * 5_000
"""More digits than Python makes a number of."""

VALUES = (
    *(
        "1",
        LONG,
        f"0x{'f' * 5_000}",
        "1e999",
        "9_9",
        "1.5",
        "-1",
        "'a'",
        r"'\x'",
        r"'\ud800'",
        r"'\N{DASH}'",
        "'%s'",
        "''",
    ),
    *(
        "recipient",
        "recipient.a",
        "recipient['a']",
        "recipient[1]",
        "recipient[recipient.a]",
        "x",
        "loop.index",
        "none",
    ),
    *("true", "[1, 2]", "(1,)", "[]", "{'a': 1}", "{1: 2}", "range(3)", "links.web", "organisation", "helplines", "m"),
    *("namespace(a=1)", "'abc'[::0]", "'abc'[1:9:2]", "'abc'[:x]", "[1][9]", "ﬁ", "µ"),
)
SIGNS = (
    *(" + ", " - ", " / ", " // ", " * ", " ** ", " % ", " ~ ", " and ", " or ", " in ", " not in ", " == ", " < "),
    *(" is ", " if ", " else ", ", ", "|", ".", "(", ")", "[", "]", "{", "}", ":"),
)
BEHIND = (
    *("|abs", "|capitalize", "|count", "|default('a')", "|d", "|first", "|float", "|int", "|int(0, 2)", "|int(0, 99)"),
    *("|join", "|join(1)", "|last", "|length", "|list", "|lower", "|replace('', 'b')", "|replace", "|round(99)"),
    *("|round(1, 'ceil')", "|sort", "|sort(1, 2, 3)", "|sort(attribute='x')", "|title", "|trim(1)", "|truncate(-5)"),
    *("|truncate(10**99)", "|unique", "|upper", "|safe", "|nope", " is divisibleby 0", " is in [1]", " is nope"),
)
WORDS = (
    *("hello ", "*a*", "[a](", "**", "`", "\n\n", "- a\n", "# ", "> ", "|a|b|\n|-|-|\n", "<b>", "&#0;", "&#xD800;"),
    *(
        "\u2028",
        "\ufffe",
        "🇬🇧",
        "مرحبا ",
        "[a]: b\n",
        "![a](b)",
        "<https://[>",
        "[a](https://[x)",
        "[a](tel:)",
        "<a@b>",
    ),
    *("[a](https://letters.example.org:99999999/)", "99999999999. a\n", "\\", "{", "}", "{#", "{%", "%}", "{{", "}}"),
    *("{% raw %}", "{% endraw %}", "{%- ", "[a](https://xn--a.example/)", "[{{ recipient.a }}]({{ links.web }})", LONG),
)
NAMES = ("x", "y", "m", "loop", "recipient", "self", "caller", "_x", "ﬁ", "varargs", "true", "class", "None", "body")

values = st.recursive(
    st.sampled_from(VALUES),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(SIGNS), inner).map("".join),
        st.tuples(inner, st.sampled_from(BEHIND)).map("".join),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} if {three[1]} else {three[2]})"),
        st.tuples(inner, inner, inner).map(lambda three: f"{three[0]}[{three[1]}:{three[2]}]"),
    ),
    max_leaves=4,
)
names = st.sampled_from(NAMES)
SHAPES = (
    "{{{{ {value} }}}}",
    "{{% if {value} %}}{inner}{{% else %}}{inner}{{% endif %}}",
    "{{% for {name} in {value} %}}{inner}{{% endfor %}}",
    "{{% for {name}, y in {value} if {value} %}}{inner}{{% endfor %}}",
    "{{% set {name} = {value} %}}",
    "{{% set {name}.a = {value} %}}",
    "{{% macro {name}(a, b={value}) %}}{inner}{{% endmacro %}}",
    "{{{{ {name}({value}, class={value}) }}}}",
    "{{% call {name}({value}) %}}{inner}{{% endcall %}}",
    "{{% block {name} %}}{inner}{{% endblock %}}",
    "{{% with {name} = {value} %}}{inner}{{% endwith %}}",
    "{{% include 'letter/x.en.md' %}}{{% import 'letter/x.en.md' as {name} %}}",
    "{{% extends 'letter/x.en.md' %}}",
    "{{{{ super() }}}}{inner}",
)
pieces = st.recursive(
    st.sampled_from(WORDS),
    lambda inner: st.builds(
        lambda shape, name, value, within: shape.format(name=name, value=value, inner=within),
        st.sampled_from(SHAPES),
        names,
        values,
        inner,
    ),
    max_leaves=4,
)
bodies = st.lists(pieces, min_size=1, max_size=4).map("".join)


def problems(text: str) -> tuple[Problem, ...]:
    """What is wrong with a letter whose one language says this, wherever it shows."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            letter = loaded(
                Path(folder), {"letter/en.md": text, "letter/x.en.md": "{% macro y(a) %}{{ a }}{% endmacro %}"}
            )
            made(letter)
        except ProblemsFoundError as error:
            return error.problems
        except BroadcasterError as error:
            return (error.as_problem(),)
    return ()


def made(letter: Letter) -> None:
    ready = compiler(letter)
    for channel in Channel:
        trace = ready.trace("en", {"a": "Ann", "name": "Ann"}, channel)
        if channel is Channel.EMAIL:
            ready.email(trace.skeleton, SENDER).text(trace.values, LINKS)
        else:
            ready.sms(trace.skeleton).fill(trace.values, LINKS)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(bodies, st.booleans())
def test_nothing_but_problems_comes_of_a_letter(body: str, whole: bool) -> None:
    for problem in problems(body if whole else blocks(body)):
        assert problem.code
        assert problem.remedy


@pytest.mark.parametrize("value", [LONG, f"1{'_1' * 5_000}", f"x[{LONG}]", f"'a' ~ {LONG}", f"[1, {LONG}]|length"])
def test_a_number_that_python_does_not_read_is_a_problem_with_its_line(value: str) -> None:
    (problem,) = problems(blocks("one\n{% set x = 'a' %}\n{{ " + value + " }}"))
    assert (problem.code, problem.file, problem.line) == ("letter-too-large", "templates/letter/en.md", 5)


@pytest.mark.parametrize("raised", [ValueError, KeyError, RecursionError, OverflowError, MemoryError, AssertionError])
@pytest.mark.parametrize(
    "where", ["syntax_problems", "inheritance_chain", "unknown_names", "read_declaration", "read_frame_texts"]
)
def test_whatever_reading_raises_is_a_problem_of_its_file(
    monkeypatch: pytest.MonkeyPatch, where: str, raised: type[Exception]
) -> None:
    def fails(*_: object) -> object:
        raise raised("person1@example.org")

    monkeypatch.setattr(loader, where, fails)
    found = problems(blocks("Hello."))
    assert found
    for problem in found:
        assert problem.file and problem.file.startswith("templates/")
        assert "person1" not in problem.message
    code = "letter-too-large" if raised in (RecursionError, MemoryError) else "letter-broken"
    assert code in {problem.code for problem in found}


@pytest.mark.parametrize("where", ["slots_and_values", "compile_email", "compile_sms", "LetterProgram", "EmailFrames"])
def test_whatever_making_raises_is_a_problem_of_the_letter(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def fails(*_: object, **__: object) -> object:
        raise ValueError("person1@example.org")

    monkeypatch.setattr(f"broadcaster.letters.compiling.compiler.{where}", fails)
    (problem,) = problems(blocks("Hello."))
    assert (problem.code, problem.file) == ("letter-broken", "templates/letter/en.md")
    assert "person1" not in problem.message
