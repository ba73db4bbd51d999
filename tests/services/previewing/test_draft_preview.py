"""A draft is looked at as a letter is, and whatever it holds, that does not take long."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.services.previewing import draft_preview
from broadcaster.services.project.project import Project
from tests.letters.writing import blocks
from tests.projects import LETTER, make_project

FULL = 180_000

WILD = {
    "blanks": blocks("x" + " " * FULL + "x"),
    "blanks in a text message": blocks(sms="x" + " " * FULL + "x"),
    "line separators in code": blocks("```\nx" + "\u2028" * (FULL // 3) + "x\n```"),
    "an address of full stops": blocks("[a@" + "a." * (FULL // 2) + "@](https://letters.example.org)"),
    "letters that no text message has": blocks(sms="".join(chr(0x4E00 + n) for n in range(20_000))),
    "hashtags": blocks("".join(f"#aaaaaaaaaaaaaaa{n}\n" for n in range(4_900))),
    "titles": blocks(
        "{% set x = '"
        + "ab " * 6_000
        + "' %}{% for i in range(999) %}{% for j in range(999) %}{% set y = x|title %}{% endfor %}{% endfor %}"
    ),
    "values": blocks("{{ recipient.name }} " * 8_000),
}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(make_project(tmp_path / "project")) as project:
        yield project


QUICK = {"blanks", "titles", "an address of full stops"}


@pytest.mark.parametrize(
    "text",
    [pytest.param(text, id=name, marks=() if name in QUICK else pytest.mark.long) for name, text in WILD.items()],
)
def test_a_draft_at_its_limit_does_not_take_long(project: Project, text: str) -> None:
    # What else the machine does only ever adds to the time, so the quickest of a few says what the draft costs.
    assert any(_seconds(project, text) < 4 for _ in range(3))


def _seconds(project: Project, text: str, language: str = "en") -> float:
    start = time.thread_time()
    found = draft_preview.preview_draft(project, LETTER, language, text)
    assert len(found.findings) <= draft_preview.MAX_PROBLEMS
    return time.thread_time() - start


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * FULL, id="word"),
        pytest.param("](" * (FULL // 2), id="links", marks=pytest.mark.long),
        pytest.param("a." * (FULL // 2), id="full stops", marks=pytest.mark.long),
    ],
)
def test_nor_does_a_draft_beside_the_first_language(tmp_path: Path, text: str) -> None:
    folder = make_project(tmp_path / "project", letter={"en": blocks(text), "ar": blocks("مرحبا")})
    with open_project(folder) as project:
        assert any(_seconds(project, text=blocks(text), language="ar") < 4 for _ in range(3))
