"""Letters that someone else wrote: none of them takes long, fills the memory, or reaches what is not its own."""

import resource
import time
from pathlib import Path

import pytest

from broadcaster.domain.channels import Channel
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

WILD = {
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
        assert error.file and error.line
        return error.code
    return ""


@pytest.mark.parametrize("body", WILD.values(), ids=list(WILD))
def test_a_letter_that_runs_wild_is_stopped(tmp_path: Path, body: str) -> None:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # What else the machine does only ever adds to the time, so the quickest of a few says what the letter costs.
    assert any(_seconds_to_stop(tmp_path / str(again), body) < 1 for again in range(4))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 100_000  # kilobytes


def _seconds_to_stop(root: Path, body: str) -> float:
    """CPU of this thread alone: a test before may have left others at work."""
    start = time.thread_time()
    assert run(root, body)
    return time.thread_time() - start


@pytest.mark.parametrize("body", REACHING.values(), ids=list(REACHING))
def test_a_letter_reaches_only_what_is_its_own(tmp_path: Path, body: str) -> None:
    assert run(tmp_path, body)


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
    monkeypatch.setattr("broadcaster.letters.load.problems_in", lambda *_: [])
    monkeypatch.setattr("broadcaster.letters.load.unknown_names", lambda *_: [])
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
