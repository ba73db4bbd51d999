"""What the outbox kept, broadcast by broadcast and page by page, and tests."""

import os
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.audit_log.audit import AuditEntry
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.services.reporting import broadcast_status, outbox_files
from broadcaster.services.reporting.broadcast_status import list_broadcast_statuses
from tests.projects import AUDIENCE, LETTER
from tests.web.conftest import House
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import As

MESSAGE = r'href="/desk/outbox/([a-z2-7]{26})"'


def files(house: House) -> list[Path]:
    return [file for channel in ("email", "sms") for file in (house.folder / "var/outbox" / channel).iterdir()]


def limit(house: House, who: str, audience: str) -> None:
    config = house.folder / "config.yaml"
    config.write_text(
        config.read_text("utf-8").replace(f"  {who}:\n", f"  {who}:\n    audiences: [{audience}]\n"), "utf-8"
    )


def send_test(house: House, browser: Browser) -> str:
    """Send oneself a test; the id of its delivery."""
    before = set(files(house))
    answer = browser.post(f"/desk/letters/{LETTER}/preview/test", audience=AUDIENCE, row="2", to="me@ashmere.example")
    assert answer.status == 200
    (file,) = set(files(house)) - before
    return file.stem


def test_every_message_stands_on_one_page(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_files, "PAGE_SIZE", 2)
    browser, seen = enter("author"), list[str]()
    path = f"/desk/outbox/of/{list_broadcast_statuses(house.project)[0].broadcast.id}"
    assert f'href="{path}"' in browser.get("/desk/outbox").text
    for _ in range(20):
        text = browser.get(path).text
        seen += re.findall(MESSAGE, text)
        following = re.search(r'href="(/desk/outbox/of/\w+\?after=\d+)"', text)
        if following is None:
            break
        path = following[1]
    assert sorted(seen) == sorted(file.stem for file in files(house))
    assert len(seen) > 4


def test_broadcasts_are_paged_as_well(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_files, "PAGE_SIZE", 1)
    broadcast = list_broadcast_statuses(house.project)[0].broadcast.id
    older = f"/desk/outbox?before={broadcast}"
    assert f'href="{older}"' in enter("author").get("/desk/outbox").text
    text = enter("author").get(older).text
    assert (broadcast in text, "Newest ones" in text) == (False, True)


def test_the_folder_is_never_listed(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, found = enter("author"), list_broadcast_statuses(house.project)[0].broadcast
    plain_iterdir, plain_scandir = Path.iterdir, os.scandir

    def allowed(folder: Any) -> Any:
        return pytest.fail("listed") if "outbox" in str(folder) else folder

    monkeypatch.setattr(Path, "iterdir", lambda folder: plain_iterdir(allowed(folder)))
    monkeypatch.setattr("os.scandir", lambda folder=".": plain_scandir(allowed(folder)))
    text = browser.get(f"/desk/outbox/of/{found.id}").text
    assert browser.get("/desk/outbox").status == 200
    assert browser.get(f"/desk/outbox/{re.findall(MESSAGE, text)[0]}").status == 200


def test_what_is_not_theirs_does_not_push_out_what_is(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_files, "PAGE_SIZE", 1)
    mine = list_broadcast_statuses(house.project)[0].broadcast
    foreign = outbox_files.list_broadcasts(house.project, "amina")[0].broadcast
    assert foreign.id == mine.id
    # As if a newer broadcast of somebody else's had gone out after it.
    newer = type(mine)(**{name: getattr(mine, name) for name in mine.__slots__} | {"id": "z" * 26})
    chunks = {"": [newer], newer.id: [mine], mine.id: []}
    monkeypatch.setattr(broadcasts, "list_by_provider", lambda _conn, _way, before, _limit: chunks[before])
    plain = broadcast_status.audiences_of_broadcast
    monkeypatch.setattr(
        broadcast_status, "audiences_of_broadcast", lambda p, one: ("elsewhere",) if one is newer else plain(p, one)
    )
    limit(house, "amina", AUDIENCE)
    text = enter("author").get("/desk/outbox").text
    assert (mine.id in text, newer.id in text) == (True, False)


def test_a_test_is_for_whoever_sent_it_and_for_who_sees_all(house: House, enter: As) -> None:
    delivery = send_test(house, enter("author"))
    assert f"/desk/outbox/{delivery}" in enter("approver").get("/desk/outbox").text
    for who in ("amina", "david"):
        limit(house, who, AUDIENCE)
    assert f"/desk/outbox/{delivery}" in enter("author").get("/desk/outbox").text
    assert "[Test]" in enter("author").get(f"/desk/outbox/{delivery}").text
    assert delivery not in enter("approver").get("/desk/outbox").text
    assert enter("approver").get(f"/desk/outbox/{delivery}").status == 404
    assert enter("approver").get(f"/desk/outbox/{delivery}/frame").status == 404


def test_a_test_that_is_not_there_is_not_listed(house: House, enter: As) -> None:
    with house.project.ledger.writing() as conn:
        audit.write(conn, AuditEntry("amina", "send-test", "older-letter", {}, "", "desk"))
        audit.write(conn, AuditEntry("amina", "send-test", "by-mail", {"delivery": "a" * 26}, "", "desk"))
        audit.write(conn, AuditEntry("amina", "send-test", "hostile", {"delivery": "../../key"}, "", "desk"))
    text = enter("author").get("/desk/outbox").text
    assert not any(name in text for name in ("older-letter", "by-mail", "hostile"))


def test_an_email_is_framed_where_nothing_runs(house: House, enter: As) -> None:
    delivery = next((house.folder / "var" / "outbox" / "email").glob("*.eml")).stem
    answer = enter("author").get(f"/desk/outbox/{delivery}/frame")
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert policy.endswith("; sandbox")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "cid:" not in answer.text or "cid:logo@letter.invalid" in answer.text


def test_viewers_do_not_look_into_it(house: House, enter: As) -> None:
    assert enter("viewer").get("/desk/outbox").status == 403


def test_what_went_another_way_is_passed_over(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_files, "PAGE_SIZE", 1)
    with sqlite3.connect(house.folder / "var" / "broadcaster.db") as conn:
        conn.execute("UPDATE deliveries SET provider = 'smtp' WHERE channel = 'email'")
    broadcast = list_broadcast_statuses(house.project)[0].broadcast
    found, after = list[str](), 0
    for _ in range(20):
        page = outbox_files.list_messages(house.project, broadcast, after)
        found += [one.delivery.channel for one in page.lines]
        after = page.after
        if not after:
            break
    assert found
    assert set(found) == {"sms"}
