"""What staff are told is true at the moments that matter: just before a start, after a no, when something has changed.

Home, the campaign's page and the list say the same.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
import yaml

from broadcaster.services.project.project import now
from tests.projects import CAMPAIGN, LETTER, make_project
from tests.web import stage
from tests.web.conftest import House, opened
from tests.web.desk.browser import Browser, languages_to_read, submit_from_page
from tests.web.desk.conftest import As

NOW, OWN_TIME = "tonight", CAMPAIGN


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """One campaign goes out as soon as it is approved, the other one in three days; nights are quiet."""
    folder = tmp_path / "project"
    when = f"{now() + timedelta(days=3):%Y-%m-%d} 22:30"
    make_project(
        folder,
        people=stage.PEOPLE,
        letter={"en": stage.ENGLISH, "ar": stage.ARABIC},
        quiet_hours={"start": "21:00", "end": "08:00"},
        campaigns={
            CAMPAIGN: {"title": CAMPAIGN, "channel": "both", "when": when},
            NOW: {
                "title": NOW,
                "letter": LETTER,
                "audience": "neighbours",
                "channel": "both",
                "when": "as soon as approved",
            },
        },
    )
    with opened(folder) as house:
        yield house


def words(browser: Browser, page: str) -> str:
    """What a person reads of a page."""
    text = re.sub(r"<(script|style|svg).*?</\1>", " ", browser.get(page).text, flags=re.S)
    plain = " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
    return re.sub(r" (?=[.,”])|(?<=“) ", "", plain)


def page_of(campaign: str) -> str:
    return f"/desk/campaigns/{campaign}"


def submit(author: Browser, campaign: str, start: str, crisis: str = "") -> None:
    assert submit_from_page(author, page_of(campaign), start=start, crisis=crisis).status == 200


def approve(approver: Browser, campaign: str) -> None:
    page = approver.get(page_of(campaign)).text
    fields = {name: re.findall(rf'name="{name}" value="([^"]*)"', page)[0] for name in ("digest", "messages")}
    given = {**fields, "count": fields["messages"]}
    assert approver.post(f"{page_of(campaign)}/approve", **given, read=languages_to_read(page)).status == 200


def checked(browser: Browser, campaign: str) -> str:
    """Which start the form has chosen already."""
    (found,) = re.findall(r'name="start" value="(\w+)" checked', browser.get(page_of(campaign)).text)
    return str(found)


@pytest.mark.parametrize("campaign", [NOW, OWN_TIME])
def test_in_the_minute_before_it_starts(house: House, enter: As, campaign: str) -> None:
    author, approver = enter("author"), enter("approver")
    submit(author, campaign, "now")
    approve(approver, campaign)
    for browser in (author, approver):
        home = words(browser, "/desk")
        assert f"{campaign} It is approved, and about to start." in home
        assert "nobody has approved it" not in home
        assert "seconds. Until then anybody who works here can call it off. Call it off" in home
    assert author.post(f"{page_of(campaign)}/call-off").status == 200
    assert "about to start" not in words(author, "/desk")


@pytest.mark.parametrize("campaign", [NOW, OWN_TIME])
@pytest.mark.parametrize("crisis", ["", "Threats tonight"])
def test_a_rejection_reaches_its_author(house: House, enter: As, campaign: str, crisis: str) -> None:
    author, approver = enter("author"), enter("approver")
    submit(author, campaign, "now", crisis)
    approver.post(f"{page_of(campaign)}/reject", why="Say 101, not 111")
    for page in ("/desk", page_of(campaign)):
        said = words(author, page)
        assert "It was rejected by David Lindqvist. “Say 101, not 111” Mend it, then submit it again." in said
    assert "must be submitted again" in words(author, "/desk/campaigns")
    assert checked(author, campaign) == "now"
    assert f'value="{crisis}"' in author.get(page_of(campaign)).text
    submit(author, campaign, "now", crisis)
    assert "It was rejected" not in words(author, "/desk") + words(author, page_of(campaign))


@pytest.mark.parametrize(("campaign", "start"), [(NOW, "now"), (OWN_TIME, "now"), (OWN_TIME, "time")])
def test_a_call_off_is_told_with_who_and_when(house: House, enter: As, campaign: str, start: str) -> None:
    author, approver = enter("author"), enter("approver")
    submit(author, campaign, start)
    approve(approver, campaign)
    assert approver.post(f"{page_of(campaign)}/call-off").status == 200
    told = r"called off It was called off by David Lindqvist on \w{3} \d+ \w{3} \d{4}, \d\d:\d\d\. Nothing was sent\."
    said = words(author, page_of(campaign))
    assert re.search(told, said), said
    assert "not submitted" not in said
    listed = words(author, "/desk/campaigns")
    assert f"{campaign} called off" in listed
    if start == "time":
        assert f"{campaign} called off" in words(author, "/desk")
        assert "nobody has submitted it" not in said.lower()
    submit(author, campaign, start)
    assert "called off" not in words(author, page_of(campaign)).replace("can call it off", "")


def test_what_was_asked_for_stays_asked_for(house: House, enter: As) -> None:
    author = enter("author")
    assert checked(author, NOW) == "now"
    assert checked(author, OWN_TIME) == "time"
    submit(author, OWN_TIME, "now")
    author.post(f"{page_of(OWN_TIME)}/call-off")
    assert checked(author, OWN_TIME) == "now"
    submit(author, NOW, "now")
    author.post(f"{page_of(NOW)}/call-off")
    said = words(author, page_of(NOW))
    assert checked(author, NOW) == "now"
    assert "As soon as it is approved, the letter" in said
    assert "07:00" not in said
    assert "At its time" not in said


def test_quiet_hours_in_a_crisis_are_told_alike(house: House, enter: As) -> None:
    author = enter("author")
    put_off = "That is in quiet hours: it goes out when they end."
    submit(author, OWN_TIME, "time")
    assert put_off in words(author, "/desk")
    assert put_off in words(author, page_of(OWN_TIME))
    author.post(f"{page_of(OWN_TIME)}/call-off")
    submit(author, OWN_TIME, "now", "Threats tonight")
    assert put_off not in words(author, "/desk")
    assert put_off not in words(author, page_of(OWN_TIME))


def test_when_settings_change_after_a_submission(house: House, enter: As) -> None:
    author, approver = enter("author"), enter("approver")
    submit(author, OWN_TIME, "time")
    assert "Approve or reject" in words(approver, "/desk")
    path = house.folder / "config.yaml"
    path.write_text(path.read_text("utf-8").replace("Robin Hartwell", "Robin Hartley"), "utf-8")
    for browser in (author, approver):
        home, page = words(browser, "/desk"), words(browser, page_of(OWN_TIME))
        assert "Approve or reject" not in home
        assert "It was changed after it was submitted." in home
        assert "It must be submitted again. Submitted by Amina Okafor-Reid." in home
        assert "It must be submitted again." in page
        assert "Type the number of messages" not in page
    submit(author, OWN_TIME, "time")
    assert "Approve or reject" in words(approver, "/desk")


def test_a_campaign_that_was_taken_out_after_its_approval(house: House, enter: As) -> None:
    author, approver = enter("author"), enter("approver")
    submit(author, OWN_TIME, "time")
    approve(approver, OWN_TIME)
    path = house.folder / "config.yaml"
    config = yaml.safe_load(path.read_text("utf-8"))
    del config["campaigns"][OWN_TIME]
    path.write_text(yaml.safe_dump(config), "utf-8")
    for page in ("/desk", page_of(OWN_TIME)):
        assert "Its campaign no longer stands in config.yaml. Put the campaign back, or call it off." in words(
            author, page
        )
    assert words(author, "/desk").count(OWN_TIME) == 1, "it does not stand among what comes next as well"
    assert author.post(f"{page_of(OWN_TIME)}/call-off").status == 200
    assert OWN_TIME not in words(author, "/desk")
    assert author.get(page_of(OWN_TIME)).status == 404
