"""The first page: what waits for whom, what comes next, and nothing of what is not theirs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from broadcaster.bootstrap.wiring import _CurrentProject
from broadcaster.engine import WakeSignal
from broadcaster.services.access.permissions import Permission, desk_actor
from broadcaster.services.approving import decisions
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.project.project import now
from broadcaster.services.reporting import broadcast_status
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, make_project, send_all
from tests.projects import approve as approve_now
from tests.services.stage import sql
from tests.web import stage
from tests.web.conftest import House, opened
from tests.web.desk.browser import submit_from_page
from tests.web.desk.conftest import As, come_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of which nothing went out, with a campaign in three days."""
    folder = tmp_path / "project"
    make_project(folder, people=stage.PEOPLE, letter={"en": stage.ENGLISH, "ar": stage.ARABIC})
    change(folder, campaigns={CAMPAIGN: {"when": f"{now() + timedelta(days=3):%Y-%m-%d} 09:00"}})
    return folder


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    with opened(folder) as house:
        yield house


def change(folder: Path, **blocks: dict[str, dict[str, object]]) -> None:
    """Put keys into blocks of config.yaml."""
    path = folder / "config.yaml"
    config = yaml.safe_load(path.read_text("utf-8"))
    for block, entries in blocks.items():
        for name, keys in entries.items():
            config[block][name] = {**config[block].get(name, {}), **keys}
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), "utf-8")


def submit(house: House, who: str = "amina") -> None:
    by = desk_actor(house.project.settings, who, Permission.SUBMIT)
    decisions.submit(house.project, house.project.campaign(CAMPAIGN), by)


def test_a_new_project_is_told_what_to_do_first(house: House, enter: As) -> None:
    page = enter("author").get("/desk").text
    assert "What to do first" in page
    assert "09:00" in page
    submit(house)
    assert "What to do first" not in enter("author").get("/desk").text


def test_what_was_submitted_waits_for_those_who_may_decide_and_not_for_its_author(house: House, enter: As) -> None:
    submit(house)
    assert "Approve or reject" in enter("approver").get("/desk").text
    for who in ("author", "viewer"):
        page = enter(who).get("/desk").text
        assert "Approve or reject" not in page
        assert "waits for approval" in page
        assert "waits for one of these people: David Lindqvist, Wen-Mei Calloway" in page
        assert "All is as it should be" not in page


def test_an_admin_is_not_asked_to_approve_their_own(house: House, enter: As) -> None:
    submit(house, "wenmei")
    assert "Approve or reject" not in enter("admin").get("/desk").text
    assert "Approve or reject" in enter("approver").get("/desk").text


def test_what_was_rejected_comes_back_with_its_reason(house: House, enter: As) -> None:
    submit(house)
    by = desk_actor(house.project.settings, "david", Permission.REJECT)
    decisions.reject(house.project, house.project.campaign(CAMPAIGN), by, "the second line is wrong")
    assert "the second line is wrong" in enter("author").get("/desk").text


def test_what_was_begun_is_found_again_until_it_is_submitted(house: House, enter: As) -> None:
    author = enter("author")
    chosen = {"letter": LETTER, "audience": AUDIENCE, "channel": "sms", "title": "Tonight", "repeat": "now"}
    author.post("/desk/campaigns/new", **chosen)
    author.post("/desk/letters/new", copy=LETTER, title="Second round")
    page = author.get("/desk").text
    begun = page[page.index("Begun and not submitted") : page.index("Scheduled")]
    assert begun.count('href="/desk/campaigns/tonight"') == 1
    assert 'href="/desk/campaigns/new?letter=second-round"' in begun
    assert "second-round" not in enter("admin").get("/desk").text
    submit_from_page(author, "/desk/campaigns/tonight", start="now")
    submit(house)
    author.post("/desk/campaigns/new", **{**chosen, "letter": "second-round", "title": "Again"})
    submit_from_page(author, "/desk/campaigns/again", start="now")
    assert "Begun and not submitted" not in author.get("/desk").text


def test_what_was_not_delivered_is_told_of_what_was_sent(house: House, enter: As) -> None:
    change(house.folder, campaigns={CAMPAIGN: {"when": "2026-01-05 09:00"}})
    approve_now(house.folder)
    send_all(house.folder)
    assert "not delivered" not in enter("viewer").get("/desk").text
    sql(house.folder, "UPDATE counters SET state = 'bounced' WHERE state = 'accepted' AND channel = 'email'")
    page = enter("viewer").get("/desk").text
    assert "3 not delivered" in page[page.index("Recently sent") :]


def test_what_was_sent_leads_to_its_broadcast(house: House, enter: As) -> None:
    change(house.folder, campaigns={CAMPAIGN: {"when": "2026-01-05 09:00"}})
    approve_now(house.folder)
    send_all(house.folder)
    page = enter("viewer").get("/desk").text
    assert "Recently sent" in page
    (sent,) = broadcast_status.list_broadcast_statuses(house.project)
    assert f'/desk/broadcasts/{sent.broadcast.id}"' in page


def test_nothing_shows_of_an_audience_that_is_not_theirs(house: House, enter: As) -> None:
    submit(house)
    change(house.folder, people={"david": {"audiences": ["some-other"]}})
    (house.folder / "audiences" / "some-other.yaml").write_text(
        (house.folder / "audiences" / "neighbours.yaml").read_text("utf-8"), "utf-8"
    )
    page = enter("david").get("/desk").text
    assert f"campaigns/{CAMPAIGN}" not in page
    assert "Nothing is planned" in page


def test_quiet_hours_are_drawn_and_told(house: House, enter: As) -> None:
    page = enter("viewer").get("/desk").text
    assert 'class="quiet"' not in page
    path = house.folder / "config.yaml"
    path.write_text(path.read_text("utf-8") + "quiet_hours: {start: '21:00', end: '09:30'}\n", "utf-8")
    page = enter("viewer").get("/desk").text
    assert page.count('class="quiet"') == 2
    assert "21:00" in page
    assert "it goes out when they end" in page


def test_what_was_submitted_to_go_at_once_does_not_come_a_second_time(house: House, enter: As) -> None:
    by = desk_actor(house.project.settings, "amina", Permission.SUBMIT)
    decisions.submit(house.project, house.project.campaign(CAMPAIGN), by, SubmissionTerms(at_once=True))
    page = enter("viewer").get("/desk").text
    assert page.count("as soon as it is approved") == 1
    assert "not submitted" not in page


def test_home_and_campaign_say_the_same_of_quiet_hours(house: House, enter: As) -> None:
    """By the audience's own hours where it has some, and never in a crisis that waits or was approved."""
    config, audience = house.folder / "config.yaml", house.folder / "audiences" / "neighbours.yaml"
    plain, described = config.read_text("utf-8"), audience.read_text("utf-8")
    always = 'quiet_hours: {start: "00:01", end: "00:00"}\n'
    never = 'quiet_hours: {start: "00:00", end: "00:01"}\n'

    def said() -> list[bool]:
        browser = enter("author")
        words = "That is in quiet hours: it goes out when they end."
        return [words in browser.get(page).text for page in ("/desk", f"/desk/campaigns/{CAMPAIGN}")]

    assert said() == [False, False]
    config.write_text(plain + always, "utf-8")
    assert said() == [True, True]
    audience.write_text(described + never, "utf-8")
    assert said() == [False, False]
    audience.write_text(described + always, "utf-8")
    config.write_text(plain, "utf-8")
    assert said() == [True, True]
    by = desk_actor(house.project.settings, "amina", Permission.SUBMIT)
    decisions.submit(
        house.project,
        house.project.campaign(CAMPAIGN),
        by,
        SubmissionTerms(at_once=True, crisis="Letters of hate tonight"),
    )
    assert said() == [False, False]
    approver = desk_actor(house.project.settings, "david", Permission.REJECT)
    decisions.reject(house.project, house.project.campaign(CAMPAIGN), approver, "not yet")
    assert said() == [True, True]


def test_a_broken_config_is_told_with_the_entry_and_what_it_said_before_holds(folder: Path) -> None:
    change(folder, people={"david": {"audiences": [AUDIENCE]}})
    with opened(folder, lambda project: _CurrentProject(project, WakeSignal()).project) as house:
        author, approver = come_in(house, "author"), come_in(house, "approver")
        assert "config.yaml has mistakes" not in author.get("/desk").text
        before = (folder / "config.yaml").read_bytes()
        change(folder, campaigns={CAMPAIGN: {"when": "next blue moon"}, "new": {"letter": "greeting"}})
        text = author.get("/desk").text
        assert "config.yaml has mistakes" in text
        assert "Nothing. All is as it should be." not in text
        assert f"campaigns.{CAMPAIGN}.when" in text
        assert "<code>config.yaml:" in text
        assert "Write date and time as" in text
        assert f'href="/desk/campaigns/{CAMPAIGN}"' in text  # as it was planned before
        limited = approver.get("/desk").text
        assert "config.yaml has mistakes" in limited
        assert "campaigns.new" not in limited
        (folder / "config.yaml").write_bytes(before)
        assert "config.yaml has mistakes" not in author.get("/desk").text
