"""The pages on providers: every word that one may answer is explained, and the example is the code that is tested."""

import re

import pytest

from broadcaster.providers.answers import meaning_of_status
from broadcaster.providers.reasons import Reason
from tests.docs.pages import ROOT, blocks, code

TOY = ROOT / "tests" / "providers" / "toy.py"
ADDING = "docs/adding-a-provider.md"
NEVER_SHOWN = {Reason.NOT_TRIED}
"""Of a message that was not handed over since another one halted the broadcast: its reason is what is shown."""


@pytest.mark.parametrize(
    ("page", "sources"), [("smtp", "smtp/**/*.py"), ("smtp", "answers/*.py"), ("outbox", "outbox.py")]
)
def test_every_code_is_on_the_page(page: str, sources: str) -> None:
    text = "".join(file.read_text("utf-8") for file in (ROOT / "broadcaster" / "providers").glob(sources))
    used = {Reason[name] for name in re.findall(r"\bReason\.([A-Z_]+)", text)} - NEVER_SHOWN
    words = {word for span in code(ROOT / "docs" / "providers" / f"{page}.md") for word in re.findall(r"[\w-]+", span)}
    assert {reason.value for reason in used} - words == set()
    assert len(used) > 3


def test_the_table_of_bounces_is_the_table_of_the_code() -> None:
    page = (ROOT / "docs" / "providers" / "smtp.md").read_text("utf-8")
    said = {"not written to again": 1, "not written to after the third time": 3, "kept": 0}
    rows = re.findall(r"^\| failed, ([^|]*) \| bounced \| ([^|]+) \|$", page, re.MULTILINE)
    told = {status: said[address] for what, address in rows for status in re.findall(r"\d\.\d+\.\w+", what)}
    assert len(told) >= 15
    for status, strikes in told.items():
        assert meaning_of_status(status.replace("x", "99")).strikes == strikes, status


def test_the_example_is_what_is_tested() -> None:
    shown = [block.text.strip() for block in blocks("python") if block.page == ADDING]
    assert len(shown) > 5
    assert re.sub(r"\n\n+", "\n\n", "\n\n".join(shown)) == re.sub(r"\n\n+", "\n\n", TOY.read_text("utf-8")).strip()
