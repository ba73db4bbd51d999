"""Rosters taken in whole or not at all, and those who said no."""

import csv
import io

from broadcaster.services import suppress
from tests.projects import AUDIENCE
from tests.web.conftest import House
from tests.web.desk.conftest import As

PAGE = f"/desk/audiences/{AUDIENCE}"
BAD = b"name,email,borough\nNew Person,new@example.org,Ashmere\nSlip Person,slip-at-example.org,Ashmere\n"
GOOD = BAD.replace(b"slip-at-", b"slip@")


def roster(house: House) -> bytes:
    return (house.folder / "audiences" / f"{AUDIENCE}.csv").read_bytes()


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
    assert "new@example.org" not in answer.text


def test_it_is_taken_in_without_the_bad_rows_or_when_mended(house: House, enter: As) -> None:
    browser = enter("author")
    assert browser.upload(f"{PAGE}/roster", "roster", BAD, leave_out="yes").status == 200
    assert b"new@example.org" in roster(house)
    assert b"slip" not in roster(house)
    assert browser.upload(f"{PAGE}/roster", "roster", GOOD).status == 200
    assert b"slip@example.org" in roster(house)
    assert "('amina', 'audience-import', 'neighbours', 'desk')" in log(house)


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
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["phone"] == "'+447700900101"
    assert "('amina', 'audience-export', 'neighbours', 'desk')" in log(house)


def test_a_no_is_noted_and_only_an_admin_takes_it_back(house: House, enter: As) -> None:
    no = {"address": "ada@example.org", "reason": "told us at the meeting"}
    author, admin = enter("author"), enter("admin")
    answer = author.post("/desk/suppressions", **no)
    assert (answer.status, author.at) == (200, "/desk/suppressions?said=suppressed")
    assert "ada@example.org" not in answer.text
    assert suppress.by_reason(house.project) == {"by-hand": 1}
    assert author.post("/desk/suppressions/lift", **no).status == 403
    assert suppress.by_reason(house.project) == {"by-hand": 1}
    assert admin.post("/desk/suppressions/lift", **no).status == 200
    assert suppress.by_reason(house.project) == {}


def test_a_slip_keeps_what_was_typed(house: House, enter: As) -> None:
    answer = enter("author").post("/desk/suppressions", address="ada@example.org", reason="ring 07700 900123")
    assert answer.status == 422
    assert 'value="ada@example.org"' in answer.text
    assert suppress.by_reason(house.project) == {}
