"""Replies: whose they are to read, and that somebody has."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from broadcaster.domain.reports import InboundText
from broadcaster.opening import settings_of
from broadcaster.services import inbox, replies
from tests.web.conftest import House
from tests.web.desk.conftest import As


def write(house: House, key: str, sender: str, body: str) -> None:
    replies.receive(house.project, "signed", InboundText(key, sender, "Ashmere", body, datetime.now(UTC)))


def test_seen_by_one_is_done_for_all(house: House, enter: As) -> None:
    write(house, "1", "+447700900101", "What time is the meeting?")
    author = enter("author")
    text = author.get("/desk/replies").text
    assert "What time is the meeting?" in text
    assert "+447700900101" not in text
    (one,) = replies.listed(house.project)
    assert author.post(f"/desk/replies/{one.id}/seen").status == 200
    assert "What time" not in enter("approver").get("/desk/replies").text
    assert "What time" in enter("approver").get("/desk/replies?all=yes").text


def test_those_of_other_audiences_do_not_read_them(house: House, enter: As) -> None:
    write(house, "1", "+447700900101", "after the letter")
    write(house, "2", "+447700900999", "out of nowhere")
    config = house.folder / "config.yaml"
    plain = config.read_text("utf-8")
    seen = {}
    for audience in ("neighbours", "elsewhere"):
        limited = plain.replace("  amina:\n", f"  amina:\n    audiences: [{audience}]\n")
        assert limited != plain
        config.write_text(limited, "utf-8")
        text = enter("author").get("/desk/replies").text
        seen[audience] = ("after the letter" in text, "out of nowhere" in text)
    assert seen == {"neighbours": (True, False), "elsewhere": (False, False)}


def test_what_waits_is_counted_on_every_page_and_only_what_is_theirs(house: House, enter: As) -> None:
    assert "to read" not in enter("author").get("/desk/people").text
    write(house, "1", "+447700900101", "after the letter")
    write(house, "2", "+447700900999", "out of nowhere, he has a knife")
    config = house.folder / "config.yaml"
    plain = config.read_text("utf-8")
    config.write_text(plain.replace("  amina:\n", "  amina:\n    audiences: [neighbours]\n"), "utf-8")
    author, approver = enter("author"), enter("approver")
    badge = r'<span class="badge (\w+)">(\d+)<span class="hidden-label"> to read'
    assert re.findall(badge, author.get("/desk/people").text) == [("calm", "1")]
    assert re.findall(badge, approver.get("/desk/people").text) == [("bad", "2")]
    assert "2 replies wait for somebody" in approver.get("/desk/replies").text
    assert "1 of them is urgent" in approver.get("/desk/replies").text
    assert "1 urgent reply" in approver.get("/desk").text
    # Nobody is told of what they cannot read.
    assert "urgent" not in author.get("/desk").text
    assert "1 reply to read" in author.get("/desk").text
    assert not re.search(badge, enter("viewer").get("/desk").text)


def test_every_reply_stands_on_one_page(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "SHOWN", 2)
    for number in range(5):
        body = "he has a knife" if number == 1 else f"text {number}"
        write(house, str(number), f"+44770090010{number % 2}", body)
    browser, path, seen = enter("author"), "/desk/replies", list[str]()
    for _ in range(9):
        text = browser.get(path).text
        seen += re.findall(r'<p class="bubble" dir="auto">(.*?)</p>', text)
        older = re.search(r'href="(/desk/replies\?before=[^"]+)"', text)
        if older is None:
            break
        path = older[1].replace("&amp;", "&")
    assert seen == ["he has a knife", "text 4", "text 3", "text 2", "text 0"]


def test_somebody_elses_replies_leave_no_page_empty(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "SHOWN", 2)
    write(house, "mine", "+447700900101", "after the letter")
    for number in range(7):
        write(house, str(number), "+447700900999", "out of nowhere")
    config = house.folder / "config.yaml"
    plain = config.read_text("utf-8")
    config.write_text(plain.replace("  amina:\n", "  amina:\n    audiences: [neighbours]\n"), "utf-8")
    project = replace(house.project, settings=settings_of(house.folder))
    page = inbox.page(project, "amina", seen=False)
    assert ([one.words.body for one in page.replies], page.after) == (["after the letter"], "")
    (foreign, *_) = inbox.page(project, "david", seen=False).replies
    assert inbox.find(project, "amina", foreign.id) is None
    assert inbox.find(project, "david", foreign.id) == foreign
    monkeypatch.setattr(inbox, "LOOKED_THROUGH", 4)
    short = inbox.page(project, "amina", seen=False)
    assert (list(short.replies), bool(short.after)) == ([], True)


def test_viewers_read_none(house: House, enter: As) -> None:
    assert enter("viewer").get("/desk/replies").status == 403
