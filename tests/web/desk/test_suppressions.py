"""Those who said no: counted, looked up one by one, noted, and taken back by an admin."""

from pathlib import Path

import pytest

from broadcaster.services import suppress
from broadcaster.services.people import Actor
from tests.projects import AUDIENCE
from tests.web.conftest import House
from tests.web.desk.conftest import As

PAGE = "/desk/suppressions"
NO = {"address": "ada@example.org", "reason": "told us at the meeting"}


def limit(folder: Path, who: str) -> None:
    config = folder / "config.yaml"
    text = config.read_text("utf-8")
    assert f"  {who}:\n" in text
    config.write_text(text.replace(f"  {who}:\n", f"  {who}:\n    audiences: [{AUDIENCE}]\n"), "utf-8")


def test_a_no_is_noted_and_only_an_admin_takes_it_back(house: House, enter: As) -> None:
    author, admin = enter("author"), enter("admin")
    answer = author.post(PAGE, **NO)
    assert (answer.status, author.at) == (200, f"{PAGE}?said=suppressed")
    assert "ada@example.org" not in answer.text
    assert suppress.by_reason(house.project) == {"by-hand": 1}
    assert author.post(f"{PAGE}/lift", **NO).status == 403
    assert suppress.by_reason(house.project) == {"by-hand": 1}
    assert admin.post(f"{PAGE}/lift", **NO).status == 200
    assert suppress.by_reason(house.project) == {}


@pytest.mark.parametrize("form", ["", "/find"])
def test_a_slip_keeps_what_was_typed(house: House, enter: As, form: str) -> None:
    answer = enter("author").post(f"{PAGE}{form}", address="ada at example.org", reason="ring 07700 900123")
    assert answer.status == 422
    assert 'value="ada at example.org"' in answer.text
    assert suppress.by_reason(house.project) == {}


def test_an_address_is_looked_up_and_stands_in_no_link(house: House, enter: As) -> None:
    suppress.suppress(house.project, "ada@example.org", "told us", Actor("amina", "author", "", ""))
    browser = enter("approver")
    answer = browser.post(f"{PAGE}/find", address="ADA@example.org")
    assert (answer.status, browser.at) == (200, f"{PAGE}/find")
    assert "Nothing is sent to this address" in answer.text
    assert "told us, and somebody here noted it" in answer.text
    assert "Amina Okafor-Reid" in answer.text
    assert "“<bdi>told us</bdi>”" in answer.text
    # Whoever changes the language here comes to a page that can be asked for.
    assert f'name="next" value="{PAGE}"' in answer.text
    free = browser.post(f"{PAGE}/find", address="person1@example.org")
    assert "This address may be written to" in free.text
    assert browser.get(f"{PAGE}?address=ada@example.org").text.count("ada@example.org") == 0


def test_who_works_with_some_audiences_only_is_told_of_their_people_alone(house: House, enter: As) -> None:
    for address in ("ada@example.org", "person1@example.org"):
        suppress.suppress(house.project, address, "told us", Actor("wenmei", "admin", "", ""))
    limit(house.folder, "amina")
    limit(house.folder, "wenmei")
    browser, admin = enter("author"), enter("admin")
    assert "2" in browser.get(PAGE).text
    assert "Nothing is sent to this address" in browser.post(f"{PAGE}/find", address="person1@example.org").text
    refused = {
        browser.post(f"{PAGE}/find", address=one).text.replace(one, "")
        for one in ("ada@example.org", "eve@example.org")
    }
    assert len(refused) == 1
    assert "on none of the audiences that you work with" in refused.pop()
    for address in ("ada@example.org", "eve@example.org"):
        assert browser.post(PAGE, address=address, reason="told us").status == 200
        assert browser.at == f"{PAGE}?said=suppressed"
        assert admin.post(f"{PAGE}/lift", address=address, reason="asked").status == 422
    assert suppress.by_reason(house.project) == {"by-hand": 3}
