"""Addresses that are typed as they are: where they end, and that they become links without markup inside."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.domain.contact.channels import Channel
from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.model.errors import LinkHostError
from broadcaster.letters.text.typed_addresses import email_addresses, space_after_addresses, web_addresses
from tests.letters import equivalence
from tests.letters.writing import DECLARATION, LINKS, SENDER, SURROUNDINGS, blocks, compiler, load

# A letter as somebody typed it: addresses without brackets, one with a value in its path.
BARE = """\
{% block subject %}Tea{% endblock %}

{% block body %}
Dear {{ recipient.name }},

Book at https://letters.example.org/book?a=1&b=2 and see https://letters.example.org/p/{{ recipient.borough }}/x

[Check]({{ links.check }})
{% endblock %}
"""


def filled(root: Path, borough: str, hosts: frozenset[str]) -> tuple[str, str]:
    made = Compiler(load(root, {"letter/en.md": BARE}), lambda _: SURROUNDINGS, hosts)
    trace = made.trace("en", {"name": "Ann", "borough": borough}, Channel.EMAIL)
    skeleton = made.email(trace.skeleton, SENDER)
    assert skeleton.page(trace.values, LINKS) == skeleton.html(trace.values, LINKS)
    return skeleton.html(trace.values, LINKS), skeleton.text(trace.values, LINKS)


def test_bare_addresses_become_links_and_the_text_stays_as_typed(tmp_path: Path) -> None:
    html, text = filled(tmp_path, "Ashmere", frozenset({"letters.example.org"}))
    links = re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', html)
    assert [(target, target) for target, shown in links[:2] if shown == target] == links[:2]
    assert links[0][0] == "https://letters.example.org/book?a=1&amp;b=2"
    assert links[1][0] == "https://letters.example.org/p/Ashmere/x"
    assert "Book at https://letters.example.org/book?a=1&b=2 and see https://letters.example.org/p/Ashmere/x\n" in text


def test_a_hostile_value_in_an_address_stays_in_its_place(tmp_path: Path) -> None:
    html, text = filled(tmp_path, '"><a href="https://evil.example">/../?#', frozenset({"letters.example.org"}))
    encoded = "%22%3E%3Ca%20href%3D%22https%3A%2F%2Fevil.example%22%3E%2F..%2F%3F%23"
    address = f"https://letters.example.org/p/{encoded}/x"
    assert f'<a href="{address}" dir="ltr"' in html
    assert f">{address}</a>" in html
    assert f"see {address}\n" in text
    assert "evil.example/" not in html
    assert html.count("<a ") == filled(tmp_path, "Ashmere", frozenset({"letters.example.org"}))[0].count("<a ")


def test_a_host_that_is_not_allowed_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(LinkHostError, match=r"letters\.example\.org, which letters may not link to") as raised:
        filled(tmp_path, "Ashmere", frozenset({"other.example.org"}))
    assert "links: {allow: [HOST]}" in (raised.value.remedy or "")


@pytest.mark.parametrize("typed", ["{address}", "<{address}>", "[{address}]({address})"])
def test_a_value_in_an_address_is_encoded_wherever_the_address_is_seen(tmp_path: Path, typed: str) -> None:
    # E2 at one place: letters beyond ASCII, which are encoded in what is shown, as they are in the target.
    line = typed.format(address="https://example.org/{{ recipient.a }}/x?q={{ recipient.a }}")
    made = compiler(load(tmp_path, {"letter/en.md": blocks(line, "{{ recipient.a }}", "{{ recipient.a }}: " + line)}))
    equivalence.markup_holds(made, "en", {"a": "Zoë"})
    equivalence.markup_holds(made, "en", {"a": "ফারহানা"})
    trace = made.trace("en", {"a": "Zoë"}, Channel.EMAIL)
    skeleton = made.email(trace.skeleton, SENDER)
    address = "https://example.org/Zo%C3%AB/x?q=Zo%C3%AB"
    assert re.findall(r'<a href="([^"]*)" dir="ltr"[^>]*>([^<]*)</a>', skeleton.html(trace.values, LINKS)) == [
        (address, address)
    ]
    assert skeleton.text(trace.values, LINKS).startswith(f"{address}\n")
    assert skeleton.subject(trace.values, LINKS) == "Zoë"
    trace = made.trace("en", {"a": "Zoë"}, Channel.SMS)
    body = made.sms(trace.skeleton).fill(trace.values, LINKS).body
    assert body == "Zoë: " + typed.format(address=address)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_printed_email_address_that_leads_to_itself_is_shown_as_it_is(tmp_path: Path, language: str) -> None:
    line = "[{{ signatory.email }}](mailto:{{ signatory.email }})"
    declared = DECLARATION.replace("fallback: en", f"fallback: {language}")
    made = compiler(load(tmp_path, {f"letter/{language}.md": blocks(line), "letter/letter.yaml": declared}))
    equivalence.markup_holds(made, language, {"a": "Ann"})
    trace = made.trace(language, {"a": "Ann"}, Channel.EMAIL)
    skeleton = made.email(trace.skeleton, SENDER)
    address = "ada@eastmarch.example"
    assert re.findall(r'<a href="([^"]*)" dir="ltr"[^>]*>([^<]*)</a>', skeleton.html(trace.values, LINKS)) == [
        (f"mailto:{address}", address)
    ]
    assert skeleton.text(trace.values, LINKS).partition("\n")[0].strip("\u2066\u2068\u2069") == address


def test_an_address_with_a_value_is_no_link_to_itself_where_the_values_differ(tmp_path: Path) -> None:
    line = "[https://example.org/{{ recipient.a }}](https://example.org/{{ recipient.b }})"
    made = compiler(load(tmp_path, {"letter/en.md": blocks(line)}))
    trace = made.trace("en", {"a": "Ann", "b": "Ann"}, Channel.EMAIL)
    skeleton = made.email(trace.skeleton, SENDER)
    assert 'dir="ltr"' not in skeleton.html(trace.values, LINKS).partition("example.org")[2].partition("</a>")[0]
    assert skeleton.text(trace.values, LINKS).startswith("https://example.org/Ann (https://example.org/Ann)\n")


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("https://e.example/a.", ["https://e.example/a"]),
        ("(see https://e.example/a_(b))", ["https://e.example/a_(b)"]),
        ("“https://e.example/a”", ["https://e.example/a"]),
        ("https://e.example/a?b=c&d=e#f!", ["https://e.example/a?b=c&d=e#f"]),
        ("وhttps://e.example/aہے", ["https://e.example/aہے"]),
        ("https://e.example/a۔ www.e.example।", ["https://e.example/a", "www.e.example"]),
        ("HTTPS://E.example, http://e.example", ["HTTPS://E.example", "http://e.example"]),
        ("xhttps://e.example www. www.. https:// e.example x@www.e.example", []),
        ("https://e.example/it's 'https://e.example/'", ["https://e.example/it's", "https://e.example/"]),
    ],
)
def test_where_a_web_address_ends(text: str, addresses: list[str]) -> None:
    assert [text[start:end] for start, end in web_addresses(text)] == addresses


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("ada.l+x@e.example.", ["ada.l+x@e.example"]),
        ("<ada@e.example> (ada@sub.e.example)", ["ada@e.example", "ada@sub.e.example"]),
        ("a@b @ada ada@ x@y@z.example https://u@e.example/a@b.example .a@e.example", []),
        ("ada@e.example۔", ["ada@e.example"]),
    ],
)
def test_where_an_email_address_ends(text: str, addresses: list[str]) -> None:
    assert [text[start:end] for start, end in email_addresses(text)] == addresses


@given(st.text(st.sampled_from("ahttps://w.e@x ().,۔।؟")))
def test_spacing_adds_nothing_but_spaces_and_only_once(text: str) -> None:
    assert space_after_addresses(text).replace(" ", "") == text.replace(" ", "")
    assert space_after_addresses(space_after_addresses(text)) == space_after_addresses(text)
