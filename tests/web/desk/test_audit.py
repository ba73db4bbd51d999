"""The audit log as staff read it."""

import csv
import io
import sqlite3

from tests.web.conftest import House
from tests.web.desk.conftest import As


def test_it_says_whether_somebody_had_signed_in(house: House, enter: As) -> None:
    enter("author").post("/desk/suppressions", address="ada@example.org", reason="told us")
    text = enter("admin").get("/desk/audit?action=suppress").text
    assert "had signed in" in text
    assert "said so on the command line" not in text
    assert "said so on the command line" in enter("admin").get("/desk/audit").text


def test_an_altered_entry_is_said(house: House, enter: As) -> None:
    admin = enter("admin")
    assert "The log was altered" not in admin.get("/desk/audit").text
    with sqlite3.connect(house.folder / "var" / "broadcaster.db") as conn:
        conn.execute("UPDATE audit SET by = 'somebody' WHERE seq = 1")
    assert "The log was altered" in admin.get("/desk/audit").text


def test_the_export_has_every_entry_and_is_logged(house: House, enter: As) -> None:
    rows = list(csv.DictReader(io.StringIO(enter("admin").post("/desk/audit/export").text)))
    assert rows[0]["action"] == "export-audit"
    assert [int(row["number"]) for row in rows] == list(range(len(rows), 0, -1))


def test_authors_and_viewers_do_not_read_it(house: House, enter: As) -> None:
    for role in ("author", "viewer"):
        assert enter(role).get("/desk/audit").status == 403
        assert enter(role).post("/desk/audit/export").status == 403
