"""From Markdown to email: what is made of it, and what is refused."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.errors import BroadcasterError
from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.filling.skeleton import EmailSkeleton
from broadcaster.letters.model.errors import FrameError, LinkHostError, LinkMissingError, RemoteContentError
from tests.letters.writing import LINKS, SENDER, SURROUNDINGS, blocks, compiler, load

ANN = {"a": "Ann", "b": "<b>&amp;"}


def email(root: Path, body: str, language: str = "en", **files: str) -> EmailSkeleton:
    made = compiler(
        load(
            root,
            {
                f"letter/{language}.md": blocks(body),
                "letter/letter.yaml": f"title: T\nkind: campaign\nsignatory: a\nfallback: {language}\n",
                **files,
            },
        )
    )
    trace = made.trace(language, ANN, Channel.EMAIL)
    return made.email(trace.skeleton, SENDER)


def html(root: Path, body: str, values: tuple[str, ...] = ("Ann",), language: str = "en") -> str:
    """The letter's body inside its frame, without style attributes."""
    whole = re.sub(' style="[^"]*"', "", email(root, body, language).html(values, LINKS))
    return whole.split('<td class="letter" align="left"><div>')[1].split("</div>")[0]


def text(root: Path, body: str, values: tuple[str, ...] = ("Ann",), language: str = "en") -> str:
    return email(root, body, language).text(values, LINKS).split("\n\n--\n")[0]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("**{{ recipient.a }}**", '<p><strong><span dir="auto">Ann</span></strong></p>\n'),
        ("a\nb", "<p>a b</p>\n"),
        ("a\\\nb", "<p>a<br>b</p>\n"),
        ("<b>{{ recipient.a }}</b>", '<p>&lt;b&gt;<span dir="auto">Ann</span>&lt;/b&gt;</p>\n'),
        ("    indented", "<p>indented</p>\n"),
        ("https://e.example.", '<p><a href="https://e.example" dir="ltr">https://e.example</a>.</p>\n'),
        ("(www.e.example/a)", '<p>(<a href="https://www.e.example/a" dir="ltr">www.e.example/a</a>)</p>\n'),
        ("ada@e.example,", '<p><a href="mailto:ada@e.example" dir="ltr">ada@e.example</a>,</p>\n'),
        (
            "**https://e.example/**",
            '<p><strong><a href="https://e.example/" dir="ltr">https://e.example/</a></strong></p>\n',
        ),
        ("`https://e.example`", "<p><code>https://e.example</code></p>\n"),
        (
            "https://e.example/p/{{ recipient.a }}/x",
            '<p><a href="https://e.example/p/Ann/x" dir="ltr">https://e.example/p/Ann/x</a></p>\n',
        ),
        ("{{ links.web }}", f'<p><a href="{LINKS.web}" dir="ltr">{LINKS.web}</a></p>\n'),
        ("{{ recipient.a }}@e.example", '<p><span dir="auto">Ann</span>@e.example</p>\n'),
        ("{{ 'https://e.example' }}", "<p>https://e.example</p>\n"),
        ("[x y](https://e.example)", '<p><a href="https://e.example">x y</a></p>\n'),
        (
            "**{{ helplines['care'].number }}**",
            '<p><strong><a href="tel:02079460000" dir="ltr">020 7946 0000</a></strong></p>\n',
        ),
        ("{{ helplines['police'].number }}", '<p><a href="tel:101" dir="ltr">101</a></p>\n'),
        ("[{{ helplines['care'].number }}]({{ links.web }})", f'<p><a href="{LINKS.web}">020 7946 0000</a></p>\n'),
        ("`{{ recipient.a }}`", '<p><code><span dir="auto">Ann</span></code></p>\n'),
        ("{{ '**not bold**' }}", "<p>**not bold**</p>\n"),
        ("[x](https://e.example/{{ recipient.a }}/)", '<p><a href="https://e.example/Ann/">x</a></p>\n'),
        ("[x]({{ links.web }})", f'<p><a href="{LINKS.web}">x</a></p>\n'),
        ("<{{ links.web }}>", f'<p><a href="{LINKS.web}" dir="ltr">{LINKS.web}</a></p>\n'),
        ("[x](mailto:{{ signatory.email }})", '<p><a href="mailto:ada@eastmarch.example">x</a></p>\n'),
        ("[x](tel:{{ helplines['care'].number }})", '<p><a href="tel:020-7946-0000">x</a></p>\n'),
        ("{{ helplines['care'].name }}", "<p>Care &amp; Co</p>\n"),
    ],
)
def test_html(tmp_path: Path, body: str, expected: str) -> None:
    assert html(tmp_path, body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("# Title\n\n**a** _b_ `c`", "Title\n\na b c"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("- a\n\n- b", "- a\n\n- b"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("> a\n> b\n>\n> c", "> a b\n>\n> c"),
        ("| a | b |\n|---|---|\n| {{ recipient.a }} | d |", "a | b\nAnn | d"),
        ("```\na\n  b\n```", "a\n  b"),
        ("***", "* * *"),
        ("a\\\nb", "a\nb"),
        ("[x](https://e.example/{{ recipient.a }})", "x (https://e.example/Ann)"),
        ("[{{ links.web }}]({{ links.web }})", LINKS.web),
        ("<https://e.example/{{ recipient.a }}>", "https://e.example/Ann"),
        ("[https://e.example/](https://e.example/)", "https://e.example/"),
        ("<ada@e.example>", "ada@e.example"),
        ("https://e.example/a?b=1&c=2, or www.e.example.", "https://e.example/a?b=1&c=2, or www.e.example."),
        ("https://e.example/p/{{ recipient.a }}/x", "https://e.example/p/Ann/x"),
        ("ring {{ helplines['care'].number }}", "ring 020 7946 0000"),
        ("https://e.example/b। ada@e.example।", "https://e.example/b । ada@e.example ।"),
        ("[write](mailto:ada@e.example)", "write (ada@e.example)"),
        ("[{{ signatory.email }}](mailto:{{ signatory.email }})", "ada@eastmarch.example"),
    ],
)
def test_plain_text(tmp_path: Path, body: str, expected: str) -> None:
    assert text(tmp_path, body) == expected


def test_values_in_links_are_percent_encoded(tmp_path: Path) -> None:
    assert text(tmp_path, "[x](https://e.example/?q={{ recipient.a }})", ("a b/é?&",)).endswith(
        "?q=a%20b%2F%C3%A9%3F%26)"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("[x]({{ recipient.a }})", "slot-in-link"),
        ("[x](https://{{ recipient.a }}/)", "slot-in-link"),
        ("[x](https://example.org{{ recipient.a }})", "slot-in-link"),
        ("[x](https://{{ recipient.a }}@example.org/)", "slot-in-link"),
        ("[x](https://example.org:{{ recipient.a }}/)", "slot-in-link"),
        ("[x]({{ recipient.a }}://example.org/)", "slot-in-link"),
        ("[x](//{{ recipient.a }}/)", "slot-in-link"),
        ("[x](mailto:{{ recipient.a }})", "slot-in-link"),
        ("[x](tel:{{ recipient.a }})", "slot-in-link"),
        ("[x](https://{{ organisation.name }}.example/)", "slot-in-link"),
        ("[x]({{ links.web }}?a=1)", "slot-in-link"),
        ("[x]({{ links.web }}{{ recipient.a }})", "slot-in-link"),
        ("https://{{ recipient.a }}.example.org/", "slot-in-link"),
        ("see www.example.org{{ recipient.a }}", "slot-in-link"),
        ("{{ links.web }}?a=1", "slot-in-link"),
        ("https://{{ organisation.name }}.example/", "slot-in-link"),
        ("[x](/path)", "link-host"),
        ("[x](page.html)", "link-host"),
        ("[x](#top)", "link-host"),
        ("[x](ftp://example.org/)", "link-host"),
        ("![x](https://example.org/x.png)", "image-refused"),
        ("a [![x](https://example.org/x.png)](https://example.org)", "image-refused"),
        ("[x][y]\n\n[y]: https://example.org/{{ recipient.a }}", "reference-link"),
        ('[x](https://example.org/ "{{ recipient.a }}")', "slot-lost"),
        ("```{{ recipient.a }}\nx\n```", "slot-lost"),
    ],
)
def test_what_is_refused(tmp_path: Path, body: str, code: str) -> None:
    with pytest.raises(BroadcasterError) as caught:
        email(tmp_path, body)
    assert caught.value.code == code
    assert "Ann" not in str(caught.value)
    assert not re.search("q[0-9a-f]{12}", str(caught.value))


def test_links_lead_only_to_allowed_hosts(tmp_path: Path) -> None:
    letter = load(
        tmp_path, {"letter/en.md": blocks("[x](https://a.example/) [y](https://b.example/) [z]({{ links.web }})")}
    )
    made = Compiler(letter, lambda _: SURROUNDINGS, allowed_hosts=["a.example", "b.example"])
    skeleton = made.email(made.trace("en", {}, Channel.EMAIL).skeleton, SENDER)
    assert skeleton.hosts == {"a.example", "b.example"}
    assert skeleton.links_in((), LINKS) == (("x", "https://a.example/"), ("y", "https://b.example/"), ("z", LINKS.web))
    made = Compiler(letter, lambda _: SURROUNDINGS, allowed_hosts=["a.example"])
    with pytest.raises(LinkHostError):
        made.email(made.trace("en", {}, Channel.EMAIL).skeleton, SENDER)


def test_language_and_direction_are_set(tmp_path: Path) -> None:
    assert '<html lang="ar" dir="rtl"' in email(tmp_path, "x", "ar").html((), LINKS)


def mjml(head: str = "", body: str = "{{ content }}") -> str:
    column = f"<mj-section><mj-column>{body}</mj-column></mj-section>"
    return f"<mjml><mj-head>{head}</mj-head><mj-body>{column}</mj-body></mjml>"


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ("<mjml>", FrameError),
        (mjml(body=""), FrameError),
        (mjml(body="<mj-text>{{ content }}{{ content }}</mj-text>"), FrameError),
        (mjml(body="<mj-text>{{ content }}{{ words.nothing }}</mj-text>"), FrameError),
        (mjml(body="<mj-include path='/etc/passwd' /><mj-text>{{ content }}</mj-text>"), FrameError),
        (mjml(body="<mj-text>{{ content }}</mj-text><mj-image src='https://e.example/x.png' />"), RemoteContentError),
        (mjml(body="<mj-text>{{ content }}<script>x</script></mj-text>"), RemoteContentError),
        (mjml(body="<mj-text>{{ content }}<form></form></mj-text>"), RemoteContentError),
        (mjml(body="<mj-text>{{ content }}<p onclick='x'>x</p></mj-text>"), RemoteContentError),
        (
            mjml(body="<mj-text>{{ content }}<p style='background: url(https://e.example)'>x</p></mj-text>"),
            RemoteContentError,
        ),
        (
            mjml(
                "<mj-style>@media print { a { background: url(https://e.example) } }</mj-style>",
                "<mj-text>{{ content }}</mj-text>",
            ),
            RemoteContentError,
        ),
    ],
)
def test_frames_that_cannot_be_used(tmp_path: Path, frame: str, error: type[BroadcasterError]) -> None:
    with pytest.raises(error):
        email(tmp_path, "x", **{"_frames/email.mjml": frame})


FETCHED = "https://e.example/x"

FETCHES = (
    *(f"<p {name}='{FETCHED}'>x</p>" for name in ("src", "srcset", "background", "poster", "data")),
    *(f"<p {name.upper()}='{FETCHED}'>x</p>" for name in ("src", "poster")),
    *(f"<{name}>x</{name}>" for name in ("script", "iframe", "object", "form", "button", "video", "audio")),
    *(f"<{name}>" for name in ("embed", "input", "link", "base")),
)
STYLES = (
    f"background: url({FETCHED})",
    f"background: URL ('{FETCHED}')",
    f"background: image-set('{FETCHED}' 1x)",
    f"background: -webkit-image-set('{FETCHED}' 1x)",
    f"width: expression(load('{FETCHED}'))",
)


@pytest.mark.parametrize("html", [*FETCHES, *(f'<p style="{style}">x</p>' for style in STYLES)])
def test_no_element_of_an_email_fetches_anything(tmp_path: Path, html: str) -> None:
    frame = mjml(body=f"<mj-text>{{{{ content }}}}{html}</mj-text>")
    with pytest.raises(RemoteContentError):
        email(tmp_path, "x", **{"_frames/email.mjml": frame})


@pytest.mark.parametrize(
    "sheet", [f"@import '{FETCHED}';", *(f"@media print {{ a {{ {style} }} }}" for style in STYLES)]
)
def test_no_style_sheet_of_an_email_fetches_anything(tmp_path: Path, sheet: str) -> None:
    frame = mjml(f"<mj-style>{sheet}</mj-style>", "<mj-text>{{ content }}</mj-text>")
    with pytest.raises(RemoteContentError):
        email(tmp_path, "x", **{"_frames/email.mjml": frame})


def test_nothing_is_fetched_for_fonts(tmp_path: Path) -> None:
    frame = mjml("<mj-attributes><mj-all font-family='Roboto' /></mj-attributes>", "<mj-text>{{ content }}</mj-text>")
    assert "googleapis" not in email(tmp_path, "x", **{"_frames/email.mjml": frame}).html((), LINKS)


def test_a_frame_escapes_what_it_prints(tmp_path: Path) -> None:
    letter = load(tmp_path, {"letter/en.md": blocks()})
    made = compiler(letter, replace(SURROUNDINGS, organisation={"name": "<b>A & B</b>"}))
    skeleton = made.email(made.trace("en", {}, Channel.EMAIL).skeleton, SENDER)
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in skeleton.html((), LINKS)
    assert "<b>A & B</b>" in skeleton.text((), LINKS)


def test_a_frame_that_prints_a_link_needs_the_pages(tmp_path: Path) -> None:
    frame = mjml(body="<mj-text>{{ content }}<a href='{{ links.web }}'>x</a></mj-text>")
    letter = load(tmp_path, {"letter/en.md": blocks(), "_frames/email.mjml": frame})
    made = compiler(letter, replace(SURROUNDINGS, links=False))
    with pytest.raises(LinkMissingError):
        made.email(made.trace("en", {}, Channel.EMAIL).skeleton, SENDER)


def test_a_printed_notice_holds_the_same_letter(tmp_path: Path) -> None:
    notice = (
        "<!doctype html><html lang='{{ language }}' dir='{{ direction }}'><title>{{ title }}</title>"
        "<body>{{ content }}</body></html>"
    )
    body = "**{{ helplines['care'].name }}** {% if recipient %}{{ recipient.b }}{% endif %}"
    made = compiler(load(tmp_path, {"letter/en.md": blocks(body), "_frames/notice.html": notice}))
    assert "<p><strong>Care &amp; Co</strong></p>" in made.notice("en")


def test_a_frame_that_was_compiled_before_is_set_with_values_of_its_own(tmp_path: Path) -> None:
    """The code of a frame is kept, with the places where it prints: those of the right file and line."""
    frame = mjml(body="<mj-text>{{ content }} {{ words.why }}\n{% include '_shared/who.mjml' %}</mj-text>")
    files = {
        "letter/en.md": blocks(),
        "_frames/email.mjml": frame,
        "_shared/who.mjml": "\n\n{{ organisation.name }}",
        "_frames/words.yaml": "en: {why: Why, stop: Stop}\n",
    }
    letter = load(tmp_path, files)
    for name in ("First Police", "Second Police"):
        made = compiler(letter, replace(SURROUNDINGS, organisation={"name": name}))
        whole = made.email(made.trace("en", ANN, Channel.EMAIL).skeleton, SENDER).html((), LINKS)
        assert f"Why {name}" in " ".join(whole.split())
    for _ in range(2):
        made = compiler(letter, replace(SURROUNDINGS, organisation={"name": " "}))
        with pytest.raises(FrameError, match=r"organisation\.name is empty") as caught:
            made.email(made.trace("en", ANN, Channel.EMAIL).skeleton, SENDER)
        assert (caught.value.file, caught.value.line) == ("templates/_shared/who.mjml", 3)
