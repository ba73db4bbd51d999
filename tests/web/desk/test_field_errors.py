"""What is wrong in a form: said beside its field, in a summary that leads there, and in the page's title.

The shape is that of the error summary of GOV.UK's design system.
"""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest

from tests.projects import AUDIENCE, LETTER
from tests.web.conftest import House
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import As

SUMMARY = re.compile(r'<div class="note bad" id="error-summary".*?</div>', re.DOTALL)
LINK = re.compile(r'<a href="#([^"]+)"[^>]*>([^<]*)</a>')
LETTER_ENTRY = {"title": "Tea", "kind": "campaign", "signatory": "nobody", "language": "en"}
LIST_ENTRY = {"title": "Neighbours", "purpose": "Tea", "article_6": "consent", "article_9": "none"}


def summary(page: str) -> list[tuple[str, str]]:
    """The links of the summary: where each leads, and its words."""
    found = SUMMARY.search(page)
    return [(where, unescape(words)) for where, words in LINK.findall(found[0])] if found else []


def tag_with_id(page: str, wanted: str) -> str:
    """The tag that has this id, of which there is one."""
    (found,) = re.findall(rf'<[^>]* id="{re.escape(wanted)}"[^>]*>', page)
    return str(found)


CASES: Mapping[str, tuple[str, str, Mapping[str, Any], list[str]]] = {
    "an audience without a name": ("author", "/desk/audiences/new", {**LIST_ENTRY, "title": " "}, ["f-title"]),
    "without a purpose": ("author", "/desk/audiences/new", {**LIST_ENTRY, "purpose": ""}, ["f-purpose"]),
    "without a right": ("author", "/desk/audiences/new", {**LIST_ENTRY, "article_6": ""}, ["f-article_6"]),
    "a letter that nobody signs": ("author", "/desk/letters/new", LETTER_ENTRY, ["f-signatory"]),
    "a letter without a title": ("author", "/desk/letters/new", {**LETTER_ENTRY, "title": ""}, ["f-title"]),
    "a person without a name": (
        "admin",
        "/desk/people/new",
        {"name": "", "key": "robin", "role": "viewer", "scope": "all"},
        ["f-name"],
    ),
    "a sign-in name with a blank": (
        "admin",
        "/desk/people/new",
        {"name": "Robin", "key": "a b", "role": "viewer", "scope": "all"},
        ["f-key"],
    ),
    "quiet hours without minutes": (
        "admin",
        "/desk/settings/quiet-hours",
        {"start": "9", "end": "x"},
        ["f-start", "f-end"],
    ),
    "no to what is no address": ("author", "/desk/suppressions", {"address": "x", "reason": "tea"}, ["f-add-address"]),
    "an address in a reason": (
        "author",
        "/desk/suppressions",
        {"address": "new@example.org", "reason": "asked by new@example.org"},
        ["f-add-reason"],
    ),
    "a campaign in the past": (
        "author",
        "/desk/campaigns/new",
        {
            "letter": LETTER,
            "audience": AUDIENCE,
            "channel": "email",
            "title": "Tea",
            "repeat": "once",
            "when": "2020-01-01T10:00",
        },
        ["f-when"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_said_at_the_head_and_beside_its_field(enter: As, case: str) -> None:
    who, path, fields, wanted = CASES[case]
    answer = enter(who).post(path, **fields)
    assert answer.status == 422
    page = answer.text
    assert re.search(r"<title>Error: ", page)
    assert [where for where, _ in summary(page)] == wanted
    for where, words in summary(page):
        field = tag_with_id(page, where)
        said = where.replace("f-", "e-", 1)
        assert said in re.findall(r'aria-describedby="([^"]*)"', field)[0].split()
        beside = page.partition(f'id="{said}"')[2]
        assert words.partition(": ")[2] in unescape(beside) or words in unescape(beside)
        if not field.startswith("<fieldset"):
            assert 'aria-invalid="true"' in field


def test_a_page_without_a_mistake_says_nothing_of_one(enter: As) -> None:
    page = enter("author").get("/desk/audiences/new").text
    assert "Error:" not in page
    assert summary(page) == []
    assert "aria-invalid" not in page


def test_a_wrong_password_leads_to_the_name(house: House) -> None:
    visitor = Browser(house.client)
    answer = visitor.post("/desk/in", name="amina", password="not this one at all")
    assert [where for where, _ in summary(answer.text)] == ["f-name"]
