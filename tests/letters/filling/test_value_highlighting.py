"""Marks show whose words are whose, and change nothing else."""

import re
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.letters.filling.skeleton import EmailSkeleton
from broadcaster.letters.filling.value_highlighting import highlighted_page, highlighted_text
from tests.letters.writing import LINKS, SENDER, blocks, compiler, load

HOSTILE = '<mark>&"Ann</mark>'


def made(root: Path, body: str, name: str) -> tuple[EmailSkeleton, tuple[str, ...]]:
    ready = compiler(load(root, {"letter/en.md": blocks(body)}))
    trace = ready.trace("en", {"name": name}, Channel.EMAIL)
    return ready.email(trace.skeleton, SENDER), trace.values


def unmarked(text: str) -> str:
    return re.sub(r"</?mark>", "", text)


@pytest.mark.parametrize("name", ["Ann", "عائشة", HOSTILE])
def test_a_page_without_its_marks_is_the_page(tmp_path: Path, name: str) -> None:
    body = (
        "Dear {{ recipient.name }}, [look](https://letters.example.org/{{ recipient.name }}) **{{ recipient.name }}**"
    )
    email, values = made(tmp_path, body, name)
    page = highlighted_page(email.page_fragments, email.direction, values, LINKS)
    assert page.count("<mark>") == 2
    assert unmarked(page) == email.page(values, LINKS)


def test_text_is_escaped_and_its_values_marked(tmp_path: Path) -> None:
    email, values = made(tmp_path, "1 < 2, {{ recipient.name }}", HOSTILE)
    text = highlighted_text(email.text_fragments, email.direction, values, LINKS)
    assert "1 &lt; 2, <mark>&lt;mark&gt;&amp;&quot;Ann&lt;/mark&gt;</mark>" in text
    assert text.count("<mark>") == 1
