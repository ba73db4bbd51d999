"""Campaigns at the desk: made step by step, seen as they will be, submitted, approved by somebody else, called off."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from re import DOTALL, findall, search

import pytest

from broadcaster.bootstrap.wiring import registered_runner
from broadcaster.config import load_settings
from broadcaster.ledger.audit_log import audit
from broadcaster.services.approving.review import campaign_state
from broadcaster.services.project.project import now
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import due_occurrences
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, make_project, write_audience
from tests.web import stage
from tests.web.conftest import House, opened
from tests.web.desk.browser import Browser, languages_to_read, submit_from_page
from tests.web.desk.conftest import As

PAGE = f"/desk/campaigns/{CAMPAIGN}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of which nothing went out, with a campaign in three days."""
    folder = tmp_path / "project"
    when = f"{now() + timedelta(days=3):%Y-%m-%d} 09:00"
    make_project(
        folder,
        people=stage.PEOPLE,
        letter={"en": stage.ENGLISH, "ar": stage.ARABIC},
        campaigns={CAMPAIGN: {"channel": "both", "when": when}},
    )
    return folder


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    with opened(folder) as house:
        yield house


def state(house: House) -> str:
    approval = campaign_state(house.project, house.project.campaign(CAMPAIGN)).approval
    return approval.state.value if approval else "none"


def hidden(page: str, name: str) -> str:
    found = search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def approve(browser: Browser, page: str, **changes: str) -> int:
    """Send the form of a page that was looked at."""
    fields = {name: hidden(page, name) for name in ("digest", "messages")}
    sent = {"count": fields["messages"], **fields, **changes}
    return browser.post(f"{PAGE}/approve", read=languages_to_read(page), **sent).status


def test_the_list_and_the_review_say_what_will_happen(house: House, enter: As) -> None:
    browser = enter("viewer")
    assert PAGE in browser.get("/desk/campaigns").text
    page = browser.get(PAGE).text
    assert "What will happen" in page
    assert "3 emails, 3 text messages" in page
    assert "Submit for approval" not in page


def test_a_time_in_quiet_hours_is_told(house: House, enter: As) -> None:
    browser = enter("viewer")
    assert "in quiet hours" not in browser.get(PAGE).text
    config = house.folder / "config.yaml"
    text = config.read_text("utf-8")
    config.write_text(text + 'quiet_hours: {start: "08:00", end: "10:00"}\n', "utf-8")
    assert "That is in quiet hours: it goes out when they end." in browser.get(PAGE).text
    config.write_text(text + 'quiet_hours: {start: "21:00", end: "08:00"}\n', "utf-8")
    assert "in quiet hours" not in browser.get(PAGE).text


def test_submitted_approved_by_the_count_and_sent(house: House, enter: As) -> None:
    author, approver = enter("author"), enter("approver")
    assert submit_from_page(author, PAGE, start="now").status == 200
    assert "somebody else approves it" in author.get(PAGE).text
    page = approver.get(PAGE).text
    assert "Submitted by Amina" in page
    assert approve(approver, page) == 200
    page = approver.get(PAGE).text
    assert "data-seconds" in page
    assert "Changed since" not in page
    with registered_runner(house.project) as runner:
        assert due_occurrences.release_due(house.project, runner.id) == []  # the countdown
    assert state(house) == "approved"


@pytest.mark.parametrize("count", ["5", "", "seven"])
def test_the_wrong_count_approves_nothing(house: House, enter: As, count: str) -> None:
    submit_from_page(enter("author"), PAGE, start="time")
    approver = enter("approver")
    assert approve(approver, approver.get(PAGE).text, count=count) == 422
    assert state(house) == "submitted"


def test_what_is_approved_is_what_was_seen(house: House, enter: As) -> None:
    submit_from_page(enter("author"), PAGE, start="time")
    approver = enter("approver")
    page = approver.get(PAGE).text
    assert approve(approver, page, digest="0" * 64) == 409
    letter = house.folder / "templates" / LETTER / "en.md"
    letter.write_text(letter.read_text("utf-8").replace("all is well", "nothing is well"), "utf-8")
    assert "Changed since" in approver.get(PAGE).text
    assert approve(approver, page) == 409
    assert state(house) == "void"


def test_nobody_approves_their_own(house: House, enter: As) -> None:
    admin = enter("admin")
    submit_from_page(admin, PAGE, start="time")
    page = admin.get(PAGE).text
    assert 'name="digest"' not in page
    plan_digest = campaign_state(house.project, house.project.campaign(CAMPAIGN)).approval
    assert plan_digest
    answer = admin.post(f"{PAGE}/approve", digest=plan_digest.digest, messages="6", count="6")
    assert answer.status == 409
    assert "cannot approve it as well" in answer.text
    assert state(house) == "submitted"


def test_rejected_with_a_reason_for_the_author(house: House, enter: As) -> None:
    author = enter("author")
    submit_from_page(author, PAGE, start="time")
    enter("approver").post(f"{PAGE}/reject", why="Say 101, not 111")
    assert "Say 101, not 111" in author.get(PAGE).text
    assert state(house) == "rejected"


def test_called_off_in_the_countdown_nothing_goes_out(house: House, enter: As) -> None:
    author, approver = enter("author"), enter("approver")
    submit_from_page(author, PAGE, start="now")
    approve(approver, approver.get(PAGE).text)
    assert author.post(f"{PAGE}/call-off").status == 200
    assert state(house) != "approved"
    with registered_runner(house.project) as runner:
        due_occurrences.release_due(house.project, runner.id)
    assert broadcast_status.list_broadcast_statuses(house.project) == []
    assert author.post(f"{PAGE}/call-off").status == 409


def test_a_crisis_has_its_reason_before_the_approver_and_still_two_people(house: House, enter: As) -> None:
    submit_from_page(enter("author"), PAGE, start="now", crisis="Threats tonight")
    approver = enter("approver")
    page = approver.get(PAGE).text
    assert "Threats tonight" in page
    assert state(house) == "submitted"
    assert approve(approver, page) == 200


def test_a_crisis_is_not_put_off_by_a_slip(house: House, enter: As) -> None:
    answer = submit_from_page(enter("author"), PAGE, start="time", crisis="Threats tonight")
    assert answer.status == 422
    assert "Nothing was submitted" in answer.text
    assert 'value="Threats tonight"' in answer.text
    assert state(house) == "none"


def test_an_approval_by_rule_says_for_how_long_and_how_many(house: House, enter: As) -> None:
    path = house.folder / "config.yaml"
    rule = (
        "  weekly:\n    letter: greeting\n    audience: neighbours\n"
        "    every: {cron: '0 9 * * mon', until: 2090-01-01}\n"
        "    approval: {until: 2089-12-31, at_most: 77}\n"
    )
    path.write_text(path.read_text("utf-8").replace("campaigns:\n", f"campaigns:\n{rule}"), "utf-8")
    page = enter("viewer").get("/desk/campaigns/weekly").text
    assert "every time until 2089-12-31" in page
    assert "at most 77 people" in page


def test_viewers_decide_nothing(house: House, enter: As) -> None:
    viewer = enter("viewer")
    for what in ("submit", "approve", "reject", "call-off", "change", "remove"):
        assert viewer.post(f"{PAGE}/{what}", start="now").status == 403
    assert viewer.get("/desk/campaigns/new").status == 403
    assert enter("approver").post("/desk/campaigns/new").status == 403
    assert state(house) == "none"


def test_made_in_four_steps(house: House, enter: As) -> None:
    author = enter("author")
    assert "Which letter" in author.get("/desk/campaigns/new").text
    assert "Who is it for" in author.get(f"/desk/campaigns/new?letter={LETTER}").text
    assert "How shall it reach" in author.get(f"/desk/campaigns/new?letter={LETTER}&audience={AUDIENCE}").text
    page = author.get(f"/desk/campaigns/new?letter={LETTER}&audience={AUDIENCE}&channel=sms").text
    assert "Day and time" in page
    chosen = {"letter": LETTER, "audience": AUDIENCE, "channel": "sms", "title": "Night walk"}
    answer = author.post("/desk/campaigns/new", **chosen, repeat="once", when="2090-05-04T21:15")
    assert answer.status == 200
    assert author.at == "/desk/campaigns/night-walk?said=made"
    assert "3 text messages" in answer.text
    made = load_settings(house.folder, {}).campaigns["night-walk"]
    assert made.when
    assert f"{made.when} {made.channel}" == "2090-05-04 21:15:00 sms"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"when": ""}, "Choose a day and a time"),
        ({"when": "2020-01-01T09:00"}, "lies behind us"),
        ({"repeat": "weekly", "at": "9"}, "Choose a time of day"),
        ({"repeat": "weekly", "day": "x", "until": "2090-01-01", "at": "09:00"}, "no such day"),
        ({"letter": "../people", "when": "2090-05-04T21:15"}, "Which letter"),
    ],
)
def test_a_slip_keeps_the_words_and_writes_nothing(house: House, enter: As, fields: dict[str, str], said: str) -> None:
    before = (house.folder / "config.yaml").read_bytes()
    chosen = {"letter": LETTER, "audience": AUDIENCE, "channel": "sms", "title": "Night walk"}
    answer = enter("author").post("/desk/campaigns/new", **{**chosen, **fields})
    assert answer.status == 422
    assert said in answer.text
    assert (house.folder / "config.yaml").read_bytes() == before


def test_audiences_are_chosen_by_title_purpose_and_number_of_people(house: House, enter: As) -> None:
    write_audience(house.folder, name="Ashmere <neighbours>", purpose="to reassure them")
    (house.folder / "audiences" / "broken.yaml").write_text("name: [\n", "utf-8")
    page = enter("author").get(f"/desk/campaigns/new?letter={LETTER}").text
    choice = page[page.index(f'value="{AUDIENCE}"') :].partition("</label>")[0]
    assert "Ashmere &lt;neighbours&gt;" in choice
    assert "4 people: 3 by email, 1 by text message" in choice
    assert "to reassure them" in choice
    broken = page[page.index('value="broken"') :].partition("</label>")[0]
    assert "disabled" in broken
    assert "Its description has mistakes" in broken


def test_a_campaign_is_called_by_the_letters_title_until_it_has_its_own(house: House, enter: As) -> None:
    write_audience(house.folder, name="Ashmere neighbours")
    author = enter("author")
    chosen = f"letter={LETTER}&audience={AUDIENCE}&channel=sms"
    page = author.get(f"/desk/campaigns/new?{chosen}").text
    assert hidden_fields(page)["title"] == "A greeting"
    for page in (author.get(PAGE).text, author.get("/desk/campaigns").text):
        assert "“A greeting”" in page
        assert "Ashmere neighbours" in page
        assert f"<bdi>{CAMPAIGN}" not in page
    assert f"<bdi>{CAMPAIGN}" not in author.get("/desk").text
    kept = hidden_fields(author.get(f"{PAGE}/change").text)
    author.post(f"{PAGE}/change", **{**kept, "title": "After the “break-ins”: news"})
    for path in (PAGE, "/desk/campaigns", "/desk"):
        assert "After the “break-ins”: news" in author.get(path).text
    assert "longer than 100" in author.post(f"{PAGE}/change", **{**kept, "title": "x" * 101}).text


def test_from_home_by_a_copied_letter_to_a_campaign_without_typing_an_address(house: House, enter: As) -> None:
    """Each step is reached by what the page before it offers."""
    author = enter("author")
    assert 'href="/desk/campaigns/new">Write to people' in author.get("/desk").text
    page = author.get("/desk/campaigns/new").text
    assert 'href="/desk/letters/new">Write a new letter' in page
    assert search(
        rf'<form method="get" action="/desk/letters/new">.*?name="copy".*?value="{LETTER}"', page.replace("\n", "")
    )
    page = author.get(f"/desk/letters/new?copy={LETTER}").text
    assert hidden(page, "copy") == LETTER
    refused = author.post("/desk/letters/new", copy=LETTER, title="x" * 101)
    assert refused.status == 422
    assert "x" * 101 in refused.text
    author.post("/desk/letters/new", copy=LETTER, title="After the break-ins")
    assert author.at == "/desk/letters/after-the-break-ins/en/edit?said=letter-copied"
    page = author.get("/desk/letters/after-the-break-ins").text
    assert 'href="/desk/campaigns/new?letter=after-the-break-ins">Write to people with it' in page
    assert "Who is it for" in author.get("/desk/campaigns/new?letter=after-the-break-ins").text


def test_a_copy_of_a_campaign_begins_with_its_letter_audience_and_channel(house: House, enter: As) -> None:
    author = enter("author")
    link = unescape(search(r'href="([^"]+)">Copy this campaign', author.get(PAGE).text)[1])  # type: ignore[index]
    fields = hidden_fields(author.get(link).text)
    assert (fields["letter"], fields["audience"], fields["channel"]) == (LETTER, AUDIENCE, "both")
    author.post("/desk/campaigns/new", **{**fields, "title": "Once more", "when": "2090-05-04T21:15"})
    assert load_settings(house.folder, {}).campaigns["once-more"].channel == "both"
    assert "Copy this campaign" not in enter("viewer").get(PAGE).text


def test_moved_and_taken_out(house: House, enter: As) -> None:
    author = enter("author")
    assert "09:00" in author.get(f"{PAGE}/change").text
    present = {"letter": LETTER, "audience": AUDIENCE, "channel": "both"}
    assert author.post(f"{PAGE}/change", **present, when="2020-01-01T09:00").status == 422
    assert author.post(f"{PAGE}/change", **present, when="2090-05-04T21:15").status == 200
    assert "21:15" in author.get(PAGE).text
    assert author.post(f"{PAGE}/remove").status == 200
    assert author.get(PAGE).status == 404


def test_changed_by_the_same_steps_with_what_it_is_chosen_already(house: House, enter: As) -> None:
    author = enter("author")
    page = author.get(f"{PAGE}/change").text
    assert f'value="{AUDIENCE}"' in page
    first = unescape(search(r'href="([^"]+step=3)"', page)[1])  # type: ignore[index]
    page = author.get(first).text
    assert search(r'value="both" checked', page)
    page = author.get(first.replace("channel=both", "channel=sms").replace("&step=3", "")).text
    assert 'name="channel" value="sms"' in page
    assert search(r'value="once" checked', page)
    sent = {"letter": LETTER, "audience": AUDIENCE, "channel": "sms", "repeat": "once"}
    sent["when"] = hidden_fields(page)["when"]
    assert "3 text messages" in author.post(f"{PAGE}/change", **sent).text
    assert load_settings(house.folder, {}).campaigns[CAMPAIGN].channel == "sms"


def hidden_fields(page: str) -> dict[str, str]:
    """The fields of a page's form as it stands, with the choices that are made in it."""
    found = dict(findall(r'<input(?: id="[^"]*")?(?: type="hidden")? name="(\w+)"[^>]*? value="([^"]*)"', page))
    found |= dict(findall(r'type="radio" name="(\w+)" value="(\w+)" checked', page))
    return found | dict(findall(r'<select id="f-(\w+)".*?<option value="(\w+)" selected', page.replace("\n", " ")))


def test_every_week_with_one_approval_for_all(house: House, enter: As) -> None:
    author = enter("author")
    present = {"letter": LETTER, "audience": AUDIENCE, "channel": "both", "repeat": "weekly", "day": "thu"}
    weekly = {**present, "at": "08:05", "until": "2090-06-01", "approval": "standing"}
    answer = author.post(f"{PAGE}/change", **weekly)
    assert (answer.status, "how many people may get it" in answer.text) == (422, True)
    assert author.post(f"{PAGE}/change", **weekly, at_most="0").status == 422
    answer = author.post(f"{PAGE}/change", **weekly, at_most="9")
    assert answer.status == 200
    assert "every time until 2090-06-01" in answer.text
    page = author.get(f"{PAGE}/change").text
    kept = hidden_fields(page)
    assert (kept["repeat"], kept["day"], kept["approval"], kept["at_most"]) == ("weekly", "thu", "standing", "9")
    submit_from_page(author, PAGE, start="time")
    approver = enter("approver")
    assert approve(approver, approver.get(PAGE).text) == 200
    before = (house.folder / "config.yaml").read_bytes()
    assert author.post(f"{PAGE}/change", **kept).status == 200
    assert (house.folder / "config.yaml").read_bytes() == before


def test_a_rule_of_ones_own_is_kept(house: House, enter: As) -> None:
    path = house.folder / "config.yaml"
    rule = "  monthly:\n    letter: greeting\n    audience: neighbours\n    every: {cron: '0 9 1 * *'}\n"
    path.write_text(path.read_text("utf-8").replace("campaigns:\n", f"campaigns:\n{rule}"), "utf-8")
    author = enter("author")
    page = author.get("/desk/campaigns/monthly/change").text
    assert "0 9 1 * *" in page
    kept = hidden_fields(page)
    assert kept["repeat"] == "keep"
    author.post("/desk/campaigns/monthly/change", **{**kept, "channel": "sms"})
    changed = load_settings(house.folder, {}).campaigns["monthly"]
    assert changed.every
    assert (changed.every.cron, changed.channel) == ("0 9 1 * *", "sms")


def test_what_cannot_wait_is_made_without_a_time_and_submitted_at_once(house: House, enter: As) -> None:
    author = enter("author")
    chosen = {"letter": LETTER, "audience": AUDIENCE, "channel": "sms", "title": "Tonight", "repeat": "now"}
    page = author.post("/desk/campaigns/new", **chosen).text
    assert search(r'name="start" value="now" checked', page)
    assert "As soon as it is approved," in page
    answer = submit_from_page(author, "/desk/campaigns/tonight", start="now", crisis="Threats tonight")
    assert "As soon as it is approved," in answer.text
    made = load_settings(house.folder, {}).campaigns["tonight"]
    assert made.as_soon_as_approved


def test_the_letter_stands_on_the_page_in_each_language_for_an_invented_person(house: House, enter: As) -> None:
    for role in ("author", "viewer"):
        page = enter(role).get(PAGE).text
        assert "<mark>Robin Sample</mark>: all is well." in page
        assert "أخبار لكم" in page
        assert "Ada Quill" not in page
        assert languages_to_read(page) == []
    submit_from_page(enter("author"), PAGE, start="time")
    assert languages_to_read(enter("approver").get(PAGE).text) == ["ar", "en"]


def test_a_language_that_was_not_read_is_not_approved(house: House, enter: As) -> None:
    submit_from_page(enter("author"), PAGE, start="time")
    approver = enter("approver")
    page = approver.get(PAGE).text
    fields = {"digest": hidden(page, "digest"), "messages": hidden(page, "messages"), "count": "6"}
    for read, unread in (([], {"ar", "en"}), (["en"], {"ar"}), (["en", "xx"], {"ar"})):
        answer = approver.post(f"{PAGE}/approve", **fields, read=read)
        assert answer.status == 422
        assert set(findall(r'id="e-read-(\w+)"', answer.text)) == unread
        assert findall(r'name="read" value="(\w+)" form="approve" required checked', answer.text) == read[:1]
        assert 'name="count" type="text" value="6"' in answer.text
        assert state(house) == "submitted"
    assert approve(approver, page) == 200
    with house.project.ledger.reading() as conn:
        found = audit.latest_entry(conn, CAMPAIGN, "approve")
    assert found
    assert found.entry.detail["languages_read"] == ["ar", "en"]
    assert "Read in:" in enter("admin").get("/desk/audit").text


def test_a_letter_with_mistakes_shows_none_of_its_words(house: House, enter: As) -> None:
    letter = house.folder / "templates" / LETTER / "en.md"
    letter.write_text(letter.read_text("utf-8").replace("{{ recipient.name }}", "{{ recipient.name.x() }}"), "utf-8")
    page = enter("author").get(PAGE)
    assert page.status == 200
    assert "The letter, as people get it" not in page.text


def test_languages_that_the_letter_lacks_stand_in_one_box_by_name(house: House, enter: As) -> None:
    roster = house.folder / "audiences" / f"{AUDIENCE}.csv"
    roster.write_text(roster.read_text("utf-8").replace(",ar,", ",ur,").replace("0104,,", "0104,so,"), "utf-8")
    page = enter("author").get(PAGE).text
    (box,) = findall(r"People who read them get it in English:</p>(.*?)</ul>", page, DOTALL)
    assert findall(r"<bdi>(\w+)</bdi> \((\d+) messages?\)", box) == [("Somali", "1"), ("Urdu", "2")]
    assert "Add ur.md" not in page
    assert f"/desk/letters/{LETTER}/ur/edit" in box
    assert enter("author").get(f"/desk/letters/{LETTER}/ur/edit").status == 200
    assert "Write it in Urdu" not in enter("viewer").get(PAGE).text


def test_leaving_people_out_is_a_choice_with_their_number(house: House, enter: As) -> None:
    """A field that nobody's row has would leave everybody without it out, and the author would not notice."""
    roster = house.folder / "audiences" / f"{AUDIENCE}.csv"
    roster.write_text(
        roster.read_text("utf-8").replace("person1@example.org", "").replace("+447700900101", ""), "utf-8"
    )
    file = house.folder / "templates" / LETTER / "en.md"
    file.write_text(file.read_text("utf-8").replace("all is well", "all is well, {{ recipient.email }}"), "utf-8")
    author = enter("author")
    page = author.get(PAGE).text
    (missed,) = findall(r'name="leaving_out" value="(\d+)"', page)
    assert missed == "2"  # one without any address, and one without an email address, which the text message names
    assert f"{missed} people who should get it do not" in page
    assert f"Submit, and leave out {missed} people" in page
    assert "Submit for approval" not in page
    before = state(house)
    nothing: dict[str, str] = {}
    for given in (nothing, {"leaving_out": str(int(missed) - 1)}):
        refused = author.post(f"{PAGE}/submit", start="time", **given)
        assert refused.status == 422
        assert "Nothing was submitted" in refused.text
        assert state(house) == before
    assert submit_from_page(author, PAGE, start="time").status == 200
    assert state(house) != before
