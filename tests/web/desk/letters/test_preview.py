"""The preview is the message; it runs nothing, loads nothing, leads nowhere."""

import html
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.services.previewing import preview as making
from broadcaster.web import serve_web
from tests.letters.printing.test_notice_pdf import needs_pango, unpacked
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, person, write_roster
from tests.web import stage
from tests.web.browsing import Client
from tests.web.conftest import House
from tests.web.desk.conftest import As, come_in

PAGE = f"/desk/letters/{LETTER}/preview"


def test_the_frame_is_the_email_but_for_its_links(house: House, enter: As) -> None:
    messages = making.letter_for_audience(house.project, LETTER, AUDIENCE, None)
    person = making.find_recipient(messages, "2")
    whole = making.make_preview(messages, person)
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
    missed = author.post(f"{PAGE}/find", audience=AUDIENCE, who="nobody at all", row="2")
    assert missed.status == 422
    assert 'href="#f-who"' in missed.text
    assert "Ada Quill" in missed.text
    assert 'value="nobody at all"' in missed.text


def test_neighbours_lead_from_one_to_the_next(house: House, enter: As) -> None:
    author = enter("author")
    page = author.get(f"{PAGE}?audience={AUDIENCE}&row=3").text
    assert re.search(r'rel="prev" href="[^"]*row=2', page)
    assert re.search(r'rel="next" href="[^"]*row=4', page)


def test_what_the_frame_does_to_links_it_does_to_no_words(house: House, enter: As) -> None:
    file = house.folder / "templates" / LETTER / "en.md"
    odd = r'He said \\"no\\" (prefers-color-scheme: dark) and href="x".'
    file.write_text(stage.ENGLISH.replace("all is well", odd), "utf-8")
    framed = enter("author").get(f"{PAGE}/frame?audience={AUDIENCE}&row=2&light=dark").text
    assert r"He said \"no\"" in framed
    assert "(prefers-color-scheme: dark) and href=" in framed


def test_raw_is_what_would_be_sent(house: House, enter: As) -> None:
    messages = making.letter_for_audience(house.project, LETTER, AUDIENCE, None)
    whole = making.make_preview(messages, making.find_recipient(messages, "2"))
    assert whole.eml is not None
    (shown,) = re.findall(r"<pre[^>]*>(.*?)</pre>", enter("author").get(f"{PAGE}?row=2&shape=raw").text, re.DOTALL)
    own = re.compile(r"(?m)^(Date|Message-ID): .*$")
    assert own.sub("", html.unescape(shown)) == own.sub("", whole.eml.decode("ascii"))


def test_a_picture_in_a_name_or_another_cell_is_not_fetched(house: House, enter: As) -> None:
    """A name with https:// in it is refused with its row; one without a scheme is fetched just so."""
    name, borough = "<img src=//evil.example/x>", "<img src=https://evil.example/y>"
    write_roster(house.folder, [person(1, name=name, borough=borough)])
    author = enter("author")
    for look, shows in (("", name), ("/frame", name), ("/frame", borough), ("/edges", name)):
        shown = author.get(f"{PAGE}{look}?row=2&marked=yes")
        assert shown.status == 200, look
        assert html.escape(shows) in shown.text, look
        assert not re.search(r"<img[^>]*evil", shown.text), look


def test_marks_show_what_comes_from_the_row(house: House, enter: As) -> None:
    author = enter("author")
    assert "<mark>" not in author.get(f"{PAGE}/frame?row=2").text
    assert "<mark>Ada Quill</mark>" in author.get(f"{PAGE}/frame?row=2&marked=yes").text
    for shape in ("email", "text", "sms"):
        page = author.get(f"{PAGE}?row=2&marked=yes&shape={shape}").text
        assert "<mark>Ada Quill</mark>" in page, shape
    hostile = author.get(f"{PAGE}/frame?row=4&marked=yes").text
    assert "<script" not in hostile
    assert "<mark>&lt;b&gt;Cora" in hostile


NOTICE = {
    "en": "{% block subject %}News{% endblock %}{% block body %}\n{% if recipient %}Dear {{ recipient.name }}"
    "{% else %}Dear neighbours{% endif %}, ring {{ helplines['report'].number }}.\n{% endblock %}",
    "ar": "{% block subject %}أخبار{% endblock %}{% block body %}\n{% if recipient %}إلى {{ recipient.name }}"
    "{% else %}إلى جيراننا{% endif %}\n{% endblock %}",
}


def for_everybody(house: House) -> None:
    for language, text in NOTICE.items():
        (house.folder / "templates" / LETTER / f"{language}.md").write_text(text, "utf-8")


@needs_pango
def test_a_notice_is_for_everybody(house: House, enter: As) -> None:
    for_everybody(house)
    author, viewer = enter("author"), enter("viewer")
    for browser in (author, viewer):
        page = browser.get(f"{PAGE}?row=2&shape=notice").text
        assert "Get it as PDF, to print</a>" in page
        assert "Ada Quill" not in page
        shown = browser.get(f"{PAGE}/frame?row=2&shape=notice").text
        assert "Dear neighbours" in shown
        assert "Ada Quill" not in shown
        assert "/c/" not in shown
    printed = author.get(f"{PAGE}/notice?row=3")
    assert printed.body.startswith(b"%PDF")
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.headers["content-disposition"] == f'attachment; filename="{LETTER}-ar.pdf"'
    assert re.search(rb"/Lang ?\(ar\)", unpacked(printed.body))


def test_a_letter_that_speaks_to_one_person_is_no_notice(house: House, enter: As) -> None:
    author = enter("author")
    page = author.get(f"{PAGE}?row=2&shape=notice").text
    assert "Get it as PDF" not in page
    assert "a printed notice is for everybody" in page
    assert f"templates/{LETTER}/en.md:3" in page
    assert "{% if recipient %}Dear {{ recipient.name }}{% else %}Dear neighbours{% endif %}" in html.unescape(page)
    for look in ("frame", "notice"):
        answer = author.get(f"{PAGE}/{look}?row=2&shape=notice")
        assert answer.status == 422
        assert "Ada Quill" not in answer.text


def test_the_button_is_off_where_nothing_can_be_printed(
    house: House, enter: As, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for_everybody(house)
    package = tmp_path / "lacks" / "weasyprint"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError\n")
    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(package.parent)
    page = enter("author").get(f"{PAGE}?row=2&shape=notice").text
    assert re.search(r"<button [^>]*disabled[^>]*>Get it as PDF, to print</button>", page)
    assert "No PDF can be made here yet." in page
    assert "WeasyPrint, which is not installed" in page
    assert "/preview/notice?" not in page


def test_the_extremes_of_an_audience_are_named(house: House, enter: As) -> None:
    page = enter("author").get(f"{PAGE}/edges").text
    assert "The longest name" in page
    assert re.search(r"From right to left:.*?row=3", page, re.DOTALL)
    assert enter("viewer").get(f"{PAGE}/edges").status == 403


def test_a_text_says_its_segments_and_what_they_cost(house: House, enter: As) -> None:
    author = enter("author")
    assert "2 segments, each billed" in author.get(f"{PAGE}?row=3&shape=sms").text
    config = house.folder / "config.yaml"
    config.write_text(config.read_text("utf-8") + "prices: {sms_segment: 0.042 GBP}\n", "utf-8")
    assert "That is £0.08 for this one." in author.get(f"{PAGE}?row=3&shape=sms").text


def test_plain_characters_are_offered_for_what_makes_a_text_long(house: House, enter: As) -> None:
    file = house.folder / "templates" / LETTER / "en.md"
    file.write_text(stage.ENGLISH.replace("all is well. {{", "all is well \u2013 and \u201cquiet\u201d. {{"), "utf-8")
    page = enter("author").get(f"{PAGE}?row=2&shape=sms").text
    assert "Written plainly it would take" in page
    assert "write - instead" in page


def test_where_one_came_from_is_kept(house: House, enter: As) -> None:
    """Whoever looks at a campaign's letter in Arabic still does after finding somebody, or sending a test."""
    author = enter("author")
    kept = {"audience": AUDIENCE, "campaign": CAMPAIGN, "language": "ar", "shape": "text"}
    author.post(f"{PAGE}/find", who="4", **kept)
    assert {f"{name}={value}" for name, value in kept.items()} | {"row=4"} == set(urlsplit(author.at).query.split("&"))
    author.post(f"{PAGE}/test", row="2", to="me@office.example", **kept)
    assert {f"{name}={value}" for name, value in kept.items()} <= set(urlsplit(author.at).query.split("&"))


def test_a_row_that_is_no_number_is_no_accident(house: House, enter: As) -> None:
    author = enter("author")
    assert author.post(f"{PAGE}/test", audience=AUDIENCE, row="abc", to="me@office.example").status == 200
    assert author.get(f"{PAGE}?row=abc").status == 200
    assert author.get(f"{PAGE}?row=99999999").status == 409


def test_a_letter_that_cannot_be_made_says_where(house: House, enter: As) -> None:
    file = house.folder / "templates" / LETTER / "en.md"
    file.write_text(stage.ENGLISH.replace("{{ recipient.borough }}", "{{ recipient.shire }}"), "utf-8")
    page = enter("author").get(f"{PAGE}?row=2").text
    assert "shire" in page
    assert f"templates/{LETTER}/en.md:5" in page


@pytest.mark.parametrize("look", ["", "/frame", "/notice", "/edges"])
def test_another_teams_people_are_not_looked_at(house: House, enter: As, look: str) -> None:
    for_everybody(house)
    other = house.folder / "audiences"
    for kind in ("yaml", "csv"):
        (other / f"elsewhere.{kind}").write_bytes((other / f"{AUDIENCE}.{kind}").read_bytes())
    config = house.folder / "config.yaml"
    limited = config.read_text("utf-8").replace("  amina:\n", "  amina:\n    audiences: [elsewhere]\n")
    config.write_text(limited, "utf-8")
    author = enter("author")
    assert author.get(f"{PAGE}{look}?audience={AUDIENCE}&row=2").status == 404
    assert author.get(f"{PAGE}{look}?audience=elsewhere&campaign={CAMPAIGN}").status == 404
    assert author.get(f"{PAGE}{look}?audience=elsewhere&row=2").status == 200
    for act in ("find", "test"):
        form = {"audience": AUDIENCE, "who": "2", "to": "me@office.example"}
        assert author.post(f"{PAGE}/{act}", **form).status == 404


def test_a_text_message_is_sent_to_oneself_and_shown_in_the_outbox(house: House, enter: As) -> None:
    author = enter("author")
    page = author.post(f"{PAGE}/test", audience=AUDIENCE, row="2", shape="sms", to="07700 900654")
    assert page.status == 200
    assert "The test was sent" in page.text
    assert "900654" not in author.at
    (told, *_) = [one for one in stage.texts(house.folder) if one["to"] == "+447700900654"]
    assert str(told["body"]).startswith("[Test] Ada Quill: all is well")
    listed = author.get("/desk/outbox").text
    (link,) = re.findall(r'<th scope="row"><a href="(/desk/outbox/(?!of/)[^"]+)"', listed)
    assert "[Test] Ada Quill" in author.get(link).text


def test_a_test_that_cannot_go_says_so_beside_the_address(house: House, enter: As) -> None:
    page = enter("author").post(f"{PAGE}/test", audience=AUDIENCE, row="2", to="nowhere at all")
    assert page.status == 422
    assert '<a href="#f-to"' in page.text
    assert "Ada Quill" in page.text
    assert 'value="nowhere at all"' in page.text


def test_an_edit_shows_at_the_next_look(house: House, enter: As) -> None:
    frame = f"{PAGE}/frame?audience={AUDIENCE}&row=2"
    # One settings object for all looks, as `serve` has until config.yaml changes: nothing is made anew for its sake.
    with serve_web(house.project, ListenAddress("127.0.0.1", 0), lambda: None, lambda: house.project) as address:
        author = come_in(House(house.project, Client(address)), "amina")
        assert "all is well" in author.get(frame).text
        file = house.folder / "templates" / LETTER / "en.md"
        file.write_text(stage.ENGLISH.replace("all is well", "all is quiet now"), "utf-8")
        assert "all is quiet now" in author.get(frame).text
        roster = house.folder / "audiences" / f"{AUDIENCE}.csv"
        roster.write_text(roster.read_text("utf-8").replace("Ada Quill", "Ada Featherstone"), "utf-8")
        assert "Ada Featherstone" in author.get(frame).text
        shared = house.folder / "templates" / "_frames" / "words.yaml"
        shorter = re.sub(r"unsubscribe: .*", "unsubscribe: No more of these", shared.read_text("utf-8"))
        shared.write_text(shorter, "utf-8")
        assert "No more of these" in author.get(frame).text


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
