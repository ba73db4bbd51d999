"""The audit log as staff read it."""

import csv
import io
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import broadcaster
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.audit_log.audit import AuditEntry
from broadcaster.services.administration import audit_log
from broadcaster.web.desk.rendering.labels import AUDIT_ACTIONS
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.web.conftest import House
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import As


def write(house: House, *entries: AuditEntry) -> None:
    with house.project.ledger.writing() as conn:
        for entry in entries:
            audit.write(conn, entry)


def rows(browser: Browser, query: str = "") -> list[tuple[str, str, str]]:
    """Who, deed and what of, of each row of the page."""
    text = browser.get(f"/desk/audit{query}").text
    cells = r"<tr><td[^>]*>.*?</td><th[^>]*><bdi>(.*?)</bdi></th><td>(.*?)</td><td><bdi>(.*?)</bdi>"
    return re.findall(cells, text, re.DOTALL)


def exported(browser: Browser, **fields: str) -> list[dict[str, str]]:
    exported = browser.post("/desk/audit/export", **fields).text
    assert exported.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(exported[1:])))


def test_it_says_whether_somebody_had_signed_in(house: House, enter: As) -> None:
    enter("author").post("/desk/suppressions", address="ada@example.org", reason="told us")
    text = enter("admin").get("/desk/audit?action=suppress").text
    assert "had signed in" in text
    assert "said so on the command line" not in text
    assert "said so on the command line" in enter("admin").get("/desk/audit").text


def test_what_was_approved_on_the_command_line_is_found(house: House, enter: As) -> None:
    admin = enter("admin")
    assert rows(admin, "?action=approve") == [("David Lindqvist", "approved it", CAMPAIGN)]
    # As it was once called.
    write(house, AuditEntry("david", "approved", "an-older-one", {}, "ak", "desk1.example"))
    assert [row[2] for row in rows(admin, "?action=approve")] == ["an-older-one", CAMPAIGN]
    text = admin.get("/desk/audit").text
    assert (text.count('<option value="approve"'), text.count('<option value="approved"')) == (1, 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?by=amina", ["one", "two"]),
        ("?action=write-letter", ["two", "three"]),
        ("?subject=two", ["two"]),
        ("?by=amina&action=write-letter&subject=two", ["two"]),
        ("?by=amina&subject=three", []),
        ("?by=nobody", []),
        ("?day=2020-02-30", None),
        ("?day=2020-02-20", []),
    ],
)
def test_it_is_filtered(house: House, enter: As, query: str, found: list[str] | None) -> None:
    with sqlite3.connect(house.folder / "var" / "broadcaster.db") as conn:
        conn.execute("DELETE FROM audit")
        conn.execute("DELETE FROM meta WHERE key = 'audit-head'")
    admin = enter("admin")
    write(house, AuditEntry("amina", "submit", "one"), AuditEntry("amina", "write-letter", "two"))
    write(house, AuditEntry("david", "write-letter", "three"))
    everything = [row[2] for row in rows(admin)]
    assert [row[2] for row in rows(admin, query)] == (everything if found is None else found[::-1])


def test_a_day_is_one_of_the_organisations_calendar(house: House, enter: As) -> None:
    admin = enter("admin")
    write(house, AuditEntry("amina", "submit", "late"), AuditEntry("amina", "submit", "early"))
    # Midnight in London in summer is 23:00 UTC of the day before.
    midnight = datetime(2026, 7, 1, 23, tzinfo=UTC)
    with sqlite3.connect(house.folder / "var" / "broadcaster.db") as conn:
        for subject, at in (("late", midnight - timedelta(seconds=1)), ("early", midnight)):
            stamp = int(at.timestamp()) * 1_000_000
            conn.execute("UPDATE audit SET at = ? WHERE subject = ?", (stamp, subject))
    assert [row[2] for row in rows(admin, "?day=2026-07-01")] == ["late"]
    assert [row[2] for row in rows(admin, "?day=2026-07-02")] == ["early"]


def test_every_entry_stands_on_one_page(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    write(house, *(AuditEntry("amina", "write-letter", f"letter-{n}") for n in range(7)))
    monkeypatch.setattr(audit_log, "PAGE_SIZE", 3)
    admin, path, seen = enter("admin"), "/desk/audit?action=write-letter", list[str]()
    for _ in range(9):
        seen += [row[2] for row in rows(admin, path.removeprefix("/desk/audit"))]
        older = re.search(r'href="(/desk/audit\?before=[^"]+)"', admin.get(path).text)
        if older is None:
            break
        path = older[1].replace("&amp;", "&")
    assert seen == [f"letter-{n}" for n in reversed(range(7))]


def test_an_altered_entry_is_said_at_once_where_it_is_new(house: House, enter: As) -> None:
    admin = enter("admin")
    assert "The log was altered" not in admin.get("/desk/audit").text
    with sqlite3.connect(house.folder / "var" / "broadcaster.db") as conn:
        conn.execute("UPDATE audit SET by = 'somebody' WHERE seq = 1")
    assert "The log was altered" in admin.get("/desk/audit").text


def test_an_old_one_is_found_when_all_are_checked(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "NEWEST_CHECKED", 2)
    admin = enter("admin")
    assert "Nobody has checked the whole log yet" in admin.get("/desk/audit").text
    assert "Wen-Mei Calloway on" in admin.post("/desk/audit/check").text
    with sqlite3.connect(house.folder / "var" / "broadcaster.db") as conn:
        conn.execute("UPDATE audit SET by = 'somebody' WHERE seq = 1")
    assert "The log was altered" not in admin.get("/desk/audit").text
    assert "From entry 1 on" in admin.post("/desk/audit/check").text
    assert "From entry 1 on" in admin.get("/desk/audit").text  # for everybody who looks after that
    assert rows(admin)[0][1:] == ("checked the audit log", "audit")


def test_the_export_has_every_entry_and_is_logged(house: House, enter: As) -> None:
    found = exported(enter("admin"))
    assert found[0]["action"] == "export-audit"
    assert [int(row["number"]) for row in found] == list(range(len(found), 0, -1))


def test_the_export_is_of_what_was_looked_at(house: House, enter: As) -> None:
    write(house, AuditEntry("amina", "write-letter", "=HYPERLINK()"), AuditEntry("amina", "submit", "one"))
    admin = enter("admin")
    assert 'name="action" value="write-letter"' in admin.get("/desk/audit?action=write-letter").text
    assert [row["subject"] for row in exported(admin, action="write-letter")] == ["'=HYPERLINK()"]
    assert exported(admin, subject="ada@example.org", action="submit") == []
    details = [row["detail"] for row in exported(admin, action="export-audit")]
    assert details == ['{"action": "export-audit"}', '{"action": "submit", "subject": "unknown"}',
                       '{"action": "write-letter"}']  # fmt: skip


def test_who_works_with_some_audiences_reads_of_these(house: House, enter: As) -> None:
    write(
        house,
        AuditEntry("amina", "audience-import", AUDIENCE),
        AuditEntry("amina", "write-letter", LETTER),
        AuditEntry("gone", "audience-import", "elsewhere"),
        AuditEntry("gone", "submit", "another-campaign"),
        AuditEntry("amina", "suppress", "suppressions"),
        AuditEntry("amina", "sign-in", CAMPAIGN),  # somebody whose key is that of a campaign
    )
    config = house.folder / "config.yaml"
    plain = config.read_text("utf-8")
    seen = {}
    for audience in (AUDIENCE, "elsewhere"):
        config.write_text(plain.replace("  david:\n", f"  david:\n    audiences: [{audience}]\n"), "utf-8")
        david = enter("approver")
        seen[audience] = {(row[1], row[2]) for row in rows(david)}
        assert {(one["subject"]) for one in exported(david)} == {subject for _, subject in seen[audience]}
        assert 'href="/desk/audit"' in david.get("/desk").text
        text = david.get("/desk/audit").text
        assert not re.search(r'<option value="(gone|suppressions|another-campaign|sign-in)"', text)
    assert seen[AUDIENCE] == {
        ("took in a roster", AUDIENCE),
        ("changed a letter", LETTER),
        ("submitted it", CAMPAIGN),
        ("approved it", CAMPAIGN),
        ("sent it", CAMPAIGN),
    }
    assert seen["elsewhere"] == {("changed a letter", LETTER), ("took in a roster", "elsewhere")}


def test_what_happened_by_itself_is_nobodys(house: House, enter: As) -> None:
    write(house, AuditEntry("", "halt", CAMPAIGN, {"broadcast": "a" * 26, "code": "x", "reason": "y"}))
    text = enter("admin").get("/desk/audit?action=halt").text
    assert "Nobody: it happened by itself" in text
    assert "came from outside" not in text
    assert text.count('<option value=""') == 3  # everybody, and all, and all
    config = house.folder / "config.yaml"
    plain = config.read_text("utf-8")
    config.write_text(plain.replace("  david:\n", f"  david:\n    audiences: [{AUDIENCE}]\n"), "utf-8")
    assert "Nobody: it happened by itself" in enter("approver").get("/desk/audit").text


def test_authors_and_viewers_do_not_read_it(house: House, enter: As) -> None:
    for role in ("author", "viewer"):
        assert enter(role).get("/desk/audit").status == 403
        for path in ("export", "check"):
            assert enter(role).post(f"/desk/audit/{path}").status == 403


def test_every_deed_is_of_something_or_for_those_of_all_audiences() -> None:
    """A new deed has words, and is sorted: else those of some audiences would never read of it."""
    for_all = {"add-person", "change-person", "remove-person", "invite", "sign-in", "sign-out-everywhere"}
    for_all |= {"choose-password", "choose", "suppress", "unsuppress", "check-audit", "export-audit", "confirm-account"}
    for_all |= {"open-reply", "suppress-import"}
    for_all |= {f"{done}-{what}" for done in ("add", "change", "remove") for what in ("helpline", "signatory")}
    for_all |= {"check-helpline", "change-quiet-hours"}
    sorted_in = audit_log.CAMPAIGN_ACTIONS | audit_log.LETTER_ACTIONS | audit_log.AUDIENCE_ACTIONS
    assert not for_all & sorted_in
    assert set(AUDIT_ACTIONS) == for_all | sorted_in
    source = "".join(path.read_text("utf-8") for path in Path(broadcaster.__file__).parent.rglob("*.py"))
    written = set(re.findall(r"audit\.record(?:_automatic)?\(\s*conn,\s*[^,\"]+,\s*\"([a-z-]+)\"", source))
    assert len(written) > 15
    assert written <= set(AUDIT_ACTIONS)


def test_an_entry_altered_into_no_sense_is_shown_as_it_stands(house: House, enter: As) -> None:
    admin = enter("admin")
    with sqlite3.connect(house.folder / "var" / "broadcaster.db") as connection:
        connection.execute("UPDATE audit SET detail = 'no JSON' WHERE seq = (SELECT max(seq) FROM audit)")
    answer = admin.get("/desk/audit")
    assert answer.status == 200
    assert "The log was altered" in answer.text
