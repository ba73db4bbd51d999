"""The mutants that `scripts/mutants` makes: one for each kind of change, and none of what decides nothing."""

import ast
from pathlib import Path

import pytest

from tests.mutants.changes import mutants
from tests.mutants.selection import TESTS

ROOT = Path(__file__).parents[2]


def within(body: str) -> set[str]:
    """The changed text of each mutant of a function's body."""
    return {mutant.after for mutant in mutants(f"def f(a, b, c):\n    {body}\n")}


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("return a < b", {"(a <= b)", "(a >= b)", "return None"}),
        ("return a is None", {"(a is not None)", "return None"}),
        ("return a in ('x', 'y')", {"(a not in ('x', 'y'))", "(a in ('y',))", "(a in ('x',))", "('')", "return None"}),
        ("x = a and b and c", {"(a or b or c)", "(b and c)", "(a and c)", "(a and b)"}),
        ("x = not a", {"(a)"}),
        ("x = a + b", {"(a - b)"}),
        ("x = True", {"(False)"}),
        ("x = 5", {"(6)", "(4)"}),
        ("x = 'text'", {"('')"}),
        ("x = {a, b}", {"({b})", "({a})"}),
        ("x = {a: b, b: c}", {"({b: c})", "({a: b})"}),
        ("x = a(b, c)", {"(a(b))"}),
        ("x = a(b, key=c)", {"(a(key=c))", "(a(b))"}),
        ("x = a.where(b, c)", {"(a.where(c))", "(a.where(b))"}),
        ("a()", {"pass"}),
        ("raise a('wording')", {"pass"}),
        ("a.b = c", {"pass"}),
        ("a += b", {"pass"}),
        ("if a: b = c", {"(not (a))"}),
        ("x = [y for y in a if b]", {"True", "(not (b))"}),
        ("for x in a: y = b", {"continue; y = b", "y = b; break"}),
        ("while a: break", {"(not (a))", "continue"}),
    ],
)
def test_each_kind_of_change(body: str, after: set[str]) -> None:
    assert within(body) == after


@pytest.mark.parametrize("body", ["'''Docstring.'''", "x: 'int' = a", "x = f'{a + 1}'", "import a", "x = a", "x = ''"])
def test_what_decides_nothing_is_left_alone(body: str) -> None:
    assert within(body) == set()


def test_only_the_changed_text_differs() -> None:
    source = "# ö before\ndef f(a):\n    if a > 1:  # a comment\n        return 'ä'\n    return a\n"
    mutant = next(mutant for mutant in mutants(source) if mutant.after == "(a >= 1)")
    assert (mutant.line, mutant.before) == (3, "(a > 1)")
    assert mutant.source == source.replace("a > 1", "(a >= 1)")


def test_what_is_replaced_keeps_its_place_among_operators() -> None:
    (mutant,) = (mutant for mutant in mutants("x = a and not (b or c)\n") if mutant.before.startswith("(not"))
    assert ast.unparse(ast.parse(mutant.source)) == "x = a and (b or c)"


@pytest.mark.parametrize("module", TESTS)
def test_every_module_of_the_table_has_mutants_and_tests(module: str) -> None:
    assert next(mutants((ROOT / module).read_text("utf-8")))
    assert [path for path in TESTS[module] if not (ROOT / path).exists()] == []


def test_mutants_of_a_whole_module_differ_in_what_they_mean() -> None:
    source = (ROOT / "broadcaster/domain/local_time/quiet_hours.py").read_text("utf-8")
    made = [ast.dump(ast.parse(text)) for text in (source, *(mutant.source for mutant in mutants(source)))]
    assert len(made) > 50
    assert len(set(made)) == len(made)
