"""The report of a broadcast: what stands in it on the page, as PDF and as CSV, and that nobody written to does."""

import csv
import io

from tests.services.stage import sql
from tests.web.conftest import House
from tests.web.desk.broadcasts.test_broadcast_pages import only
from tests.web.desk.conftest import As

PEOPLE = ("Ada Quill", "person1@example.org", "+447700900001")


def test_the_page_says_who_approved_what_was_said_and_to_how_many(house: House, enter: As) -> None:
    viewer = enter("viewer")
    page = viewer.get(f"{only(house)}/report").text
    for words in (
        "Amina Okafor-Reid",
        "David Lindqvist",
        "Approved by",
        "News for … from Ashmere Police",
        "handed over",
        "all is well in …",
    ):
        assert words in page
    assert not [person for person in PEOPLE if person in page]
    assert f'href="{only(house)}/report"' in viewer.get(only(house)).text


def test_the_csv_holds_the_same_and_no_formula(house: House, enter: As) -> None:
    sql(house.folder, "UPDATE broadcasts SET crisis_reason = '=1+1'")
    answer = enter("viewer").get(f"{only(house)}/report/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert rows[0] == ["What", "Which", "Value"]
    assert ["By whom", "Approved", "David Lindqvist"] in rows
    assert ["Subject", "English", "News for … from Ashmere Police"] in rows
    assert ["Sent in a crisis. The reason:", "", "'=1+1"] in rows
    assert all(len(row) == 3 for row in rows)


def test_the_pdf_is_made_of_the_same(house: House, enter: As) -> None:
    answer = enter("viewer").get(f"{only(house)}/report/pdf")
    assert answer.body.startswith(b"%PDF-")
    assert answer.headers["content-disposition"].startswith('attachment; filename="report-')
