"""A provider that fills the gaps, one tag after the other, makes of a letter exactly what we make of it."""

import itertools
import os
import random
import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import MergeTemplate
from broadcaster.letters.compiling.compiler import Compiler
from broadcaster.letters.filling.email_headers import unsubscribe_fields
from broadcaster.letters.filling.merge_skeleton import MergeSkeleton
from broadcaster.letters.filling.skeleton import EmailSkeleton
from broadcaster.letters.model.errors import HeaderAddressError
from broadcaster.letters.rendering.fragments import Links
from tests.letters.filling.test_skeleton import PNG, skeleton
from tests.letters.generated import Written, fields, hostile, letters
from tests.letters.writing import LINKS, SENDER, compiler, load

EVIL = "a@b.example>\r\nBcc: x@y.example"
slow = settings(
    max_examples=2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def put(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    """What SendGrid does: each tag in its turn, in the text as it is by then."""
    for tag, value in pairs:
        text = text.replace(tag, value)
    return text


def made(written: Written) -> Compiler:
    with tempfile.TemporaryDirectory() as folder:
        return compiler(load(Path(folder), written.files))


def holds(email: EmailSkeleton, values: Sequence[str], links: Links = LINKS) -> None:
    """In the order given, backwards, and in others: the texts are those that we fill ourselves."""
    merge = MergeSkeleton(email)
    pairs = list(zip(merge.template.tags, merge.substitutions(values, links), strict=True))
    orders = [pairs, pairs[::-1], sorted(pairs, key=lambda pair: pair[1])]
    orders += [random.Random(seed).sample(pairs, len(pairs)) for seed in range(3)]
    for order in orders:
        assert put(merge.template.text, order) == email.text(values, links)
        assert put(merge.template.html, order) == email.html(values, links)
    assert merge.subject(values, links) == re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", email.subject(values, links))
    tags_hold(merge.template)


def tags_hold(template: MergeTemplate) -> None:
    assert len(set(template.tags)) == len(template.tags)
    assert all(tag.isascii() and tag.isalnum() for tag in template.tags)
    for one, other in itertools.permutations(template.tags, 2):
        assert one not in other
        assert not any(one.endswith(other[:size]) for size in range(1, len(other))), "one would begin in another"


@pytest.mark.timeout(3600)
@slow
@given(letters(), st.lists(fields(hostile), min_size=1, max_size=3))
def test_one_tag_after_the_other_is_the_letter_itself(written: Written, people: list[dict[str, str]]) -> None:
    ready = made(written)
    for person in people:
        trace = ready.trace(written.language, person, Channel.EMAIL)
        holds(ready.email(trace.skeleton, SENDER), trace.values)


BODY = (
    "{{ recipient.a }}{{ recipient.b }} [more]({{ links.web }}) [x](https://example.org/?q={{ recipient.a }}) "
    "{{ links.web }}"
)


def email(folder: Path) -> EmailSkeleton:
    ready = compiler(load(folder, {"letter/en.md": f"{{% block subject %}}For {{{{ recipient.a }}}}{{% endblock %}}"
                           f"{{% block body %}}{BODY}{{% endblock %}}"}))  # fmt: skip
    return ready.email(ready.trace("en", {"a": "Ann", "b": "Bo"}, Channel.EMAIL).skeleton, SENDER)


def test_each_place_of_a_value_has_a_tag_of_its_own(tmp_path: Path) -> None:
    merge = MergeSkeleton(email(tmp_path))
    got = merge.substitutions(('A & "B"', "x"), LINKS)
    # in text, in HTML, in a link; the other in text and in HTML; two links in text and in HTML
    assert sorted(got) == sorted(
        ['A & "B"', "A &amp; &quot;B&quot;", "A%20%26%20%22B%22", "x", "x"] + [LINKS.web] * 2 + [LINKS.unsubscribe] * 2
    )
    assert len(set(merge.template.tags)) == len(got) == 9


@pytest.mark.parametrize("value", ["Ann", "خان", "Zoë خان", "<b>", "A&B", '"', ">", "O'Neill-Smith, Jr.", "&amp;", ""])
def test_values_that_need_nothing_and_values_that_do(tmp_path: Path, value: str) -> None:
    for body in ("{{ recipient.a }} and {{ links.web }}", "{{ recipient.a }}", "Nothing."):
        holds(skeleton(tmp_path, body=body), (value,))
    holds(skeleton(tmp_path), ("Ann",), Links())


def test_nobody_can_know_the_tags(tmp_path: Path) -> None:
    """They are made anew each time, and what they have in common has enough chance in it (95 bits)."""
    made = email(tmp_path)
    first, second = MergeSkeleton(made).template, MergeSkeleton(made).template
    assert first.key != second.key
    assert first.tags[0][:17] not in second.text + second.html
    assert len({MergeSkeleton(made).template.tags[0][:8] for _ in range(50)}) == 50


def test_a_part_of_a_tag_in_a_value_makes_no_tag(tmp_path: Path) -> None:
    """Beside another tag, and beside what the letter says; a value with a half of one goes whole (see payload)."""
    made = email(tmp_path)
    merge = MergeSkeleton(made)
    tags = merge.template.tags
    for cut, one, other in itertools.product(range(1, len(tags[0])), range(len(tags)), (0, len(tags) - 1)):
        for values in ((tags[one][:cut], "x"), ("x", tags[other][cut:]), (tags[one][cut:], tags[other][:cut])):
            pairs = list(zip(tags, merge.substitutions(values, LINKS), strict=True))
            assert put(merge.template.html, pairs) == made.html(values, LINKS)
            assert put(merge.template.text, pairs) == made.text(values, LINKS)


def test_what_all_share_and_what_each_has(tmp_path: Path) -> None:
    template = MergeSkeleton(email(tmp_path)).template
    assert dict(template.headers) == {"List-Id": "<a1b2.lists.example>", "Content-Language": "en"}
    assert (template.from_name, template.from_address) == ("Eastmarch Police", "news@eastmarch.example")
    assert (template.reply_to, template.logo, template.logo_id) == ("ada@eastmarch.example", None, "")
    assert unsubscribe_fields(LINKS.unsubscribe) == {
        "List-Unsubscribe": f"<{LINKS.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert unsubscribe_fields("") == {}


def test_the_logo_goes_with_the_template(tmp_path: Path) -> None:
    template = MergeSkeleton(skeleton(tmp_path, replace(SENDER, logo=PNG))).template
    assert (template.logo, template.logo_kind) == (PNG, "image/png")
    assert f'src="cid:{template.logo_id}"' in template.html


@pytest.mark.parametrize(
    "sender", [replace(SENDER, list_id=EVIL), replace(SENDER, from_address=EVIL), replace(SENDER, reply_to=EVIL)]
)
def test_a_sender_that_would_add_headers_is_refused(tmp_path: Path, sender: object) -> None:
    with pytest.raises(HeaderAddressError):
        MergeSkeleton(skeleton(tmp_path, sender))  # type: ignore[arg-type]  # parametrised


def test_values_from_elsewhere_add_no_headers(tmp_path: Path) -> None:
    with pytest.raises(HeaderAddressError):
        unsubscribe_fields("https://x.example/>\r\nBcc: y@z.example")
    assert MergeSkeleton(email(tmp_path)).subject(("Ann\r\nBcc: x@y.example", ""), LINKS) == "For Ann  Bcc: x@y.example"
