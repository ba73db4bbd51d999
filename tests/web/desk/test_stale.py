"""A form that is older than the session it is sent in: the page says so, and what was typed is not lost."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from broadcaster.services.access import invitations
from broadcaster.services.access.invitations import LinkPurpose
from broadcaster.services.access.permissions import Actor
from tests.projects import LETTER
from tests.web.conftest import House
from tests.web.desk.browser import FORM, Browser
from tests.web.desk.conftest import As

EDIT = f"/desk/letters/{LETTER}/en/edit"
WRITTEN = "Dear {{ recipient.name }},\n\nthis took an <hour> to write."
PASSWORD = "marmalade tugboat seventeen"
ROLE = "Your role does not allow it"


def kept(page: str) -> list[str]:
    """The texts that a page hands back to be copied."""
    return [unescape(found) for found in re.findall(r"<textarea[^>]* readonly>(.*?)</textarea>", page, re.DOTALL)]


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form in the middle of a page."""
    main = page.partition("<main")[2].partition("</main>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', main)
    return {unescape(name): unescape(value) for name, value in found}


def with_password(house: House) -> Browser:
    """Amina's browser, who has chosen a password."""
    asked = Actor("tests", "", "", "")
    secret = invitations.create_invitation(house.project, "amina", asked, LinkPurpose.CHOOSE)
    browser = Browser(house.client)
    browser.get(f"/desk/in/{secret}")
    assert browser.post(f"/desk/in/{secret}", password=PASSWORD, again=PASSWORD).status == 200
    return browser


def test_a_form_of_an_older_session_is_called_out_of_date_and_hands_back_what_was_typed(
    house: House, enter: As
) -> None:
    older = enter("author").csrf
    answer = enter("author").post(EDIT, csrf=older, text=WRITTEN, digest="0" * 64)
    assert answer.status == 403
    assert "This page is out of date" in answer.text
    assert ROLE not in answer.text
    assert [text.replace("\r\n", "\n") for text in kept(answer.text)] == [WRITTEN]
    assert 'href="/desk/letters"' in answer.text
    assert WRITTEN not in (house.folder / "templates" / LETTER / "en.md").read_text("utf-8")


def test_whoever_has_another_role_since_is_told_what_is_so(house: House, enter: As) -> None:
    older = enter("amina").csrf
    config = house.folder / "config.yaml"
    config.write_text(config.read_text("utf-8").replace("role: author", "role: admin"), "utf-8")
    assert "This page is out of date" in enter("amina").post(EDIT, csrf=older, text=WRITTEN).text
    config.write_text(config.read_text("utf-8").replace("role: admin", "role: viewer"), "utf-8")
    answer = enter("amina").post(EDIT, csrf=older, text=WRITTEN)
    assert (answer.status, ROLE in answer.text, "out of date" in answer.text) == (403, True, False)


def test_whoever_was_signed_out_meanwhile_gets_back_what_they_wrote(house: House) -> None:
    author = with_password(house)
    token, cookies = author.csrf, dict(author.cookies)
    assert author.post("/desk/out").status == 200
    late = Browser(house.client, cookies)
    answer = late.post(f"{EDIT}?mode=source", csrf=token, text=WRITTEN, digest="0" * 64, do="look")
    assert answer.status == 401
    assert "You are signed out" in answer.text
    assert hidden(answer.text)["kept_field:text"] == WRITTEN
    assert "kept_field:csrf" not in hidden(answer.text)

    sent = {name: value for name, value in hidden(answer.text).items() if name != "csrf"}
    again = late.post("/desk/in", csrf=hidden(answer.text)["csrf"], **sent, name="amina", password="wrong password")
    assert again.status == 422
    assert hidden(again.text)["kept_field:text"] == WRITTEN
    resumed = late.post("/desk/in", csrf=hidden(again.text)["csrf"], **sent, name="amina", password=PASSWORD)
    assert resumed.status == 200
    form = hidden(resumed.text)
    assert f'action="{EDIT}?mode=source"' in resumed.text
    assert kept(resumed.text) == [WRITTEN]
    assert "kept_field:text" not in form
    assert (form["digest"], form["do"]) == ("0" * 64, "look")
    looked = late.post(f"{EDIT}?mode=source", **form)
    assert WRITTEN in unescape(looked.text)


@pytest.mark.parametrize("action", ["https://elsewhere.example/", "//elsewhere.example", "/desk/../u", "/u/x"])
def test_what_was_kept_is_sent_to_no_other_place(house: House, action: str) -> None:
    with_password(house)
    visitor = Browser(house.client)
    sent = {"kept_action": action, "kept_field:text": WRITTEN, "name": "amina", "password": PASSWORD}
    answer = visitor.post("/desk/in", **sent)
    assert (answer.status, kept(answer.text)) == (200, [])
    assert "signed in again" not in answer.text


def test_a_form_to_sign_in_that_is_out_of_date_is_not_a_matter_of_roles(house: House) -> None:
    visitor = Browser(house.client)
    visitor.get("/desk/in")
    answer = visitor.post("/desk/in", csrf="x" * 43, name="amina", password="marmalade tugboat seventeen")
    assert answer.status == 403
    assert "This page is out of date" in answer.text
    assert ROLE not in answer.text
    assert "marmalade" not in answer.text


def test_what_another_site_sends_is_not_shown_as_theirs(house: House, enter: As) -> None:
    author = enter("author")
    form = urlencode({"csrf": author.csrf, "text": WRITTEN}).encode()
    headers = author._sent({"content-type": FORM, "sec-fetch-site": "cross-site"})
    answer = house.client.ask("POST", EDIT, form, headers)
    assert (answer.status, kept(answer.text)) == (403, [])
    assert "another site" in answer.text
    stranger = house.client.ask("POST", EDIT, form, {"content-type": FORM})
    assert (stranger.status, kept(stranger.text)) == (401, [])
