"""Accounts that an administrator could have made for themselves: what pages say of them, and confirming."""

import re
from pathlib import Path

import pytest

from broadcaster.services.access.permissions import DESK_HOST
from tests.commandline import runner
from tests.projects import CAMPAIGN, make_project, write_settings
from tests.services.stage import sql
from tests.web.conftest import House
from tests.web.desk.browser import Browser, languages_to_read, submit_from_page
from tests.web.desk.conftest import As

PAGE = f"/desk/campaigns/{CAMPAIGN}"
PASSWORD = "marmalade tugboat seventeen"
OPENED = "<bdi>David Lindqvist</bdi>’s account was opened by a link that <bdi>Wen-Mei Calloway</bdi> made on"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with two administrators, of which nothing went out."""
    folder = make_project(tmp_path / "project")
    write_settings(folder, people={"noor": {"name": "Noor Hadley", "role": "admin"}})
    return folder


def opened(house: House, admin: Browser) -> Browser:
    """The approver's account, whose password is chosen by a link of this administrator's."""
    link = re.search(r"https://letters\.example\.org(/desk/in/[\w-]+)", admin.post("/desk/people/david/invite").text)
    assert link
    browser = Browser(house.client)
    assert browser.post(link[1], password=PASSWORD, again=PASSWORD).status == 200
    return browser


def approve(browser: Browser, page: str) -> int:
    fields = {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("digest", "messages")}
    return browser.post(f"{PAGE}/approve", count=fields["messages"], read=languages_to_read(page), **fields).status


def test_who_made_the_approvers_link_approves_nothing_with_it(house: House, enter: As) -> None:
    admin, other = enter("wenmei"), enter("noor")
    sample = enter("david")
    submit_from_page(admin, PAGE, start="now")
    before = sample.get(PAGE).text
    assert 'name="digest"' in before
    david = opened(house, admin)
    page = david.get(PAGE).text
    assert OPENED in page
    assert "Nobody has confirmed the account since." in page
    assert "broadcaster confirm david" in page
    assert "You cannot approve this yet" in page
    assert 'name="digest"' not in page
    assert approve(david, before) == 409
    assert sql(house.folder, "SELECT state FROM approvals") == [("submitted",)]
    log = other.get("/desk/audit").text
    assert "could not approve it: an account was not confirmed" in log
    assert log.count(OPENED) == 1
    assert OPENED in other.get("/desk/people/david/change").text
    assert other.post("/desk/people/david/confirm").status == 200
    assert other.at == "/desk/people/david/change?said=account-confirmed"
    page = david.get(PAGE).text
    assert "<bdi>Noor Hadley</bdi> confirmed the account on" in page
    assert approve(david, page) == 200
    assert sql(house.folder, "SELECT state FROM approvals") == [("approved",)]
    shown = admin.get(PAGE).text
    assert OPENED in shown
    assert "<bdi>Noor Hadley</bdi> confirmed the account on" in shown
    assert enter("noor").get("/desk/audit").text.count("<bdi>Noor Hadley</bdi> confirmed the account on") == 1


def test_only_another_administrator_confirms(house: House, enter: As) -> None:
    admin = enter("wenmei")
    david = opened(house, admin)
    assert "/people/david/confirm" not in admin.get("/desk/people/david/change").text
    assert [one.post("/desk/people/david/confirm").status for one in (admin, david, enter("amina"))] == [409, 403, 403]
    assert enter("noor").post("/desk/people/nobody/confirm").status == 404
    assert "/people/david/confirm" in enter("noor").get("/desk/people/david/change").text
    assert sql(house.folder, "SELECT action FROM audit WHERE action = 'confirm-account'") == []


def test_the_command_line_confirms(
    house: House, enter: As, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = enter("wenmei")
    submit_from_page(admin, PAGE, start="now")
    david = opened(house, admin)
    run = runner(house.folder, monkeypatch, capsys)
    assert run("confirm", "nobody").code == 1
    said = run("confirm", "david")
    assert (said.code, said.out) == (0, "Confirmed: the account of David Lindqvist is in their own hands.\n")
    ((host, user),) = sql(house.folder, "SELECT host, os_user FROM audit WHERE action = 'confirm-account'")
    assert host != DESK_HOST
    assert user
    page = david.get(PAGE).text
    assert "The account was confirmed on the command line on" in page
    assert approve(david, page) == 200
