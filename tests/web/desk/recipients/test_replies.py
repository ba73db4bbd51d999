"""Replies: whose they are to read, and that somebody has."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.domain.delivery.reports import InboundText
from broadcaster.services.recipients import suppression_list
from broadcaster.services.replies import inbound_texts, inbox
from tests.web import stage
from tests.web.conftest import House
from tests.web.desk.conftest import As


def write(house: House, key: str, sender: str, body: str) -> None:
    inbound_texts.receive(house.project, "signed", InboundText(key, sender, "Ashmere", body, datetime.now(UTC)))


def test_seen_by_one_is_done_for_all(house: House, enter: As) -> None:
    write(house, "1", "+447700900101", "What time is the meeting?")
    author = enter("author")
    text = author.get("/desk/replies").text
    assert "What time is the meeting?" in text
    assert "+447700900101" not in text
    (one,) = inbound_texts.list_replies(house.project)
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
    monkeypatch.setattr(inbox, "PAGE_SIZE", 2)
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
    monkeypatch.setattr(inbox, "PAGE_SIZE", 2)
    write(house, "mine", "+447700900101", "after the letter")
    for number in range(7):
        write(house, str(number), "+447700900999", "out of nowhere")
    config = house.folder / "config.yaml"
    plain = config.read_text("utf-8")
    config.write_text(plain.replace("  amina:\n", "  amina:\n    audiences: [neighbours]\n"), "utf-8")
    project = replace(house.project, settings=load_project_settings(house.folder))
    page = inbox.list_readable_replies(project, "amina", seen=False)
    assert ([one.words.body for one in page.replies], page.after) == (["after the letter"], "")
    (foreign, *_) = inbox.list_readable_replies(project, "david", seen=False).replies
    assert inbox.find_readable_reply(project, "amina", foreign.id) is None
    assert inbox.find_readable_reply(project, "david", foreign.id) == foreign
    monkeypatch.setattr(inbox, "MAX_REPLIES_OPENED", 4)
    short = inbox.list_readable_replies(project, "amina", seen=False)
    assert (list(short.replies), bool(short.after)) == ([], True)


def test_viewers_read_none(house: House, enter: As) -> None:
    assert enter("viewer").get("/desk/replies").status == 403


def test_who_wrote_is_shown_to_whoever_asks_and_the_log_keeps_that_they_did(house: House, enter: As) -> None:
    write(house, "1", "+447700900104", "someone is outside with a knife")
    write(house, "2", "+447700900999", "who are you?")
    write(house, "3", "PARCELS", "Your parcel waits")
    author = enter("author")
    listed = author.get("/desk/replies").text
    assert "Dua Rahim" not in listed
    assert "+447700900104" not in listed
    ids = {one.words.sender: one.id for one in inbound_texts.list_replies(house.project)}
    answer = author.post(f"/desk/replies/{ids['+447700900104']}/open")
    assert answer.status == 200
    assert "Dua Rahim" in answer.text
    assert "+447700900104" in answer.text
    assert "ring the police yourself" in answer.text
    assert not re.search(r"(?:href|action|src)=\"[^\"]*(?:7700900104|Dua|Rahim)", answer.text)
    stranger = author.post(f"/desk/replies/{ids['+447700900999']}/open").text
    assert "+447700900999" in stranger
    assert "not on our lists" in stranger
    machine = author.post(f"/desk/replies/{ids['PARCELS']}/open").text
    assert "PARCELS" in machine
    assert "say-no" not in machine
    entries = [one for one in stage.ledger(house.folder)["audit"] if "open-reply" in one]
    assert len(entries) == 3
    assert not re.search("7700900|Dua|PARCELS", str(entries))
    # It was looked at, and nobody has taken care of it yet.
    assert "someone is outside" in enter("approver").get("/desk/replies").text
    assert enter("viewer").post(f"/desk/replies/{ids['PARCELS']}/open").status == 403


def test_who_does_not_work_with_them_opens_none(house: House, enter: As) -> None:
    write(house, "1", "+447700900104", "he has a knife")
    config = house.folder / "config.yaml"
    limited = config.read_text("utf-8").replace("  amina:\n", "  amina:\n    audiences: [elsewhere]\n")
    config.write_text(limited, "utf-8")
    (one,) = inbound_texts.list_replies(house.project)
    author = enter("author")
    for act in ("open", "say-no"):
        assert author.post(f"/desk/replies/{one.id}/{act}").status == 404
    assert not [row for row in stage.ledger(house.folder)["audit"] if "open-reply" in row]


def test_a_name_that_stands_on_a_roster_only_is_found_there(house: House, enter: As) -> None:
    roster = house.folder / "audiences" / "neighbours.csv"
    roster.write_text(roster.read_text("utf-8").replace("+447700900104", "07700 900555"), "utf-8")
    write(house, "1", "+447700900555", "he has a knife")
    (one,) = inbound_texts.list_replies(house.project)
    assert "Dua Rahim" in enter("approver").post(f"/desk/replies/{one.id}/open").text


def test_a_no_in_other_words_is_noted_for_whoever_wrote_it(house: House, enter: As) -> None:
    write(house, "1", "+447700900104", "please do not send me these any more, they frighten me")
    (one,) = inbound_texts.list_replies(house.project)
    author = enter("author")
    answer = author.post(f"/desk/replies/{one.id}/say-no")
    assert author.at == "/desk/replies?said=texts-stopped"
    assert "No texts go to this number" in answer.text
    (found,) = suppression_list.list_suppressions(house.project)
    assert (found.address, found.reason, found.by) == ("+447700900104", "by-hand", "amina")
    author.post(f"/desk/replies/{one.id}/say-no")
    assert author.at == "/desk/replies?said=suppressed-before"
