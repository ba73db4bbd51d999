"""Lists as people have them, taken in at the desk: asked about, accepted, and no different from the command line."""

import re
from html import unescape
from typing import Any

from tests import lists
from tests.projects import AUDIENCE
from tests.web.browsing import Answer
from tests.web.conftest import House
from tests.web.desk.audiences.test_audience_pages import PAGE, figures, log, roster, token
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import As

GO_ON = f"{PAGE}/roster/go-on"


def form(answer: Answer) -> dict[str, Any]:
    """The fields of the form that asks, as a browser sends them if nobody changes anything."""
    (body,) = re.findall(r'<form class="card".*?</form>', answer.text, re.DOTALL)
    fields: dict[str, list[str]] = {}
    inputs = r'<input type="hidden" name="([^"]+)" value="([^"]*)">|<select name="([^"]+)".*?</select>'
    for found in re.finditer(inputs, body, re.DOTALL):
        if found[3]:
            chosen = re.findall(r'value="([^"]*)" selected', found[0])
            fields.setdefault(found[3], []).append(unescape(chosen[0]))
        elif found[1] != "csrf":
            fields.setdefault(found[1], []).append(unescape(found[2]))
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}


def upload(browser: Browser, name: str, content: bytes) -> Answer:
    return browser.upload(f"{PAGE}/roster", "roster", content, file=name)


def test_one_list_in_five_forms_is_one_roster(house: House, enter: As) -> None:
    browser = enter("author")
    for name, content in lists.all_forms().items():
        answer = upload(browser, name, content)
        if name == "people.csv":
            assert answer.status == 422
            assert "José Example 1" in answer.text
            answer = browser.post(GO_ON, **{**form(answer), "accept[]": "windows-1252"})
        if answer.status == 422:  # most people go: the one there was before
            answer = browser.post(GO_ON, **form(answer))
        assert answer.status == 200, name
        assert lists.roster(roster(house)) == lists.expected(), name


def test_headings_are_matched_by_choosing_and_asked_about_once(house: House, enter: As) -> None:
    rows = [["Wer", "Kontakt", "Mobile", "Phone number", "Anmerkung"]]
    rows += [["Ada Quill", "ada@example.org", "07700 900123", "020 7946 0018", "met at the fair"]]
    browser = enter("author")
    answer = upload(browser, "our people.xlsx", lists.xlsx(rows))
    assert answer.status == 422
    for shown in ("Ada Quill", "ada@example.org", "020 7946 0018", "Kontakt"):
        assert shown in answer.text
    fields = form(answer)
    assert fields["column[]"] == ["name", "email", "phone", "phone", "anmerkung"]
    wrong = browser.post(GO_ON, **fields)
    assert wrong.status == 422  # two columns cannot both be the number
    fields = form(wrong) | {"column[]": ["name", "email", "phone", "-", "-"]}
    assert browser.post(GO_ON, **fields).status == 200
    assert roster(house) == b"name,email,phone\nAda Quill,ada@example.org,+447700900123\n"
    described = (house.folder / "audiences" / f"{AUDIENCE}.yaml").read_text("utf-8")
    assert '"Wer": "name"' in described
    assert '"Anmerkung": "-"' in described
    assert upload(browser, "our people.xlsx", lists.xlsx(rows)).status == 200
    assert "('amina', 'audience-import', 'neighbours', 'desk')" in log(house)


def test_how_a_list_was_read_is_told_once_it_is_taken_in(house: House, enter: As) -> None:
    rows = [["Contacts of Ashmere"], ["Full name", "Mobile No.", "Language"], ["Ada Quill", "7700900123", "English"]]
    browser = enter("author")
    done = upload(browser, "list.xlsx", lists.xlsx([*rows, ["Total", "1"]]))
    assert done.status == 200
    for told in ("How your list was read", "Full name</bdi> → <code>name", "passed over: row 1", "passed over: row 4"):
        assert told in done.text
    assert "the first 0 of this number is missing" in done.text
    assert "the language is written as a word" in done.text
    page = browser.at
    again = browser.get(page)  # coming back to the page, or loading it again
    assert "How your list was read" in again.text
    other = enter("admin").get(page)
    assert (other.status, "How your list was read" in other.text) == (200, False)
    assert "How your list was read" not in browser.get(PAGE).text


def test_a_sheet_is_chosen(house: House, enter: As) -> None:
    content = lists.xlsx([["Name", "Email"], ["Ada", "ada@example.org"]], [["Name", "Email"], ["Bo", "bo@example.org"]])
    browser = enter("author")
    answer = upload(browser, "two.xlsx", content)
    assert "Which sheet has the people?" in answer.text
    assert browser.post(GO_ON, token=token(answer), sheet="Sheet 2").status == 200
    assert b"Bo," in roster(house)
    assert b"Ada," not in roster(house)


def test_like_mistakes_are_one_line_and_accepted_with_one_press(house: House, enter: As) -> None:
    rows = [["Name", "Email", "Language"]]
    rows += [[f"P{n}", f"p{n}@example.org, q{n}@example.org", "Kurdish"] for n in range(12)]
    browser = enter("author")
    answer = upload(browser, "list.csv", lists.separated(rows))
    assert answer.status == 422
    assert "12 rows:" in answer.text
    assert "Take the first address of each" in answer.text
    assert "q3@example.org" in answer.text
    kept = token_of_first(answer)
    answer = browser.post(GO_ON, token=kept, **{"accept[]": "email-several"})
    assert "Take the first address of each" not in answer.text
    assert "Read each so" in answer.text
    both: dict[str, Any] = {"accept[]": ["email-several", "language-doubtful"]}
    done = browser.post(GO_ON, token=token_of_first(answer), **both)
    assert (done.status, figures(done)["people"]) == (200, "12")
    assert b"p3@example.org,ku\n" in roster(house)


def test_numbers_of_another_country_are_accepted_country_by_country(house: House, enter: As) -> None:
    rows = [["Name", "Email", "Phone"]]
    rows += [[f"P{n}", "", f"0191234{n:04}"] for n in range(12)]
    rows += [["Omar", "omar@example.org", "01912345679"], ["Bilal", "", "0300 123 4567"]]
    browser, before = enter("author"), roster(house)
    answer = upload(browser, "list.csv", lists.separated(rows))
    assert answer.status == 422
    cards = re.findall(r'<form class="card".*?</form>', answer.text, re.DOTALL)
    said = [re.sub(r"<[^>]+>|\s+", " ", unescape(card)) for card in cards if 'name="accept[]"' in card]
    # The number of somebody who has an email address counts too, for it is read so as well.
    assert [re.findall(r"(\d+) rows?:", one)[0] for one in said] == ["13", "1"]
    assert "01912340001 → +8801912340001" in " ".join(said[0].split())
    assert [re.findall(r"Read each +(as \S+ \(\w+\))", one)[0] for one in said] == [
        "as +880 (Bangladesh)",
        "as +92 (Pakistan)",
    ]
    answer = browser.post(GO_ON, token=token_of_first(answer), **{"accept[]": "phone+880"})
    assert (answer.status, roster(house)) == (422, before)
    both: dict[str, Any] = {"accept[]": ["phone+880", "phone+92"]}
    done = browser.post(GO_ON, token=token_of_first(answer), **both)
    assert (done.status, figures(done)["people"]) == (200, "14")
    assert b"P1,,+8801912340001\n" in roster(house)
    assert b"Omar,omar@example.org,+8801912345679\n" in roster(house)
    assert b"Bilal,,+923001234567\n" in roster(house)


def token_of_first(answer: Answer) -> str:
    found = {str(one) for one in re.findall(r'name="token" value="(\w+)"', answer.text)}
    assert len(found) == 1
    return found.pop()


def test_what_a_file_really_is_is_said_by_its_name(house: House, enter: As) -> None:
    before, browser = roster(house), enter("author")
    for content, said in (
        (b"<html><table><tr><td>Name", "a web page (HTML)"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">', "an XML spreadsheet"),
        (b"%PDF-1.7", "a PDF"),
    ):
        answer = upload(browser, "people of Ashmere.xls", content)
        assert answer.status == 422
        assert said in answer.text
        assert "people of Ashmere.xls" in answer.text
    assert roster(house) == before


def test_those_who_may_not_see_people_see_no_samples(house: House, enter: As) -> None:
    assert upload(enter("viewer"), "list.xlsx", lists.xlsx([["Wer"], ["Ada"]])).status == 403
    assert upload(enter("approver"), "list.xlsx", lists.xlsx([["Wer"], ["Ada"]])).status == 403
