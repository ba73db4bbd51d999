"""Letters that someone else wrote: none of them takes long, fills the memory, or reaches what is not its own."""

import resource
import time
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError, ProblemsFoundError
from tests.letters.writing import SENDER, blocks, compiler, load

DOUBLING = "{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(99) %}"
NESTING = (
    "{% set ns = namespace(x=[1]) %}{% set ms = namespace(x=[1]) %}"
    "{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% set ms.x = [ms.x, ms.x] %}{% endfor %}"
)
TWICE = "{% for i in range(999) %}{% for j in range(999) %}"
MACROS = "{% macro m0() %}aaaaaaaaaaaaaaaa{% endmacro %}" + "".join(
    f"{{% macro m{n}() %}}{{{{ m{n - 1}() }}}}{{{{ m{n - 1}() }}}}{{% endmacro %}}" for n in range(1, 28)
)

LONG = "{% set x = '" + "ab " * 6_000 + "' %}"
ASKED = "'a' in [" + "1 + 1, " * 1_000 + "'b']"

WILD = {
    "titles in loops": LONG + TWICE + "{% set y = x|title %}{% endfor %}{% endfor %}",
    "a long text printed": LONG + TWICE + "{{ x }}{% endfor %}{% endfor %}",
    "much asked of each item": "{% for i in range(999) %}{% for j in range(999) if "
    + ASKED
    + " %}{% endfor %}{% endfor %}",
    "much asked by an elif": TWICE + "{% if 0 %}{% elif " + ASKED + " %}{% endif %}{% endfor %}{% endfor %}",
    "defaults worked out": "{% macro f(x=" + ASKED + ") %}{% endmacro %}" + TWICE + "{{ f() }}{% endfor %}{% endfor %}",
    "includes that know much": "".join(f"{{% set v{n} = 1 %}}" for n in range(1_000))
    + TWICE
    + "{% include '_shared/i.md' %}{% endfor %}{% endfor %}",
    "names that lead far": "".join(f"{{% set n{n} = n{n - 1} %}}" for n in range(1_700, 0, -1)) + "{{ n1700 }}",
    "a long number": "{{ " + "9" * 5_000 + " }}",
    "many words not known": "".join(f"{{{{ n{n} }}}}" for n in range(2_000)),
    "blocks that stand twice": "{% block b %}{% endblock %}" * 2_000,
    "loops in loops": TWICE + "{% for k in range(999) %}x{% endfor %}{% endfor %}{% endfor %}",
    "a text doubled": DOUBLING + "{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
    "a text added to itself": DOUBLING + "{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
    "a list doubled": "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "lists in lists, compared": NESTING + "{{ 'a' if ns.x == ms.x else 'b' }}",
    "lists in lists, looked for": NESTING + "{{ 'a' if ns.x in ms.x else 'b' }}",
    "lists in lists, printed": NESTING + "{{ ns.x }}",
    "lists in lists, joined": NESTING + "{{ ns.x|join(',') }}",
    "lists in lists, unique": NESTING + "{{ ns.x|unique|list|length }}",
    "a number doubled": "{% set ns = namespace(x=1) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "center": "{{ 'a'|center(10**9) }}",
    "times": "{{ 'a' * 1000000000 }}",
    "format": "{{ '%999999999d'|format(1) }}",
    "percent": "{{ '%999999999d' % 1 }}",
    "an endless macro": "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
    "a branching macro": "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(25) }}",
    "macros that double": MACROS + "{{ m27() }}",
    "replace": DOUBLING + "{% set ns.x = ns.x|replace('a', '" + "a" * 99 + "') %}{% endfor %}{{ ns.x }}",
    "join by a long text": "{{ range(999)|join(recipient.big) }}",
    "joins in loops": TWICE + "{% set x = range(999)|join('aaaaaaaa') %}{% endfor %}{% endfor %}",
    "sorts in loops": TWICE + "{% set x = range(999)|sort %}{% endfor %}{% endfor %}",
    "searches in loops": TWICE + "{% set x = 'aaaaaaaab' in recipient.big %}{% endfor %}{% endfor %}",
    "long lists in loops": TWICE + "{% set x = [" + "1," * 4000 + "] %}{% endfor %}{% endfor %}",
    "a long text walked": "{% for i in recipient.big if false %}{% endfor %}",
    "includes in loops": TWICE + "{% include '_shared/i.md' %}{% endfor %}{% endfor %}",
    "much text in loops": TWICE + "a" * 10_000 + "{% endfor %}{% endfor %}",
    "much printed": TWICE + "{{ recipient.name }}{% endfor %}{% endfor %}",
    "a huge range": "{% for i in range(1000000000) %}x{% endfor %}",
    "includes itself": "{% include 'letter/en.md' %}",
    "includes itself through another": "{% include '_shared/loop.md' %}",
    "brackets": "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    "filters": "{{ 'a'" + "|upper" * 3000 + " }}",
    "attributes": "{{ recipient" + ".a" * 3000 + " }}",
    "ifs": "{% if 1 %}" * 300 + "{% endif %}" * 300,
    "elifs": "{% if 1 %}" + "{% elif 2 %}" * 3000 + "{% endif %}",
    "loops nested": "{% for i in [1] %}" * 25 + "{% endfor %}" * 25,
    "many nodes": "{{ 'a'" + "~'b'" * 30_000 + " }}",
}

TANGLED = {
    "macros that double by their names": "{% from '_shared/m.md' import m as m %}" * 60 + "{{ m(1) }}",
    "macros that nobody names": "".join(f"{{% macro m{n}(a{n}) %}}{{% endmacro %}}" for n in range(700))
    + "{% set q = m1 %}"
    + "{{ q(1) }}" * 700,
}
"""Letters of which there is much to know without running them."""

FULL = 190_000
MARKED = {
    "words": "word word word of text\n\n",
    "one word": "a",
    "headings": "# a\n",
    "lines": "a\n",
    "rules": "---\n",
    "opened emphasis": "**a",
    "emphasis": "*_",
    "code": "`a",
    "brackets": "[",
    "links": "[a](",
    "tags": "<a",
    "entities": "&#",
    "quotations": "> ",
    "lists": "- ",
    "cells": "|a",
    "blanks": " ",
    "both directions": "ש a ",
    "addresses": "https://letters.example.org ",
    "full stops": "a.",
    "line separators": "\u2028",
}
"""Bodies of one thing only, as long as a file of a letter can be."""

REACHING = {
    "class": "{{ recipient.__class__ }}",
    "class as item": "{{ recipient['__class__'] }}",
    "class put together": "{% set y = '__cla' ~ 'ss__' %}{{ recipient[y] }}",
    "attr": "{{ ''|attr('__class__') }}",
    "init of a global": "{{ namespace.__init__.__globals__ }}",
    "self of a global": "{{ range.__self__ }}",
    "macro's own": "{% macro f() %}{% endmacro %}{{ f.name }}",
    "method": "{{ recipient.name.upper() }}",
    "method of a mapping": "{{ recipient.items() }}",
    "format method": "{{ '{0.__class__}'.format(recipient) }}",
    "loop's own": "{% for i in [1] %}{{ loop._iterable }}{% endfor %}",
    "cycle": "{% for i in [1] %}{{ loop.cycle('a') }}{% endfor %}",
    "namespace's own": "{% set ns = namespace(x=1) %}{{ ns['_Namespace__attrs'] }}",
    "imported file's own": "{% set y = '_body' ~ '_stream' %}{% import '_shared/m.md' as m %}{% if m[y] %}x{% endif %}",
    "caller": "{{ caller }}",
    "self": "{{ self.subject() }}",
    "environment": "{{ environment }}",
    "a filter as value": "{{ recipient.name|map('upper')|list }}",
    "calling a value": "{{ recipient.name() }}",
    "calling a set value": "{% set f = recipient.name %}{{ f() }}",
    "lipsum": "{{ lipsum() }}",
    "dict": "{{ dict(a=1) }}",
    "splat": "{% macro f(a) %}{% endmacro %}{{ f(*[1]) }}",
    "set of a root": "{% set recipient = organisation %}",
    "outside": "{% include '../../../etc/passwd' %}",
    "absolute": "{% include '/etc/passwd' %}",
    "by a value": "{% include recipient.name %}",
    "another letter": "{% include 'other/en.md' %}",
}


def run(root: Path, body: str) -> str:
    """The codes of the problems, or "" if it went through."""
    files = {
        "letter/en.md": blocks(body),
        "_shared/i.md": "hi",
        "_shared/m.md": "{% macro m(a) %}{% endmacro %}",
        "_shared/loop.md": "{% include 'letter/en.md' %}",
        "other/en.md": "x",
    }
    try:
        ready = compiler(load(root, files))
        trace = ready.trace("en", {"name": "Ann", "big": "a" * 20_000}, Channel.EMAIL)
        ready.email(trace.skeleton, SENDER)
    except ProblemsFoundError as error:
        assert all(problem.file and problem.remedy for problem in error.problems)
        return " ".join(problem.code for problem in error.problems)
    except BroadcasterError as error:
        return error.code
    return ""


@pytest.mark.parametrize("body", WILD.values(), ids=list(WILD))
def test_a_letter_that_runs_wild_is_stopped(tmp_path: Path, body: str) -> None:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # What else the machine does only ever adds to the time, so the quickest of a few says what the letter costs.
    assert any(_seconds_to_stop(tmp_path / str(again), body) < 1 for again in range(4))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100_000  # kilobytes


@pytest.mark.parametrize("thing", MARKED.values(), ids=list(MARKED))
@pytest.mark.parametrize(
    "around", [pytest.param("x{}x", id="as text"), pytest.param("```\nx{}x\n```", id="as code", marks=pytest.mark.long)]
)
def test_a_body_of_one_thing_is_refused_or_soon_made(tmp_path: Path, thing: str, around: str) -> None:
    body = around.format(thing * (FULL // len(thing.encode())))
    assert any(_seconds_to_make(tmp_path / str(again), body) < 2 for again in range(4))


@pytest.mark.parametrize("body", TANGLED.values(), ids=list(TANGLED))
def test_a_tangled_letter_is_refused_or_soon_made(tmp_path: Path, body: str) -> None:
    assert any(_seconds_to_make(tmp_path / str(again), body) < 2 for again in range(4))


@pytest.mark.parametrize("row", ["|a|b|\n", "a\n"])
def test_a_table_is_refused_or_soon_made(tmp_path: Path, row: str) -> None:
    wide = "|a" * 1_000 + "|\n" + "|-" * 1_000 + "|\n" + row * 3_000
    assert any(_seconds_to_make(tmp_path / str(again), wide) < 2 for again in range(4))


def _seconds_to_make(root: Path, body: str) -> float:
    start = time.thread_time()
    run(root, body)
    return time.thread_time() - start


def _seconds_to_stop(root: Path, body: str) -> float:
    """CPU of this thread alone: a test before may have left others at work."""
    start = time.thread_time()
    assert run(root, body)
    return time.thread_time() - start


@pytest.mark.parametrize("body", REACHING.values(), ids=list(REACHING))
def test_a_letter_reaches_only_what_is_its_own(tmp_path: Path, body: str) -> None:
    assert run(tmp_path, body)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{% for i in range(1000) %}{% endfor %}", ""),
        ("{% for i in range(1001) %}{% endfor %}", "not-allowed"),
        ("{% for i in range(0, 2002, 2) %}{% endfor %}", "not-allowed"),
        ("{% for i in range(9) %}{% set x = recipient.big[1:] %}{% endfor %}", ""),
        ("{% for i in range(999) %}{% set x = recipient.big[1:] %}{% endfor %}", "letter-too-slow"),
    ],
)
def test_ranges_and_parts_of_texts_are_measured(tmp_path: Path, body: str, code: str) -> None:
    assert run(tmp_path, body) == code


def test_base_templates_in_a_circle_are_refused(tmp_path: Path) -> None:
    files = {
        "letter/en.md": "{% extends '_shared/a.md' %}",
        "_shared/a.md": "{% extends '_shared/b.md' %}",
        "_shared/b.md": "{% extends '_shared/a.md' %}",
    }
    with pytest.raises(ProblemsFoundError) as caught:
        load(tmp_path, files)
    assert "includes-itself" in [problem.code for problem in caught.value.problems]


def test_the_sandbox_holds_without_the_grammar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The allow-list explains; what runs is bounded and closed even where it has a hole."""
    monkeypatch.setattr("broadcaster.letters.reading.loader.syntax_problems", lambda *_: [])
    monkeypatch.setattr("broadcaster.letters.reading.loader.unknown_names", lambda *_: [])
    for number, body in enumerate(
        [
            "{{ recipient.__class__ }}",
            "{{ ''.__class__.__mro__ }}",
            "{{ namespace.__init__.__globals__ }}",
            "{{ range.__self__ }}",
            "{{ recipient.name.upper() }}",
            "{{ 'a' * 1000000000 }}",
            "{{ 'a' ** 1000000000 }}",
            "{{ '%999999999d' % 1 }}",
            "{{ self._TemplateReference__context }}",
            "{{ cycler.__init__ }}",
            "{{ joiner() }}",
        ]
    ):
        assert run(tmp_path / str(number), body), body
