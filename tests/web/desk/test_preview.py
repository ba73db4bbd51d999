"""The preview is the message; it runs nothing, loads nothing, leads nowhere."""

import re
import time

from broadcaster.services import preview as making
from tests.projects import AUDIENCE, LETTER
from tests.web import stage
from tests.web.conftest import House
from tests.web.desk.conftest import As

PAGE = f"/desk/letters/{LETTER}/preview"


def test_the_frame_is_the_email_but_for_its_links(house: House, enter: As) -> None:
    prospects = making.prospects_for(house.project, LETTER, AUDIENCE, None)
    person = making.find(prospects, "2")
    whole = making.preview(prospects, person)
    assert whole.page is not None
    framed = enter("author").get(f"{PAGE}/frame?audience={AUDIENCE}&row=2").text
    plain = re.sub(r'href="[^"]*"', 'href="#"', whole.page)
    dark = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
    assert re.sub(r'href="[^"]*"', 'href="#"', framed) == dark.sub("(max-width: 0)", plain)
    assert stage.PUBLIC not in framed


def test_a_hostile_name_is_words_and_nothing_else(house: House, enter: As) -> None:
    framed = enter("author").get(f"{PAGE}/frame?audience={AUDIENCE}&row=4")
    assert "&lt;script&gt;" in framed.text
    assert "<script" not in framed.text
    policy = framed.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.rstrip().endswith("sandbox")


def test_by_night_it_is_what_a_dark_screen_shows(house: House, enter: As) -> None:
    author = enter("author")
    day = author.get(f"{PAGE}/frame?audience={AUDIENCE}&row=2").text
    night = author.get(f"{PAGE}/frame?audience={AUDIENCE}&row=2&light=dark").text
    assert "(max-width: 0)" in day
    assert day.replace("(max-width: 0)", "(min-width: 0)") == night


def test_people_are_found_by_form_and_named_by_row(house: House, enter: As) -> None:
    author = enter("author")
    for who, name in (("3", "Bilal Noor"), ("person1@example.org", "Ada Quill"), ("dua", "Dua Rahim")):
        found = author.post(f"{PAGE}/find", audience=AUDIENCE, who=who)
        assert name in found.text
        assert re.search(r"row=\d+", author.at)
        assert who == "3" or who not in author.at
    assert author.post(f"{PAGE}/find", audience=AUDIENCE, who="nobody at all").status == 409


def test_neighbours_lead_from_one_to_the_next(house: House, enter: As) -> None:
    author = enter("author")
    page = author.get(f"{PAGE}?audience={AUDIENCE}&row=3").text
    assert re.search(r'rel="prev" href="[^"]*row=2', page)
    assert re.search(r'rel="next" href="[^"]*row=4', page)


def test_an_edit_shows_at_the_next_look(house: House, enter: As) -> None:
    author = enter("author")
    frame = f"{PAGE}/frame?audience={AUDIENCE}&row=2"
    assert "all is well" in author.get(frame).text
    file = house.folder / "templates" / LETTER / "en.md"
    time.sleep(0.01)
    file.write_text(stage.ENGLISH.replace("all is well", "all is quiet"), "utf-8")
    assert "all is quiet" in author.get(frame).text
    roster = house.folder / "audiences" / f"{AUDIENCE}.csv"
    roster.write_text(roster.read_text("utf-8").replace("Ada Quill", "Ada Feather"), "utf-8")
    assert "Ada Feather" in author.get(frame).text


def test_a_test_goes_to_oneself_and_the_address_is_kept_nowhere(house: House, enter: As) -> None:
    author = enter("author")
    before = len(list((house.folder / "var" / "outbox" / "email").glob("*.eml")))
    sent = author.post(f"{PAGE}/test", audience=AUDIENCE, row="2", language="en", to="me@office.example")
    assert sent.status == 200
    assert "me@office.example" not in author.at
    files = list((house.folder / "var" / "outbox" / "email").glob("*.eml"))
    assert len(files) == before + 1
    assert sum(b"me@office.example" in file.read_bytes() for file in files) == 1
    assert "me@office.example" not in repr(stage.ledger(house.folder))
