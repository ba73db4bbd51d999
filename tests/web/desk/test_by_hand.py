"""In a real browser without scripts, and without a mouse: everything but what is live works all the same."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from tests.projects import AUDIENCE, LETTER, make_project
from tests.web import stage
from tests.web.conftest import House, opened
from tests.web.desk.chromium import read_all

PASSWORD = "marmalade tugboat seventeen"

STOPS = """
() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter(
  (one) => one.type !== "hidden" && one.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})
    && !(one.type === "radio" && !one.checked && document.querySelector(`[name="${one.name}"]`) !== one)
).map((one) => one.outerHTML.slice(0, 120))
"""
"""Where Tab should come by: of the radio buttons of a group, only one."""

HERE = """
() => {
  const one = document.activeElement, style = getComputedStyle(one);
  return [one.outerHTML.slice(0, 120), style.outlineStyle !== "none" && style.outlineWidth !== "0px"];
}
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A desk before anything was sent, as an unencrypted page of this machine."""
    folder: Path = make_project(
        tmp_path_factory.mktemp("by-hand") / "project",
        people=stage.PEOPLE,
        letter={"en": stage.ENGLISH, "ar": stage.ARABIC},
        public_url="http://127.0.0.1:9",
    )
    with opened(folder) as house:
        yield house


def link(house: House, who: str, good: LinkPurpose) -> str:
    secret = invitations.create_invitation(house.project, who, Actor("tests", "", "", ""), good)
    return f"{house.client.address}/desk/in/{secret}"


def test_from_the_invitation_to_the_approval_without_scripts(house: House, launched: Browser) -> None:
    author, approver = (launched.new_context(java_script_enabled=False).new_page() for _ in range(2))
    author.goto(link(house, "amina", LinkPurpose.CHOOSE))
    for box in author.locator("input[type=password]").all():
        box.fill(PASSWORD)
    author.locator("main button").click()
    expect(author.get_by_role("status")).to_be_visible()
    write(author)
    campaign = make(author)
    approver.goto(link(house, "david", LinkPurpose.ENTER))
    approver.locator("main button").click()
    approver.goto(campaign)
    read_all(approver)
    approver.get_by_label("Type the number of messages").fill("3")
    approver.get_by_role("button", name="Approve 3 messages").click()
    expect(approver.locator("main")).to_contain_text("Approved. It starts")


def write(author: Page) -> None:
    """A letter is looked at and saved."""
    author.goto(f"{author.url.partition('/desk')[0]}/desk/letters/{LETTER}/en/edit")
    letter = author.get_by_label("Letter", exact=True)
    letter.fill(letter.input_value().replace("all is well", "all is calm"))
    author.get_by_role("button", name="Save").click()
    expect(author.get_by_role("status")).to_contain_text("Saved")


def make(author: Page) -> str:
    """A campaign is made and submitted; its address."""
    author.goto(f"{author.url.partition('/desk')[0]}/desk/campaigns/new")
    for choice in (LETTER, AUDIENCE, "By email only"):
        author.get_by_label(choice).check()
        author.get_by_role("button", name="Go on").click()
    author.get_by_label("What to call it").fill("All is calm")
    later = datetime.now() + timedelta(days=2)  # noqa: DTZ005 (the wall's, as people type it)
    author.get_by_label("Day and time").fill(f"{later:%Y-%m-%dT12:00}")
    author.get_by_role("button", name="Make it and look at it").click()
    campaign = author.url.partition("?")[0]
    author.get_by_role("button", name=re.compile("^Submit")).click()
    expect(author.locator("main")).to_contain_text("somebody else approves it")
    return campaign


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/campaigns",
        "/campaigns/new",
        f"/letters/{LETTER}",
        f"/letters/{LETTER}/en/edit",
        f"/letters/{LETTER}/preview",
        f"/audiences/{AUDIENCE}",
        "/people",
    ],
)
def test_the_keyboard_comes_by_everything_and_shows_where_it_is(house: House, keys: Page, path: str) -> None:
    keys.goto(f"{house.client.address}/desk{path}")
    wanted = keys.evaluate(STOPS)
    assert len(wanted) > 8
    met: list[str] = []
    unseen: list[str] = []
    for _ in range(3 * len(wanted)):
        if set(wanted) <= set(met):
            break
        keys.keyboard.press("Tab")
        here, visible = keys.evaluate(HERE)
        # Nothing on the page has the focus after its last stop, and for a moment on the way out of a frame.
        if here.startswith("<body"):
            continue
        met.append(here)
        # Within a frame it is the framed letter that shows it.
        if not visible and not here.startswith("<iframe"):
            unseen.append(here)
    assert [one for one in wanted if one not in met] == []
    assert unseen == []


def test_one_can_skip_to_what_matters(house: House, keys: Page) -> None:
    keys.goto(f"{house.client.address}/desk/campaigns")
    keys.keyboard.press("Tab")
    keys.keyboard.press("Enter")
    assert keys.evaluate("document.activeElement.id") == "content"


@pytest.fixture(scope="module")
def keys(house: House, launched: Browser) -> Page:
    """A page of an administrator, who uses keys alone."""
    page = launched.new_page()
    page.goto(link(house, "wenmei", LinkPurpose.ENTER))
    for _ in range(20):
        if page.evaluate("document.activeElement.closest('main') && document.activeElement.tagName === 'BUTTON'"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    return page
