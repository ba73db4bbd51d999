"""What a list of messages shows beside the subject, when a letter has a block for it."""

import re
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import ProblemsFoundError
from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.filling.serialisation import dump_skeleton, load_skeleton
from broadcaster.letters.filling.skeleton import EmailSkeleton
from broadcaster.letters.rules.lint import FilledSample, LintRules, lint
from tests.letters import equivalence
from tests.letters.writing import LINKS, SENDER, blocks, compiler, load


def made(root: Path, preheader: str, language: str = "en") -> Compiler:
    text = f"{blocks('Hateful letters.')}{{% block preheader %}}{preheader}{{% endblock %}}"
    declared = f"title: T\nkind: campaign\nsignatory: a\nfallback: {language}\n"
    return compiler(load(root, {f"letter/{language}.md": text, "letter/letter.yaml": declared}))


def first_seen(html: str) -> str:
    """The first characters that stand in the document's body."""
    body = html[html.index("<body") :]
    return re.sub(r"<[^>]*>", "", body)[:250]


def test_it_is_the_first_text_and_the_letters_own_words_are_far_off(tmp_path: Path) -> None:
    ready = made(tmp_path, "\n  What we know\n and {{ recipient.a }}\n")
    trace = ready.trace("en", {"a": "<b>&"}, Channel.EMAIL)
    skeleton = ready.email(trace.skeleton, SENDER)
    html = skeleton.html(trace.values, LINKS)
    assert first_seen(html).startswith("What we know and &lt;b&gt;&amp;\u034f")
    assert "Hateful" not in first_seen(html)
    assert re.search(r'<body[^>]*><div dir="ltr" style="display:none;', html)
    assert skeleton.preheader(trace.values, LINKS) == "What we know and <b>&"
    assert "What we know" not in skeleton.text(trace.values, LINKS)


def test_a_value_in_its_address_is_encoded_in_the_html_as_in_what_a_preview_shows(tmp_path: Path) -> None:
    ready = made(tmp_path, "See https://example.org/{{ recipient.a }}, {{ recipient.a }}")
    equivalence.markup_holds(ready, "en", {"a": "Zoë"})
    trace = ready.trace("en", {"a": "Zoë"}, Channel.EMAIL)
    skeleton = ready.email(trace.skeleton, SENDER)
    assert skeleton.preheader(trace.values, LINKS) == "See https://example.org/Zo%C3%AB, Zoë"
    assert '<span dir="ltr">https://example.org/Zo%C3%AB</span>, ' in skeleton.html(trace.values, LINKS)
    assert first_seen(skeleton.html(trace.values, LINKS)).startswith("See https://example.org/Zo%C3%AB, Zoë")


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("value", ["Amina", "Zoë", "محمد", '"><script>', "سلام 5", "0800 456 1226"])
def test_what_is_promised_of_filling_holds_for_it(tmp_path: Path, language: str, value: str) -> None:
    address = "https://example.org/p/{{ recipient.a }}/x?q={{ recipient.a }}"
    ready = made(tmp_path, f"Dear {{{{ recipient.a }}}} {{{{ organisation.name }}}}, {address} سلام", language)
    trace = equivalence.source_holds(ready, language, {"a": value}, Channel.EMAIL)
    skeleton = ready.email(trace.skeleton, SENDER)
    equivalence.structure_holds(skeleton, trace.values)
    equivalence.mime_holds(skeleton, trace.values)
    assert load_skeleton(dump_skeleton(skeleton)) == skeleton
    if value.isalpha():
        equivalence.markup_holds(ready, language, {"a": value})


def test_a_letter_without_one_is_as_it_was(tmp_path: Path) -> None:
    ready = compiler(load(tmp_path, {"letter/en.md": blocks()}))
    trace = ready.trace("en", {}, Channel.EMAIL)
    skeleton = ready.email(trace.skeleton, SENDER)
    assert skeleton.preheader(trace.values, LINKS) == ""
    assert "display:none" not in skeleton.html(trace.values, LINKS)
    assert isinstance(load_skeleton(dump_skeleton(skeleton).replace(b',"preheader":[]', b"")), EmailSkeleton)


def test_what_it_prints_must_be_there_for_email_only(tmp_path: Path) -> None:
    ready = made(tmp_path, "{{ recipient.a }}")
    with pytest.raises(ProblemsFoundError):
        ready.trace("en", {"a": ""}, Channel.EMAIL)
    assert ready.trace("en", {"a": ""}, Channel.SMS).values == ()


def test_it_needs_an_email_and_every_language(tmp_path: Path) -> None:
    alone = "{% block sms %}x{% endblock %}{% block preheader %}x{% endblock %}"
    with pytest.raises(ProblemsFoundError) as raised:
        load(tmp_path / "a", {"letter/en.md": alone})
    assert {problem.code for problem in raised.value.problems} == {"missing-part"}
    with pytest.raises(ProblemsFoundError) as raised:
        english = f"{blocks()}{{% block preheader %}}x{{% endblock %}}"
        load(tmp_path / "b", {"letter/en.md": english, "letter/ar.md": blocks()})
    assert "ar lacks the block preheader" in raised.value.problems[0].message


def test_what_must_not_be_said_is_not_said_there_either() -> None:
    rules = LintRules(never_say=("nothing to fear",))
    (problem,) = lint(FilledSample("en", "f", preheader="Nothing to fear"), rules)
    assert problem.message.startswith("the preheader says")
