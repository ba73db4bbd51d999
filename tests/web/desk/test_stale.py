"""A form that is older than the session it is sent in: the page says so, and what was typed is not lost."""

import re
from html import unescape
from urllib.parse import urlencode

from tests.projects import LETTER
from tests.web.conftest import House
from tests.web.desk.browser import FORM, Browser
from tests.web.desk.conftest import As

EDIT = f"/desk/letters/{LETTER}/en/edit"
WRITTEN = "Dear {{ recipient.name }},\n\nthis took an <hour> to write."
ROLE = "Your role does not allow it"


def kept(page: str) -> list[str]:
    """The texts that a page hands back to be copied."""
    return [unescape(found) for found in re.findall(r"<textarea[^>]* readonly>(.*?)</textarea>", page, re.DOTALL)]


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


def test_whoever_was_signed_out_meanwhile_gets_back_what_they_wrote(house: House, enter: As) -> None:
    author = enter("author")
    token, cookies = author.csrf, dict(author.cookies)
    assert author.post("/desk/out").status == 200
    late = Browser(house.client, cookies)
    answer = late.post(EDIT, csrf=token, text=WRITTEN)
    assert (answer.status, kept(answer.text)) == (401, [WRITTEN])
    assert "signed out" in answer.text


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
