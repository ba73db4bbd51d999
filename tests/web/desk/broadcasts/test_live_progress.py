"""A broadcast's page in a real browser: what is seen and what is read out change while it goes out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from tests.services.stage import sql
from tests.web import stage
from tests.web.conftest import House, opened
from tests.web.desk.broadcasts.test_broadcast_pages import going, only


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    """The desk without encryption, whose cookies a browser keeps for this machine."""
    config = folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace(stage.PUBLIC, "http://127.0.0.1:9"), "utf-8")
    with opened(folder) as house:
        yield house


@pytest.fixture
def page(house: House, launched: Browser) -> Iterator[Page]:
    """A page of Chromium in which a viewer has signed in."""
    with launched.new_context() as context:
        page = context.new_page()
        link = invitations.create_invitation(house.project, "priya", Actor("tests", "", "", ""), LinkPurpose.ENTER)
        page.goto(f"{house.client.address}/desk/in/{link}")
        page.locator("main button").click()
        expect(page.get_by_role("status")).to_contain_text("signed in")
        yield page


def test_it_is_seen_at_every_step_and_read_out_at_few(house: House, page: Page) -> None:
    going(house.folder)
    whole = sql(house.folder, "SELECT count(*) FROM deliveries")[0][0]
    page.goto(house.client.address + only(house))
    expect(page.get_by_role("status")).to_have_text("going out: at least 75 per cent have had their turn")
    expect(page.locator("main")).to_contain_text(f"5 of {whole} messages were handed over")
    sql(house.folder, "UPDATE counters SET n = n + 1 WHERE state = 'queued' AND n = 1")
    expect(page.locator("main")).to_contain_text("5 of 7 messages were handed over")
    expect(page.get_by_role("status")).to_have_text("going out: at least 50 per cent have had their turn")
    sql(house.folder, "UPDATE broadcasts SET state = 'finished'")
    expect(page.get_by_role("status")).to_have_text("finished")
