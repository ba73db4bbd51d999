"""The editor in a real browser: what happens while one types, and at a touch."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from tests.projects import LETTER
from tests.web import stage
from tests.web.conftest import House, opened

LONG = stage.ENGLISH.replace("all is well", "one more line\n\n" * 80 + "all is well", 1)
WRONG = LONG.replace("recipient.borough", "recipient.borough.upper()")


@pytest.fixture
def house(folder: Path) -> Iterator[House]:
    """The desk as an unencrypted page of this machine: browsers keep no secure cookies for one."""
    config = folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace(stage.PUBLIC, "http://127.0.0.1:9"), "utf-8")
    with opened(folder) as house:
        yield house


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(request: pytest.FixtureRequest, house: House, launched: Browser) -> Iterator[Page]:
    """The editor, open for an author who has scripts or has none."""
    with launched.new_context(java_script_enabled=request.param) as context:
        page = context.new_page()
        secret = invitations.create_invitation(house.project, "amina", Actor("tests", "", "", ""), LinkPurpose.ENTER)
        page.goto(f"{house.client.address}/desk/in/{secret}")
        page.locator("main button").click()
        page.goto(f"{house.client.address}/desk/letters/{LETTER}/en/edit?mode=source")
        yield page


@pytest.mark.parametrize("page", [True], ids=["scripts"], indirect=True)
def test_what_looked_well_stays_until_something_can_be_shown_again(page: Page) -> None:
    text, email = page.get_by_label("Text", exact=True), page.frame_locator("#shown iframe").locator("body")
    expect(email).to_contain_text("all is well")
    steps = page.evaluate("history.length")
    text.fill(WRONG)
    expect(page.locator("#draft .problems")).to_be_visible()
    expect(email).to_contain_text("all is well")
    text.fill(stage.ENGLISH.replace("all is well", "all is quiet"))
    expect(page.locator("#draft")).to_contain_text("No mistakes were found")
    expect(email).to_contain_text("all is quiet")
    assert page.evaluate("history.length") == steps  # the way back does not lead through every letter that was typed


@pytest.mark.parametrize("page", [True], ids=["scripts"], indirect=True)
def test_a_problem_leads_to_its_line_and_a_field_goes_to_the_cursor(page: Page) -> None:
    text = page.get_by_label("Text", exact=True)
    text.fill(WRONG)
    text.evaluate("text => { text.setSelectionRange(0, 0); text.scrollTop = 0; }")
    page.locator("#draft [data-line]").first.click()
    expect(text).to_be_focused()
    chosen = text.evaluate("text => text.value.slice(text.selectionStart, text.selectionEnd)")
    assert chosen.startswith("all is well in **{{ recipient.borough.upper() }}")
    assert text.evaluate("text => text.scrollTop") > 500
    page.get_by_role("button", name="borough", exact=True).click()
    expect(text).to_have_value(WRONG.replace(chosen, "{{ recipient.borough }}"))
    expect(text).to_be_focused()


@pytest.mark.parametrize("page", [True], ids=["scripts"], indirect=True)
@pytest.mark.parametrize("looked", [True, False])
def test_nobody_loses_what_they_typed_by_a_slip(page: Page, looked: bool) -> None:
    """Neither by a link nor by another form of the page, nor after it was looked at; saving asks nothing."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    text = page.get_by_label("Text", exact=True)
    text.fill(stage.ENGLISH + "more")
    if looked:
        page.get_by_role("button", name="View without saving").click()
        expect(page.locator("form[data-unsaved]")).to_have_count(1)
        text.click()  # a page that nobody touched may be left without a question
    for way in (page.get_by_role("link", name="Home"), page.get_by_role("button", name="العربية")):
        way.click()
        expect(text).to_have_value(stage.ENGLISH + "more")
    assert asked == ["beforeunload"] * 2
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    assert len(asked) == 2


@pytest.mark.parametrize("page", [True], ids=["scripts"], indirect=True)
def test_what_could_not_be_saved_is_brought_back(house: House, page: Page) -> None:
    """Somebody wrote for so long that they were signed out meanwhile."""
    text, note = page.get_by_label("Text", exact=True), page.get_by_text("What you sent last was not saved")
    expect(note).to_be_hidden()
    cookies = page.context.cookies()
    text.fill(stage.ENGLISH + "more")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("You are signed out")
    address = house.client.address
    page.context.add_cookies([{"name": one["name"], "value": one["value"], "url": address} for one in cookies])
    edit = f"{address}/desk/letters/{LETTER}/en/edit?mode=source"
    page.goto(edit)
    expect(text).to_have_value(stage.ENGLISH)
    page.get_by_role("button", name="Bring it back").click()
    expect(text).to_have_value(stage.ENGLISH + "more")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    page.goto(edit)
    expect(text).to_have_value(stage.ENGLISH + "more\n")
    text.fill("another one's text")
    expect(note).to_be_hidden()


@pytest.fixture
def fields(page: Page) -> Page:
    """The same letter in fields."""
    page.goto(page.url.partition("?")[0])
    return page


@pytest.mark.parametrize("page", [True], ids=["scripts"], indirect=True)
def test_a_chip_goes_to_the_letter_s_end_or_to_the_cursor_and_can_be_undone(fields: Page) -> None:
    letter, text = fields.get_by_label("Letter", exact=True), fields.get_by_label("Text message", exact=True)
    before, short = letter.input_value(), text.input_value()
    fields.get_by_role("button", name="borough", exact=True).click()
    expect(letter).to_have_value(f"{before}((borough))")
    fields.keyboard.press("Control+z")
    expect(letter).to_have_value(before)
    text.click()
    fields.keyboard.press("Control+Home")
    fields.get_by_role("button", name="name", exact=True).first.click()
    expect(text).to_have_value(f"((name)){short}")


@pytest.mark.parametrize("page", [True], ids=["scripts"], indirect=True)
def test_each_field_says_what_is_wrong_with_it_while_one_types(fields: Page) -> None:
    text, letter = fields.get_by_label("Text message", exact=True), fields.get_by_label("Letter", exact=True)
    expect(fields.locator("#p-sms")).to_contain_text("Counts as")
    text.fill("Dear ((nme))")
    expect(fields.locator("#p-sms")).to_contain_text("Write ((name)) if that is meant")
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(letter).not_to_have_attribute("aria-invalid", "true")
    text.fill("Dear ((name)) " + "a" * 200)
    expect(fields.locator("#p-sms")).to_contain_text("Counts as 2 texts (")
    expect(text).not_to_have_attribute("aria-invalid", "true")
    fields.get_by_role("button", name="Save").click()
    expect(fields.get_by_role("status")).to_contain_text("Saved")


@pytest.mark.parametrize("page", [False], ids=["no-scripts"], indirect=True)
def test_a_letter_is_written_in_fields_without_scripts(fields: Page) -> None:
    letter = fields.get_by_label("Letter", exact=True)
    letter.fill("Dear ((nme)), all is quiet.")
    fields.get_by_role("button", name="Save").click()
    expect(fields.get_by_role("alert")).to_contain_text("It was not saved yet")
    expect(letter).to_have_value("Dear ((nme)), all is quiet.")
    letter.fill("Dear ((name)), all is quiet.")
    fields.get_by_role("button", name="View without saving").click()
    expect(fields.frame_locator("#shown iframe").locator("body")).to_contain_text("all is quiet")


@pytest.mark.parametrize("page", [False], ids=["no-scripts"], indirect=True)
def test_all_of_it_is_there_without_scripts(page: Page) -> None:
    text = page.get_by_label("Text", exact=True)
    expect(page.get_by_role("button", name="borough")).to_have_count(0)
    expect(page.get_by_text("{{ recipient.borough }}", exact=True)).to_be_visible()
    text.fill(WRONG)
    page.get_by_role("button", name="View without saving").click()
    expect(page.locator(".excerpt").first).to_contain_text("recipient.borough.upper()")
    expect(text).to_have_value(WRONG)
    text.fill(stage.ENGLISH.replace("all is well", "all is quiet"))
    page.get_by_role("button", name="View without saving").click()
    expect(page.frame_locator("#shown iframe").locator("body")).to_contain_text("all is quiet")
