"""Replies: whose they are to read, and that somebody has."""

from datetime import UTC, datetime

from broadcaster.domain.reports import InboundText
from broadcaster.services import replies
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


def test_viewers_read_none(house: House, enter: As) -> None:
    assert enter("viewer").get("/desk/replies").status == 403
