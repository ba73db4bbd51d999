"""From signing in to the record, in a real browser, with the clock and the workers of `serve` behind it."""

import re
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from broadcaster.bootstrap.wiring import open_project
from broadcaster.cli.operations.invite import demo_sign_in_links
from broadcaster.cli.operations.serve import run_server
from broadcaster.engine import WakeSignal
from broadcaster.services.approving import desk_approval
from tests.lists import xlsx
from tests.projects import AUDIENCE, LETTER, make_project
from tests.web import stage
from tests.web.desk.chromium import read_all

SAID = "كل شيء بخير"
"""What the Arabic letter says: all is well."""

GOOD = [f"Person {n},person{n}@example.org,en,Ashmere" for n in range(1, 6)] + [
    "Petra Kraus,petra@example.org,ar,Ashmere"
]
BAD = [*GOOD, "Nobody Inparticular,not-an-address,en,Ashmere", "Twice Over,person1@example.org,en,Ashmere"]


def _csv(rows: list[str]) -> bytes:
    return "\n".join(["name,email,language,borough", *rows, ""]).encode()


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A project that is served in a thread of this process; the links of its people, by their keys."""
    monkeypatch.setattr(desk_approval, "DESK_COUNTDOWN", timedelta(seconds=3))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    folder = make_project(
        tmp_path / "project", letter={"en": stage.ENGLISH}, listen=address, public_url=f"http://{address}"
    )
    bell = WakeSignal()
    with open_project(folder) as project:
        serving = threading.Thread(target=run_server, args=(project, bell), daemon=True)
        serving.start()
        try:
            yield demo_sign_in_links(project)
        finally:
            bell.stop()
            serving.join(30)


def _enter(launched: Browser, link: str) -> Page:
    """A page of somebody who came in by their link, waited for until the desk answers."""
    page = launched.new_context().new_page()
    for _ in range(100):
        try:
            page.goto(link)
            break
        except Exception:
            page.wait_for_timeout(100)
    page.locator("main button").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed in")
    return page


def _base(page: Page) -> str:
    return page.url.partition("/desk")[0] + "/desk"


def _write(author: Page, desk: str) -> None:
    """A letter in two languages; what is wrong shows while one types."""
    author.goto(f"{desk}/letters/{LETTER}")
    author.get_by_role("link", name="Arabic").click()
    author.get_by_role("link", name="Edit as source").click()
    author.get_by_label("Text", exact=True).fill(stage.ARABIC.replace("recipient.borough", "recipient.borough.upper()"))
    expect(author.locator("#draft .problems")).to_be_visible()
    author.get_by_label("Text", exact=True).fill(stage.ARABIC)
    expect(author.locator("#shown")).to_contain_text(SAID)
    author.get_by_role("button", name="Save").click()
    expect(author.get_by_role("status")).to_contain_text("Saved")
    expect(author.locator(".sides")).to_contain_text(SAID)


def _take_in(author: Page, desk: str) -> None:
    """A roster with mistakes, then one without."""
    author.goto(f"{desk}/audiences/{AUDIENCE}")
    for rows, said in ((BAD, "The file was not taken in"), (GOOD, "The new roster is in force")):
        author.get_by_label("CSV file").set_input_files(
            {"name": "people.csv", "mimeType": "text/csv", "buffer": _csv(rows)}
        )
        author.get_by_role("button", name="Check it and take it in").click()
        expect(author.locator("main")).to_contain_text(said)
        if rows is BAD:
            expect(author.get_by_role("table")).to_contain_text("not-an-address")


def _match(author: Page, desk: str) -> None:
    """The same people as a workbook whose headings are not known: matched by choosing, with what stands below them."""
    rows = [row.split(",") for row in GOOD]
    workbook = xlsx(
        [["Wer", "Kontakt", "Mobile", "Phone number", "Language", "Borough"]]
        + [
            [name, email, "", "", "English" if language == "en" else "العربية", borough]
            for name, email, language, borough in rows
        ]
    )
    author.goto(f"{desk}/audiences/{AUDIENCE}")
    author.get_by_label("CSV file").set_input_files({"name": "our people.xlsx", "mimeType": "", "buffer": workbook})
    author.get_by_role("button", name="Check it and take it in").click()
    expect(author.locator("main")).to_contain_text("A few questions about this list")
    expect(author.get_by_role("table")).to_contain_text("person1@example.org")
    author.get_by_label("What Wer means").select_option("name")
    author.get_by_label("What Kontakt means").select_option("email")
    for nothing in ("Mobile", "Phone number"):
        author.get_by_label(f"What {nothing} means").select_option("-")
    author.get_by_role("button", name="Go on with this").click()
    expect(author.locator("main")).to_contain_text("The new roster is in force")
    expect(author.locator("main")).to_contain_text("Headings of its lists")


def _preview(author: Page, desk: str) -> None:
    """Five people, each as they would get it, and one in the other language."""
    author.goto(f"{desk}/letters/{LETTER}/preview?audience={AUDIENCE}")
    for number in range(1, 6):
        expect(author.locator(".who")).to_contain_text(f"Person {number}")
        frame = author.frame_locator("iframe.wide")
        expect(frame.locator("body")).to_contain_text(f"Dear Person {number}")
        author.get_by_role("link", name="Next").click()
    expect(author.frame_locator("iframe.wide").locator("body")).to_contain_text("إلى Petra Kraus")


def _make(author: Page, desk: str) -> str:
    """A campaign, made and submitted; its address."""
    author.goto(f"{desk}/campaigns/new")
    author.get_by_label(LETTER).check()
    author.get_by_role("button", name="Go on").click()
    author.get_by_label(AUDIENCE).check()
    author.get_by_role("button", name="Go on").click()
    author.get_by_label("By email only").check()
    author.get_by_role("button", name="Go on").click()
    author.get_by_label("What to call it").fill("All is well")
    author.get_by_label("Day and time").fill((datetime.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))  # noqa: DTZ005
    author.get_by_role("button", name="Make it and look at it").click()
    expect(author.locator(".sentence")).to_contain_text("6 emails")
    campaign = author.url.partition("?")[0]
    author.get_by_label("As soon as it is approved").check()
    author.get_by_role("button", name=re.compile("^Submit")).click()
    expect(author.locator("main")).to_contain_text("somebody else approves it")
    return campaign


def _edit_too_late(author: Page, approver: Page, desk: str, campaign: str) -> None:
    """What was edited after it was submitted is not approved as it was."""
    approver.goto(campaign)
    author.goto(f"{desk}/letters/{LETTER}/ar/edit?mode=source")
    author.get_by_label("Text", exact=True).fill(stage.ARABIC.replace(SAID, "كل شيء هادئ"))
    author.get_by_role("button", name="Save").click()
    expect(author.get_by_role("status")).to_contain_text("Saved")
    read_all(approver)
    approver.get_by_label("Type the number of messages").fill("6")
    approver.get_by_role("button", name="Approve 6 messages").click()
    expect(approver.get_by_role("alert")).to_contain_text("has been changed since amina submitted it")


def _approve(author: Page, approver: Page, campaign: str) -> None:
    """Submitted anew and approved, by the right count only."""
    author.goto(campaign)
    author.get_by_label("As soon as it is approved").check()
    author.get_by_role("button", name=re.compile("^Submit")).click()
    approver.goto(campaign)
    read_all(approver)
    approver.get_by_label("Type the number of messages").fill("5")
    approver.get_by_role("button", name="Approve 6 messages").click()
    expect(approver.locator("main")).to_contain_text("not the number of messages")
    approver.goto(campaign)
    read_all(approver)
    approver.get_by_label("Type the number of messages").fill("6")
    approver.get_by_role("button", name="Approve 6 messages").click()
    expect(approver.locator("main")).to_contain_text("Starts in")


def _watch(approver: Page, campaign: str) -> None:
    """It goes out while one watches, and each person's message is on record."""
    link = approver.get_by_role("link", name="See its broadcast")
    for _ in range(60):
        if link.count():
            break
        approver.wait_for_timeout(500)
        approver.goto(campaign)
    link.click()
    expect(approver.locator("main")).to_contain_text("6 of 6 messages were handed over")
    approver.get_by_role("link", name="Record, person by person").click()
    expect(approver.get_by_role("table")).to_contain_text("petra@example.org")
    approver.get_by_label("Find one person").fill("petra@example.org")
    approver.get_by_role("button", name="Find").click()
    expect(approver.locator("h1")).to_have_text("Petra Kraus")
    assert "petra" not in approver.url.lower()


def test_from_a_letter_to_its_record(launched: Browser, links: dict[str, str]) -> None:
    author = _enter(launched, links["amina"])
    desk = _base(author)
    _write(author, desk)
    _take_in(author, desk)
    _match(author, desk)
    _preview(author, desk)
    campaign = _make(author, desk)
    viewer = _enter(launched, links["priya"])
    viewer.goto(campaign)
    expect(viewer.get_by_role("button", name=re.compile("Approve|Submit|Reject"))).to_have_count(0)
    approver = _enter(launched, links["david"])
    _edit_too_late(author, approver, desk, campaign)
    _approve(author, approver, campaign)
    _watch(approver, campaign)
