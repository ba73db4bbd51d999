"""The desk on loopback over a copy of the project of `tests.web.stage`, and people who have signed in to it."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium

from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from tests.cheap_passwords import cheap_passwords
from tests.web.conftest import House, opened
from tests.web.desk import chromium
from tests.web.desk.browser import Browser

__all__ = ["cheap_passwords"]  # autouse: these tests are about pages, not about the hash

BY_ROLE = {"author": "amina", "approver": "david", "viewer": "priya", "admin": "wenmei"}

As = Callable[[str], Browser]


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    """The project, answering; what the desk writes into config.yaml counts at its next request."""
    with opened(folder) as house:
        yield house


@pytest.fixture
def enter(house: House) -> As:
    """A browser in which the person of this key, or the one with this role, has signed in."""

    return partial(come_in, house)


@pytest.fixture(scope="module")
def launched() -> Iterator[Chromium]:
    """A browser. Each test has contexts of its own; not of the session, for while it is open no event loop can run."""
    with chromium.browser() as launched:
        yield launched


def come_in(house: House, who: str) -> Browser:
    """A browser in which that person has signed in, by a link that is good once."""
    secret = invitations.create_invitation(
        house.project, BY_ROLE.get(who, who), Actor("tests", "", "", ""), LinkPurpose.ENTER
    )
    browser = Browser(house.client)
    browser.get(f"/desk/in/{secret}")
    assert browser.post(f"/desk/in/{secret}").status == 200
    return browser
