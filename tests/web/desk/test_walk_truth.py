"""What staff read at the moments that matter, in a real browser: each sentence was false once.

test_truth.py looks at the same through HTTP, at more places. Here a person clicks, and reads what Chromium shows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from broadcaster.domain.delivery.reports import InboundText
from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from broadcaster.services.project.project import now
from broadcaster.services.replies import inbound_texts
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, make_project
from tests.services.stage import sql
from tests.web import stage
from tests.web.conftest import House, opened
from tests.web.desk.broadcasts.test_broadcast_pages import going, only
from tests.web.desk.chromium import read_all

PUT_OFF = "That is in quiet hours: it goes out when they end."
CRISIS = "In a crisis: why it must go out in quiet hours as well"


@dataclass
class Office:
    """A desk in Chromium, and those who sit at it, each in a browser of their own."""

    house: House
    chromium: Browser
    _pages: dict[str, Page] = field(default_factory=dict)

    def person(self, key: str) -> Page:
        """A page of this person, who comes in by a link the first time."""
        if key not in self._pages:
            page = self.chromium.new_context().new_page()
            link = invitations.create_invitation(self.house.project, key, Actor("tests", "", "", ""), LinkPurpose.ENTER)
            page.goto(f"{self.house.client.address}/desk/in/{link}")
            page.locator("main button").click()
            expect(page.get_by_role("status")).to_contain_text("You are signed in")
            self._pages[key] = page
        return self._pages[key]

    def see(self, page: Page, path: str, *said: str, never: str = "") -> None:
        """This person opens that page and reads these sentences, and not `never`."""
        page.goto(f"{self.house.client.address}{path}")
        for sentence in said:
            expect(page.locator("main")).to_contain_text(sentence)
        if never:
            expect(page.locator("main")).not_to_contain_text(never)


@pytest.fixture
def office(tmp_path: Path, launched: Browser) -> Iterator[Office]:
    """One campaign at its own time in the night, three days from now; nights are quiet. Nothing was sent yet."""
    folder = tmp_path / "project"
    when = f"{now() + timedelta(days=3):%Y-%m-%d} 22:30"
    make_project(
        folder,
        people=stage.PEOPLE,
        letter={"en": stage.ENGLISH, "ar": stage.ARABIC},
        public_url="http://127.0.0.1:9",
        quiet_hours={"start": "21:00", "end": "08:00"},
        campaigns={
            CAMPAIGN: {"channel": "both", "when": when},
            "tonight": {"letter": LETTER, "audience": AUDIENCE, "channel": "both", "when": "as soon as approved"},
        },
    )
    with opened(folder) as house:
        yield Office(house, launched)


@pytest.fixture
def sent(tmp_path: Path, launched: Browser) -> Iterator[Office]:
    """The campaign has gone out; the door stands beside the desk."""
    folder = stage.found(tmp_path / "project", public_url="http://127.0.0.1:9")
    with opened(folder) as house:
        yield Office(house, launched)


def _campaign(name: str = CAMPAIGN) -> str:
    return f"/desk/campaigns/{name}"


def _submit(author: Page, office: Office, campaign: str, *, now: bool, crisis: str = "") -> None:
    office.see(author, _campaign(campaign))
    author.get_by_label("As soon as it is approved" if now else "At its time").check()
    if now:
        author.get_by_label(CRISIS).fill(crisis)
    author.get_by_role("button", name=re.compile("^Submit")).click()
    expect(author.locator("main")).to_contain_text("somebody else approves it")


def _approve(approver: Page, office: Office, campaign: str) -> None:
    office.see(approver, _campaign(campaign))
    messages = approver.locator("input[name=messages]").input_value()
    read_all(approver)
    approver.get_by_label("Type the number of messages").fill(messages)
    approver.get_by_role("button", name=f"Approve {messages} messages").click()


@pytest.mark.parametrize("campaign", [CAMPAIGN, "tonight"])
def test_in_the_minute_before_it_starts(office: Office, campaign: str) -> None:
    author, approver = office.person("amina"), office.person("david")
    _submit(author, office, campaign, now=True)
    _approve(approver, office, campaign)
    expect(approver.locator("main")).to_contain_text("Starts in")
    for page in (author, approver):
        office.see(page, "/desk", "It is approved, and about to start.", "can call it off", never="nobody has approved")
    author.get_by_role("button", name="Call it off").click()
    office.see(author, "/desk", never="about to start")
    office.see(author, _campaign(campaign), never="07:00")
    expect(author.get_by_label("As soon as it is approved")).to_be_checked()


def test_a_rejection_reaches_its_author(office: Office) -> None:
    author, approver = office.person("amina"), office.person("david")
    _submit(author, office, "tonight", now=True, crisis="Threats tonight")
    office.see(approver, _campaign("tonight"), "Threats tonight")
    approver.get_by_label("What is to be mended").fill("Say 101, not 111")
    approver.get_by_role("button", name="Reject").click()
    said = ("It was rejected by David Lindqvist.", "Say 101, not 111", "Mend it, then submit it again.")
    office.see(author, "/desk", *said)
    office.see(author, _campaign("tonight"), *said, never="At its time")
    expect(author.get_by_label("As soon as it is approved")).to_be_checked()
    expect(author.get_by_label(CRISIS)).to_have_value("Threats tonight")


def test_quiet_hours_in_a_crisis_are_told_alike(office: Office) -> None:
    author = office.person("amina")
    _submit(author, office, CAMPAIGN, now=False)
    for page in ("/desk", _campaign()):
        office.see(author, page, PUT_OFF)
    author.get_by_role("button", name="Call it off").click()
    _submit(author, office, CAMPAIGN, now=True, crisis="Threats tonight")
    for page in ("/desk", _campaign()):
        office.see(author, page, never=PUT_OFF)


def test_when_settings_change_after_a_submission(office: Office) -> None:
    author, approver = office.person("amina"), office.person("david")
    _submit(author, office, CAMPAIGN, now=False)
    office.see(approver, "/desk", "Approve or reject")
    path = office.house.folder / "config.yaml"
    path.write_text(path.read_text("utf-8").replace("Robin Hartwell", "Robin Hartley"), "utf-8")
    for page in (author, approver):
        office.see(page, "/desk", "It must be submitted again.", never="Approve or reject")
        office.see(page, _campaign(), "It must be submitted again.", never="Type the number of messages")


def test_after_an_opt_out_by_the_link_in_a_letter(sent: Office) -> None:
    approver = sent.person("david")
    (message, *_) = [one for one in stage.emails(sent.house.folder) if "person1@example.org" in one["to"]]
    path = str(message["list-unsubscribe"]).strip("<>").removeprefix("http://127.0.0.1:9")
    reader = sent.chromium.new_context().new_page()
    reader.goto(f"{sent.house.client.address}{path}")
    reader.locator("main button").click()
    expect(reader.locator("main")).to_contain_text("We will not write to you any more.")
    sent.see(approver, "/desk/suppressions", never="Nobody has said no so far.")
    approver.locator("#f-find-address").fill("person1@example.org")
    approver.locator("section[aria-labelledby=find] button").click()
    expect(approver.locator("main")).to_contain_text("Nothing is sent to this address")
    expect(approver.locator("main")).not_to_contain_text("This address may be written to")


def test_how_far_a_broadcast_is(sent: Office) -> None:
    author, folder = sent.person("amina"), sent.house.folder
    going(folder)
    whole = sql(folder, "SELECT count(*) FROM deliveries")[0][0]
    done = f"{int(str(whole)) - 1} of {whole} messages were handed over"
    sent.see(author, only(sent.house), f"{done} · 1 waiting")
    author.get_by_role("link", name="Cancel").click()
    author.get_by_label("Type the name of the campaign").fill(CAMPAIGN)
    author.get_by_role("button", name="Cancel the broadcast").click()
    expect(author.locator("main")).to_contain_text("Cancelled for good.")
    sent.see(author, only(sent.house), f"{done} · 1 not sent", never="are done")


def test_an_audiences_quiet_hours_are_told_in_words(office: Office) -> None:
    office.see(office.person("amina"), f"/desk/audiences/{AUDIENCE}", "21:00 to 08:00", never="QuietHours")


def test_an_urgent_reply_is_opened_with_one_press(sent: Office) -> None:
    author = sent.person("amina")
    words = "Someone is outside with a knife"
    inbound_texts.receive(sent.house.project, "outbox", InboundText("1", "+447700900104", "Ashmere", words, now()))
    sent.see(author, "/desk/replies", words, never="Dua Rahim")
    author.get_by_role("button", name="Show number and name").click()
    expect(author.locator("main")).to_contain_text("Dua Rahim")
    expect(author.locator("main")).to_contain_text("+447700900104")
