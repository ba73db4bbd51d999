"""Generated letters and recipients: what people might write, and what attackers might."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from broadcaster.domain.text.cleaning import clean_text

Draw = Callable[[st.SearchStrategy[str]], str]


@dataclass(frozen=True)
class Written:
    """A generated letter: its language and its files."""

    language: str
    files: Mapping[str, str]


WORDS = {
    "en": [
        "news",
        "we",
        "stand",
        "together",
        "letter",
        "Café",
        "999",
        "50%",
        "#WeStandTogether",
        "مرحبا",
        "a-b",
        "it's",
    ],
    "ar": ["رسالة", "نحن", "معا", "999", "020 7946 0000", "#WeStandTogether", "Tell MAMA", "سلام", "12/3"],
}

MACROS = """\
{% macro bold(x) %}**{{ x }}**{% endmacro %}
{% macro wrap(x, y='you') %}{{ x }} and {{ y }}{% if caller is defined %} ({{ caller() }}){% endif %}{% endmacro %}
{% macro twice(x) %}{{ bold(x) }} {{ bold(x) }}{% endmacro %}"""

INCLUDE = "Dear {{ recipient.a }}{% if recipient.c %} of {{ recipient.c }}{% endif %}, here is {{ organisation.name }}."

BASE = """\
{% set base_word = 'grounded' %}{% block subject %}{% block tag %}{{ recipient.b }}{% endblock %} news{% endblock %}
{% block body %}
{% block opening %}Hello {{ recipient.a }}.{% endblock %}

{% block main %}Nothing yet.{% endblock %}

{% block closing %}{{ base_word }} {{ signatory.name }}{% endblock %}
{% endblock %}
{% block sms %}{{ recipient.a }} {{ links.check }}{% endblock %}"""

VALUES = [
    "{{ recipient.a }}",
    "{{ recipient.b }}",
    "{{ recipient['a'] }}",
    "{{ recipient.a|upper }}",
    "{{ recipient.b|title }}",
    "{{ recipient.c|default('friend', true) }}",
    "{{ recipient.a if recipient.c else recipient.b }}",
    "{{ recipient.a ~ recipient.b }}",
    "{{ recipient.b|replace('a', 'o') }}",
    "{{ word }}",
    "{{ own }}",
    "{{ organisation.name }}",
    "{{ helplines['care'].number }}",
    "{{ helplines['police'].number }}",
    "{{ campaign.date }}",
]

MACRO_CALLS = [
    "{{ m.bold(recipient.a) }}",
    "{{ m.twice(own) }}",
    "{{ wrap(recipient.b, y=word) }}",
    "{{ wrap(m.bold(recipient.a)) }}",
    "{% call wrap(word) %}{{ recipient.b }} here{% endcall %}",
]

LINKS = [
    "[{text}]({{{{ links.web }}}})",
    "[{text}](https://example.org/{{{{ recipient.a }}}}/x?q={{{{ recipient.b }}}}&r=1#{{{{ recipient.a }}}})",
    "[{text}](https://example.org)",
    "[{{{{ recipient.a }}}}](https://example.org/?n={{{{ recipient.a }}}})",
    "<https://example.org/{{{{ recipient.b }}}}>",
    "<{{{{ links.check }}}}>",
    "[{{{{ links.web }}}}]({{{{ links.web }}}})",
    "[https://example.org/{{{{ recipient.b }}}}](https://example.org/{{{{ recipient.b }}}})",
    "[write](mailto:{{{{ signatory.email }}}})",
    "[{{{{ signatory.email }}}}](mailto:{{{{ signatory.email }}}})",
    "[{text}](<https://example.org/a b/{{{{ recipient.a }}}}>)",
    "https://example.org/book?a=1&b=2",
    "https://example.org/p/{{{{ recipient.a }}}}/x?q={{{{ recipient.b }}}}",
    "{{{{ links.web }}}}",
    "ada@example.org",
]


@st.composite
def spans(draw: st.DrawFn, language: str, in_loop: bool = False, in_link: bool = False) -> str:  # noqa: PLR0911 - a table of kinds
    """One piece of a paragraph."""
    kinds = ["word", "word", "value", "value", "bold", "italic", "code", "macro", "if"]
    if not in_link:
        kinds += ["link", "link"]
    if in_loop:
        kinds += ["loop", "loop"]
    kind = draw(st.sampled_from(kinds))
    if kind == "word":
        return draw(st.sampled_from(WORDS[language]))
    if kind == "value":
        return draw(st.sampled_from(VALUES))
    if kind == "loop":
        return draw(st.sampled_from(["{{ loop.index }}", "{{ item }}", "{{ loop.last and recipient.a or item }}"]))
    if kind == "code":
        return f"`{draw(st.sampled_from(VALUES))} x`"
    if kind == "macro":
        return draw(st.sampled_from(MACRO_CALLS))
    inner = draw(spans(language, in_loop, in_link=True))
    if kind == "bold":
        return f"**{inner}**" if "*" not in inner and "bold" not in inner and "twice" not in inner else inner
    if kind == "italic":
        return f"_{inner}_"
    if kind == "if":
        test = draw(
            st.sampled_from(
                ["recipient", "recipient.c", "recipient.a in ['Amina', 'Zed']", "not recipient.c", "links.web", "word"]
            )
        )
        return f"{{% if {test} %}}{inner}{{% else %}}{draw(st.sampled_from(VALUES))}{{% endif %}}"
    return draw(st.sampled_from(LINKS)).format(text=inner)


@st.composite
def lines(draw: st.DrawFn, language: str, in_loop: bool = False) -> str:
    return draw(st.sampled_from([" ", " ", ", ", ": "])).join(
        draw(st.lists(spans(language, in_loop), min_size=1, max_size=5))
    )


@st.composite
def chunks(draw: st.DrawFn, language: str, depth: int = 0, in_loop: bool = False) -> str:
    """One block of Markdown, or of Jinja around Markdown."""
    line = lines(language, in_loop)
    kinds = [
        "paragraph",
        "paragraph",
        "break",
        "heading",
        "list",
        "numbers",
        "quote",
        "fence",
        "table",
        "rule",
        "include",
    ]
    if depth < 2:
        kinds += ["if", "if", "for", "for", "with"]
    kind = draw(st.sampled_from(kinds))
    if kind in ("if", "for", "with"):
        inner = "\n\n".join(
            draw(st.lists(chunks(language, depth + 1, in_loop or kind == "for"), min_size=1, max_size=2))
        )
        return {
            "if": f"{{% if recipient.c %}}\n{inner}\n{{% elif recipient.b == 'Zed' %}}\n\n"
            f"{{% else %}}\n{draw(line)}\n{{% endif %}}",
            "for": f"{{% for item in ['one', 'two', organisation.name] %}}\n{inner}\n{{% endfor %}}",
            "with": f"{{% with own = recipient.b %}}\n{inner}\n{{% endwith %}}",
        }[kind]
    if kind == "list":
        items = draw(st.lists(line, min_size=1, max_size=3))
        return (
            "\n".join(f"- {item}" for item in items)
            + "\n{% for item in [1, 2] %}- {{ item }} {{ recipient.a }}\n{% endfor %}"
        )
    if kind == "numbers":
        return "\n".join(f"{at}. {item}" for at, item in enumerate(draw(st.lists(line, min_size=1, max_size=3)), 3))
    if kind == "table":
        cell = st.sampled_from([*VALUES, *WORDS[language]])
        return f"| {draw(cell)} | {draw(cell)} |\n|---|--:|\n| {draw(cell)} | {draw(cell)} |\n| {draw(cell)} | x |"
    one = draw(line)
    return {
        "paragraph": f"{one}\n{draw(line)}",
        "break": f"{one}\\\n{draw(line)}",
        "heading": f"## {one}",
        "quote": f"> {one}\n> {draw(st.sampled_from(VALUES))}",
        "fence": f"```\n{draw(st.sampled_from(VALUES))} < & x\n  {draw(st.sampled_from(VALUES))}\n```",
        "rule": "* * *",
        "include": "{% include '_shared/include.md' %}",
    }[kind]


@st.composite
def letters(draw: st.DrawFn) -> Written:
    """A letter in a language of either direction, with includes, macros, branches and perhaps a base."""
    language = draw(st.sampled_from(["en", "en", "ar"]))
    body = "\n\n".join(draw(st.lists(chunks(language), min_size=1, max_size=4)))
    subject = draw(st.lists(st.sampled_from([*VALUES, *WORDS[language]]), min_size=1, max_size=4))
    top = (
        "{% import '_shared/macros.md' as m %}{% from '_shared/macros.md' import wrap %}"
        "{% set word = 'plain words' %}{% set own = recipient.a %}"
    )
    plain = lines(language).filter(lambda line: "](" not in line)
    sms = draw(plain)
    preheader = f"{{% block preheader %}}{draw(plain)}{{% endblock %}}" if draw(st.booleans()) else ""
    if draw(st.booleans()):
        # Inside a base's block the names set at the top of this file are there as well.
        text = (
            "{% extends '_shared/base.md' %}" + top + f"{{% block main %}}\n{body}\n{{% endblock %}}"
            "{% block tag %}{{ super() }}, {{ recipient.a }}{% endblock %}"
            f"{{% block opening %}}{{{{ super() }}}} {draw(st.sampled_from(VALUES))}{{% endblock %}}"
        )
    else:
        text = (
            f"{top}{{% block subject %}}{' '.join(subject)}{{% endblock %}}\n"
            f"{{% block body %}}\n{body}\n{{% endblock %}}\n{{% block sms %}}{sms}{{% endblock %}}"
            f"{preheader}"
        )
    shared = {"_shared/macros.md": MACROS, "_shared/include.md": INCLUDE, "_shared/base.md": BASE}
    return Written(language, {**shared, f"letter/{language}.md": text, "letter/letter.yaml": declaration(language)})


PURE = [value for value in VALUES if "word" not in value and "own" not in value]


@st.composite
def straight_letters(draw: st.DrawFn) -> Written:
    """A letter that does not branch: everybody gets the same text but for values from their own columns."""
    language = draw(st.sampled_from(["en", "ar"]))
    value, word = st.sampled_from(PURE), st.sampled_from(WORDS[language])
    pieces = draw(st.lists(st.one_of(value, word, word.map(lambda text: f"**{text}**")), min_size=1, max_size=12))
    loop = f"{{% for item in [1, 2] %}}{draw(value)} {{{{ item }}}} {{% endfor %}}" if draw(st.booleans()) else ""
    text = (
        f"{{% block subject %}}{draw(value)} {draw(word)}{{% endblock %}}{{% block body %}}{' '.join(pieces)}\n\n{loop}"
        f"[page](https://example.org/{draw(value)}){{% endblock %}}{{% block sms %}}{draw(value)}{{% endblock %}}"
    )
    return Written(language, {f"letter/{language}.md": text, "letter/letter.yaml": declaration(language)})


def declaration(language: str) -> str:
    return f"title: A test letter\nkind: campaign\nsignatory: team\nfallback: {language}\n"


HOSTILE = [
    "<script>alert(1)</script>",
    "<b>bold</b> & <i>",
    '"><img src=x onerror=alert(1)>',
    "**strong** _em_ `code`",
    "[link](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "# Heading",
    "- item",
    "1. one",
    "| a | b |",
    "```",
    "&amp; &lt; &#60; &copy",
    "{{ recipient.a }} {% if x %}",
    "evil\r\nBcc: all@evil.example",
    "=?utf-8?q?foo=0ABcc:_evil@x.example?=",
    "=?utf-8?b?Zm9vCkJjYzogZXZpbA==?=",
    "\u202egnp.exe \u2066x\u2069",
    "\u200b\u2060zero",
    "x" * 3_000,
    "é" * 3_000,
    "word " * 400,
    "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇬🇧",
    "محمد بن عبد الله",
    "עברית and English",
    "محمد Smith 020 7946 0000",
    "...",
    ".",
    ".leading dot",
    "From here",
    "100% %41 %0d%0a %",
    "'single' \"double\" \\back\\slash",
    "a=b=3D=\u00a0=",
    "../../etc/passwd",
    "javascript:alert(1)",
    "https://evil.example/",
    "?a=b&c=d#e",
    "O'Brien, Jr.",
    "name <x@evil.example>",
    "a@b.example, c@d.example",
    "\u0000\u0007\u001b[31m",
    "\ud800broken",
    "a\tb\vc\u2028d\u0085e",
    "  spaced   out  ",
    "e\u0301\u0327 combining",
    "\ufdfa \ufb50",
    "--",
    "=_boundary",
]

letters_only = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), min_size=1, max_size=20)
alphabetic = st.one_of(letters_only, st.sampled_from(["Amina", "Zed", "محمد", "Zoë", "ফারহানা", "Łukasz", "עדה"]))
hostile = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), alphabetic)


def fields(values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    """A recipient's columns, cleaned as a roster's are. `c` may be empty."""
    needed = values.map(clean_text).filter(bool)
    return st.fixed_dictionaries({"a": needed, "b": needed, "c": st.one_of(st.just(""), values.map(clean_text))})
