"""The notice is for everybody: nothing of a recipient in it, no link of one person's; or it is refused."""

from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.letters.model.errors import NoticeImpossibleError, PartMissingError, TraceError
from tests.letters.writing import LINKS, SENDER, blocks, compiler, load

FRAME = (
    "<!doctype html><html lang='{{ language }}' dir='{{ direction }}'><title>{{ title }}</title>"
    "<body>{{ content }}{% if links.check %}<p>{{ links.check }}</p>{% endif %}</body></html>"
)
GREETING = "{% if recipient %}Dear {{ recipient.name }}{% else %}Dear neighbours{% endif %},"
NAMED = "{% if recipient.name %}Dear {{ recipient.name }}{% else %}Dear neighbours{% endif %},"


def files(body: str, language: str = "en", **others: str) -> dict[str, str]:
    return {f"letter/{language}.md": blocks(body), "_frames/notice.html": FRAME, **others}


def notice(root: Path, body: str, language: str = "en") -> str:
    declared = f"title: T\nkind: campaign\nsignatory: a\nfallback: {language}\n"
    return compiler(load(root, files(body, language, **{"letter/letter.yaml": declared}))).notice(language)


def refused(root: Path, body: str) -> list[tuple[str, str | None, int | None]]:
    with pytest.raises(NoticeImpossibleError) as caught:
        notice(root, body)
    assert caught.value.code == "notice-impossible"
    for problem in caught.value.problems:
        assert "{% if " in problem.remedy
    return [(problem.code, problem.file, problem.line) for problem in caught.value.problems]


@pytest.mark.parametrize("greeting", [GREETING, NAMED])
def test_words_in_a_condition_are_left_out(tmp_path: Path, greeting: str) -> None:
    assert "<p>Dear neighbours,</p>" in notice(tmp_path, greeting)


@pytest.mark.parametrize(
    "condition",
    [
        "{% if recipient.borough == 'Ashmere' %}a{% elif recipient.borough %}b{% else %}everybody{% endif %}",
        "{% if recipient.channel == 'sms' or recipient.language == 'en' %}a{% else %}everybody{% endif %}",
        "{% if recipient.name|length > 3 %}a{% else %}everybody{% endif %}",
        "{{ recipient.name or 'everybody' }}",
        "{{ recipient.name|default('everybody', true) }}",
        "{{ recipient.name if recipient else 'everybody' }}",
    ],
)
def test_every_column_is_empty_in_a_condition(tmp_path: Path, condition: str) -> None:
    assert "everybody" in notice(tmp_path, condition)


@pytest.mark.parametrize(
    "printed",
    [
        "{{ recipient.name }}",
        "{{ recipient.language }}",
        "{{ recipient.name|upper }}",
        "{{ recipient.name|length }}",
        "{{ recipient.age|int }}",
        "{{ 'Dear ' ~ recipient.name }}",
        "{{ 'Dear ' + recipient.name }}",
        "{% set who = 'Dear ' ~ recipient.name %}{{ who }}",
        "{% for one in [recipient.name] %}{{ one }}{% endfor %}",
    ],
)
def test_a_value_outside_of_a_condition_is_refused_with_its_place(tmp_path: Path, printed: str) -> None:
    assert refused(tmp_path, f"Hello\n\n{printed}") == [("notice-personal", "templates/letter/en.md", 5)]


def test_all_places_are_listed_and_those_of_the_subject_do_not_count(tmp_path: Path) -> None:
    texts = files("{{ recipient.name }}\n\n{% include '_shared/more.md' %}\n\n[x]({{ links.check }})")
    texts |= {"_shared/more.md": "\n{{ recipient.borough }}"}
    made = compiler(load(tmp_path, texts))
    with pytest.raises(NoticeImpossibleError) as caught:
        made.notice("en")
    assert [(problem.code, problem.file, problem.line) for problem in caught.value.problems] == [
        ("notice-personal", "templates/letter/en.md", 3),
        ("notice-personal", "templates/_shared/more.md", 2),
        ("notice-link", "templates/letter/en.md", 7),
    ]
    personal = {"letter/en.md": blocks("Hello", subject="{{ recipient.name }}", sms="{{ recipient.name }}")}
    assert "Hello" in compiler(load(tmp_path / "b", files("") | personal)).notice("en")


def test_no_made_up_link(tmp_path: Path) -> None:
    page = notice(tmp_path, "{% if links.check %}[Check it]({{ links.check }}){% endif %} Hello")
    assert "Hello" in page
    assert "https" not in page
    assert "Check" not in page


def test_a_letter_without_a_body_has_no_notice(tmp_path: Path) -> None:
    made = compiler(load(tmp_path, files("") | {"letter/en.md": "{% block sms %}Hi{% endblock %}"}))
    with pytest.raises(PartMissingError):
        made.notice("en")
    with pytest.raises(PartMissingError):
        made.notice("ar")


def test_a_person_without_a_name_still_stops_a_letter_that_needs_it(tmp_path: Path) -> None:
    """`{% if recipient %}` tells a notice from people; only `{% if recipient.name %}` says that a name is optional."""
    made = compiler(load(tmp_path, files(GREETING)))
    nameless = {"name": "", "email": "a@example.org"}
    for trace in (made.trace, made.full_trace):
        with pytest.raises(TraceError) as caught:
            trace("en", nameless, Channel.EMAIL)
        assert [problem.code for problem in caught.value.problems] == ["empty-value"]
    optional = compiler(load(tmp_path / "b", files(NAMED)))
    trace_of = optional.trace("en", nameless, Channel.EMAIL)
    assert "Dear neighbours" in optional.email(trace_of.skeleton, SENDER).text(trace_of.values, LINKS)


def test_a_notice_and_messages_do_not_meet(tmp_path: Path) -> None:
    """Whichever is made first: people are traced the quick way, and the notice is nobody's."""
    made = compiler(load(tmp_path, files(GREETING)))
    assert "Dear neighbours" in made.notice("en")
    first = made.trace("en", {"name": "Ann"}, Channel.EMAIL)
    assert made.is_fast_traced("en", Channel.EMAIL)
    assert made.trace("en", {"name": "Ben"}, Channel.EMAIL).skeleton == first.skeleton
    assert "Dear neighbours" in made.notice("en")
    assert "Ann" not in made.notice("en")


def test_numbers_and_values_have_a_direction(tmp_path: Path) -> None:
    page = notice(
        tmp_path, "اتصلوا {{ helplines['care'].number }} و {{ helplines['care'].name }} على 0800 456 1226.", "ar"
    )
    assert '<span dir="ltr">020\u00a07946\u00a00000</span>' in page
    assert '<span dir="ltr">Care &amp; Co</span>' in page
    assert '<span dir="ltr">0800 456 1226</span>' in page


def test_an_isolate_of_the_frame_gets_a_direction(tmp_path: Path) -> None:
    frame = (
        "<!doctype html><html dir='rtl'><title>{{ title }}</title><body>{{ content }}"
        "<p><bdi>{{ signatory.name }}</bdi> <bdi>0800 456</bdi> <bdi>سلام 5</bdi> <bdi dir='ltr'>x</bdi> <bdi>…</bdi>"
    )
    page = compiler(load(tmp_path, files("Hello") | {"_frames/notice.html": frame})).notice("en")
    for words in ("Ada Lowe", "0800 456", "x", "…"):
        assert f'<span dir="ltr">{words}</span>' in page
    assert '<span dir="rtl">سلام 5</span>' in page


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        (
            "[the page](https://example.org/a?b=1&c=2)",
            ' (<span dir="ltr">https://example.org/a?b=1&amp;c=2</span>)</p>',
        ),
        ("[write](mailto:us@example.org)", ' (<span dir="ltr">us@example.org</span>)</p>'),
        ("<https://example.org/a>", "example.org/a</a></p>"),
    ],
)
def test_the_address_of_a_link_can_be_typed(tmp_path: Path, link: str, shown: str) -> None:
    assert shown in notice(tmp_path, link)


def test_an_isolate_with_other_attributes_gets_a_direction_too(tmp_path: Path) -> None:
    frame = (
        "<!doctype html><html dir='rtl'><title>{{ title }}</title><body>{{ content }}"
        "<p><bdi class='n'>سلام 5</bdi> <span class='n' dir='auto'>0800 456</span>"
    )
    page = compiler(load(tmp_path, files("Hello") | {"_frames/notice.html": frame})).notice("en")
    assert '<span class="n" dir="rtl">سلام 5</span>' in page
    assert '<span class="n" dir="ltr">0800 456</span>' in page
