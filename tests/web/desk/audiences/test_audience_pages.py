"""Audiences counted, made, and their rosters taken in whole or not at all."""

import csv
import io
import re
from pathlib import Path

import pytest

from broadcaster.services.access.permissions import Actor
from broadcaster.services.recipients import suppression_list
from broadcaster.services.rosters import count_cache
from broadcaster.web.desk.audiences import audience_pages
from tests.projects import AUDIENCE
from tests.web.browsing import Answer
from tests.web.conftest import House
from tests.web.desk.conftest import As

PAGE = f"/desk/audiences/{AUDIENCE}"
BAD = b"name,email,borough\nNew Person,new@example.org,Ashmere\nSlip Person,slip-at-example.org,Ashmere\n"
GOOD = BAD.replace(b"slip-at-", b"slip@")


def roster(house: House) -> bytes:
    return (house.folder / "audiences" / f"{AUDIENCE}.csv").read_bytes()


def figures(answer: Answer) -> dict[str, str]:
    """The counts of a page, by their words."""
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd></div>", answer.text))


def log(house: House) -> str:
    with house.project.ledger.reading() as conn:
        return str([tuple(row) for row in conn.exec_driver_sql("SELECT by, action, subject, host FROM audit")])


def test_a_mistake_changes_nothing_and_is_shown_in_its_row(house: House, enter: As) -> None:
    before, browser = roster(house), enter("author")
    answer = browser.upload(f"{PAGE}/roster", "roster", BAD)
    assert answer.status == 422
    assert roster(house) == before
    assert "slip-at-example.org" in answer.text
    assert '<th scope="row">3</th>' in answer.text
    assert "<code>B3</code>" in answer.text
    assert "new@example.org" not in answer.text


def token(answer: Answer) -> str:
    """With which the page offers to go on without the bad rows."""
    (found,) = re.findall(r'name="token" value="(\w+)"', answer.text)
    return str(found)


def held(house: House) -> list[Path]:
    folder = house.folder / "var" / "held"
    return list(folder.iterdir()) if folder.is_dir() else []


def test_it_is_taken_in_without_the_bad_rows_and_without_a_second_upload(house: House, enter: As) -> None:
    browser = enter("author")
    answer = browser.upload(f"{PAGE}/roster", "roster", BAD)
    assert "Go on without this row" in answer.text
    assert len(held(house)) == 1
    done = browser.post(f"{PAGE}/roster/go-on", token=token(answer), leave_out="yes")
    assert (done.status, browser.at) == (200, f"{PAGE}?said=taken-in")
    assert b"new@example.org" in roster(house)
    assert b"slip" not in roster(house)
    assert held(house) == []
    assert "('amina', 'audience-import', 'neighbours', 'desk')" in log(house)
    # Once more is too late, and says what to do.
    again = browser.post(f"{PAGE}/roster/go-on", token=token(answer), leave_out="yes")
    assert again.status == 409
    assert "Choose the file once more" in again.text


def test_it_is_taken_in_when_mended_and_says_what_that_changed(house: House, enter: As) -> None:
    browser = enter("author")
    browser.upload(f"{PAGE}/roster", "roster", BAD)
    answer = browser.upload(f"{PAGE}/roster", "roster", GOOD)
    assert answer.status == 200
    assert b"slip@example.org" in roster(house)
    assert held(house) == []
    assert figures(answer)["new"] == "2"
    assert figures(answer)["gone"] == "4"
    answer = browser.upload(f"{PAGE}/roster", "roster", GOOD.replace(b"Slip Person", b"Sam Person"))
    assert {name: figures(answer)[name] for name in ("new", "gone", "changed", "as before")} == {
        "new": "0",
        "gone": "0",
        "changed": "1",
        "as before": "1",
    }


def test_a_file_without_most_people_is_taken_in_only_when_it_is_meant(house: House, enter: As) -> None:
    people = b"".join(b"Person %d,many%d@example.org,Ashmere\n" % (n, n) for n in range(30))
    browser = enter("author")
    browser.upload(f"{PAGE}/roster", "roster", b"name,email,borough\n" + people)
    before = roster(house)
    doubted = browser.upload(f"{PAGE}/roster", "roster", GOOD)
    assert doubted.status == 422
    assert "It would take 30 of 30 people off this list" in doubted.text
    assert roster(house) == before
    # With bad rows on top, one is asked for the one and then for the other.
    first = browser.upload(f"{PAGE}/roster", "roster", BAD)
    second = browser.post(f"{PAGE}/roster/go-on", token=token(first), leave_out="yes")
    assert second.status == 422
    assert roster(house) == before
    done = browser.post(f"{PAGE}/roster/go-on", token=token(second), leave_out="yes", sure="yes")
    assert figures(done)["gone"] == "30"
    assert figures(done)["people"] == "1"


def test_a_kept_file_is_nobody_elses(house: House, enter: As) -> None:
    """Not another person's, nor the same person's in another session, nor another audience's."""
    before, browser = roster(house), enter("author")
    kept = token(browser.upload(f"{PAGE}/roster", "roster", BAD))
    for other in (enter("admin"), enter("author")):
        assert other.post(f"{PAGE}/roster/go-on", token=kept, leave_out="yes").status == 409
    elsewhere = house.folder / "audiences" / "elsewhere.yaml"
    elsewhere.write_bytes((house.folder / "audiences" / f"{AUDIENCE}.yaml").read_bytes())
    assert browser.post("/desk/audiences/elsewhere/roster/go-on", token=kept, leave_out="yes").status == 409
    assert roster(house) == before
    assert browser.post(f"{PAGE}/roster/go-on", token=kept, leave_out="yes").status == 200


def test_a_file_that_is_none_or_has_no_good_row_offers_no_way_on(house: House, enter: As) -> None:
    before, browser = roster(house), enter("author")
    for content in (b"PK\x03\x04 no csv", b"something else\n", b"name,email\nSlip,slip\n"):
        answer = browser.upload(f"{PAGE}/roster", "roster", content)
        assert answer.status == 422
        assert "The file was not taken in" in answer.text
        assert 'name="token"' not in answer.text
    assert roster(house) == before
    assert held(house) == []


def test_counts_stand_in_the_list_and_on_the_page(house: House, enter: As) -> None:
    suppression_list.suppress(house.project, "person1@example.org", "asked", Actor("amina", "author", "", ""))
    for path in ("/desk/audiences", PAGE):
        answer = enter("viewer").get(path)
        assert {name: figures(answer)[name] for name in ("people", "left out", "rows with mistakes")} == {
            "people": "4",
            "left out": "1",
            "rows with mistakes": "0",
        }
        assert "6(1)(e), a task in the public interest" in answer.text


def test_a_large_roster_is_counted_when_asked_for(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(count_cache, "COUNT_AT_ONCE_BYTES", 10)
    monkeypatch.setattr(audience_pages, "_COUNTS", count_cache.CountCache())
    browser = enter("viewer")
    for path in ("/desk/audiences", PAGE):
        answer = browser.get(path)
        assert "people" not in figures(answer)
        assert f'hx-get="{PAGE}/counts' in answer.text
    part = browser.get(f"{PAGE}/counts?part=card", **{"hx-request": "true"})
    assert figures(part)["people"] == "4"
    assert "<html" not in part.text
    assert figures(browser.get("/desk/audiences"))["people"] == "4"
    monkeypatch.setattr(audience_pages, "_COUNTS", count_cache.CountCache())
    assert figures(browser.get(f"{PAGE}/counts"))["people"] == "4"
    assert browser.at == f"{PAGE}?count=now"


def test_who_gets_nothing_is_told_by_row_to_those_who_may_see_people(house: House, enter: As) -> None:
    suppression_list.suppress(house.project, "person1@example.org", "asked", Actor("amina", "author", "", ""))
    answer = enter("author").get(f"{PAGE}/left-out/suppressed")
    assert '<th scope="row">2</th>' in answer.text
    assert "Ada Quill" in answer.text
    assert "told us, and somebody here noted it" in answer.text
    viewer = enter("viewer")
    seen = viewer.get(f"{PAGE}/left-out").text
    assert "1 not to be written to" in seen
    assert "Ada Quill" not in seen
    assert "/left-out/suppressed" not in seen
    assert viewer.get(f"{PAGE}/left-out/suppressed").status == 403
    assert enter("author").get(f"{PAGE}/left-out/other").status == 404


def test_no_file_is_said_and_changes_nothing(house: House, enter: As) -> None:
    before, browser = roster(house), enter("author")
    assert browser.upload(f"{PAGE}/roster", "roster", b"").status == 409
    assert browser.post(f"{PAGE}/roster").status == 409
    assert roster(house) == before


def test_viewers_and_approvers_change_no_roster(house: House, enter: As) -> None:
    before = roster(house)
    for role in ("viewer", "approver"):
        assert enter(role).upload(f"{PAGE}/roster", "roster", GOOD).status == 403
    assert roster(house) == before


def test_an_export_is_safe_to_open_and_in_the_log(house: House, enter: As) -> None:
    answer = enter("author").post(f"{PAGE}/export")
    assert answer.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(answer.text[1:])))
    assert rows[0]["phone"] == "'+447700900101"
    assert "('amina', 'audience-export', 'neighbours', 'desk')" in log(house)


NEW = {
    "title": "Youth clubs",
    "purpose": "To tell clubs what happens.",
    "article_6": "public-task",
    "article_9": "none",
    "consent": "",
}


def test_an_audience_is_made_without_anybody_or_with_its_people(house: House, enter: As) -> None:
    browser = enter("author")
    answer = browser.post("/desk/audiences/new", **NEW)
    assert (answer.status, browser.at) == (200, "/desk/audiences/youth-clubs?said=audience-made")
    assert figures(answer)["people"] == "0"
    answer = browser.upload("/desk/audiences/new", "roster", GOOD, **NEW)
    assert browser.at == "/desk/audiences/youth-clubs?said=audience-made-with-people"
    assert figures(answer)["new"] == "2"
    answer = browser.upload("/desk/audiences/new", "roster", GOOD, **NEW)
    assert browser.at == "/desk/audiences/youth-clubs-2?said=audience-made-with-people"
    assert figures(answer)["new"] == "2"
    assert "('amina', 'make-audience', 'youth-clubs-2', 'desk')" in log(house)


def test_one_whose_roster_has_mistakes_is_made_empty_and_goes_on_from_there(house: House, enter: As) -> None:
    browser = enter("author")
    answer = browser.upload("/desk/audiences/new", "roster", BAD, **NEW)
    assert answer.status == 422
    assert "The audience is made. Nobody is on it yet." in answer.text
    assert "<code>B3</code>" in answer.text
    done = browser.post("/desk/audiences/youth-clubs/roster/go-on", token=token(answer), leave_out="yes")
    assert figures(done)["people"] == "1"


def test_one_that_waits_for_its_list_is_plainly_so_and_is_not_made_twice(house: House, enter: As) -> None:
    browser = enter("author")
    for content in (BAD, b"%PDF-1.7\n", BAD):
        answer = browser.upload("/desk/audiences/new", "roster", content, **NEW)
        assert answer.status == 422
        assert "waits for its list" in answer.text
    for path in ("/desk/audiences", "/desk/audiences/youth-clubs"):
        assert browser.get(path).text.count("waits for its list") == 1, path
    assert not (house.folder / "audiences" / "youth-clubs-2.yaml").exists()
    assert log(house).count("make-audience") == 1
    done = browser.upload("/desk/audiences/new", "roster", GOOD, **NEW)
    assert browser.at == "/desk/audiences/youth-clubs?said=audience-made-with-people"
    assert "waits for its list" not in done.text
    # It has its people now: the same once more is another audience. So is one of somebody else, or of other words.
    browser.upload("/desk/audiences/new", "roster", BAD, **NEW)
    enter("admin").upload("/desk/audiences/new", "roster", BAD, **NEW)
    browser.upload("/desk/audiences/new", "roster", BAD, **NEW | {"purpose": "To invite clubs."})
    made = sorted(path.name for path in (house.folder / "audiences").glob("youth-clubs*.yaml"))
    assert made == ["youth-clubs-2.yaml", "youth-clubs-3.yaml", "youth-clubs-4.yaml", "youth-clubs.yaml"]


def test_a_form_that_lacks_something_keeps_what_was_typed(house: House, enter: As) -> None:
    answer = enter("author").post("/desk/audiences/new", **NEW | {"title": " ", "consent": "Asked at the fair."})
    assert answer.status == 422
    assert "To tell clubs what happens." in answer.text
    assert "Asked at the fair." in answer.text
    assert re.search(r'value="public-task" required checked', answer.text)
    assert not (house.folder / "audiences" / "youth-clubs.yaml").exists()


def test_who_works_with_some_audiences_only_makes_none_beside_them(house: House, enter: As) -> None:
    config = house.folder / "config.yaml"
    config.write_text(
        config.read_text("utf-8").replace("  amina:\n", f"  amina:\n    audiences: [{AUDIENCE}]\n"), "utf-8"
    )
    browser = enter("author")
    assert "/desk/audiences/new" not in browser.get("/desk/audiences").text
    refused = browser.get("/desk/audiences/new")
    assert refused.status == 403
    assert "add its name to this person in config.yaml" in refused.text
    assert browser.post("/desk/audiences/new", **NEW).status == 403
    assert not (house.folder / "audiences" / "youth-clubs.yaml").exists()
    assert "/desk/audiences/new" not in enter("viewer").get("/desk/audiences").text


def test_quiet_hours_stand_in_words(house: House, enter: As) -> None:
    page = f"/desk/audiences/{AUDIENCE}"
    assert "<dt>Quiet hours</dt><dd>none</dd>" in enter("viewer").get(page).text
    config = house.folder / "config.yaml"
    config.write_text(config.read_text("utf-8") + 'quiet_hours: {start: "21:00", end: "08:00"}\n', "utf-8")
    assert "<dt>Quiet hours</dt><dd>21:00 to 08:00</dd>" in enter("viewer").get(page).text


def test_an_empty_audience_is_deleted_and_one_that_is_used_is_not(house: House, enter: As) -> None:
    author = enter("author")
    fields = {"title": "Mosque contacts", "purpose": "To tell them", "article_6": "consent", "article_9": "none"}
    for _ in range(2):
        author.post("/desk/audiences/new", **fields)
        assert author.at == "/desk/audiences/mosque-contacts?said=audience-made"
    delete = "/desk/audiences/mosque-contacts/delete"
    assert f'action="{delete}"' in author.get("/desk/audiences/mosque-contacts").text
    assert enter("viewer").post(delete).status == 403
    assert "The audience is deleted." in author.post(delete).text
    assert "Mosque contacts" not in author.get("/desk/audiences").text
    assert "/delete" not in author.get(PAGE).text
    refused = author.post(f"{PAGE}/delete")
    assert refused.status == 409
    assert "A campaign writes to this audience" in refused.text
    assert author.get(PAGE).status == 200
