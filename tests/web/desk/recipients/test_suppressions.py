"""Those who said no: counted, looked up one by one, noted, and taken back by an admin."""

import re
from pathlib import Path

import pytest

from broadcaster.domain import paging
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.ledger.audit_log import audit
from broadcaster.ledger.recipients import suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.services.access.permissions import Actor
from broadcaster.services.recipients import suppression_list
from tests.projects import AUDIENCE
from tests.web import stage
from tests.web.conftest import House
from tests.web.desk.conftest import As

PAGE = "/desk/suppressions"
REVIEW = f"{PAGE}/review"
WHY = {"reason": "the listing was ours"}
OURS = ("person1@example.org", "person2@example.org", "person3@example.org")
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
    assert suppression_list.count_by_reason(house.project) == {"by-hand": 1}
    assert author.post(f"{PAGE}/lift", **NO).status == 403
    assert suppression_list.count_by_reason(house.project) == {"by-hand": 1}
    assert admin.post(f"{PAGE}/lift", **NO).status == 200
    assert suppression_list.count_by_reason(house.project) == {}


@pytest.mark.parametrize("form", ["", "/find"])
def test_a_slip_keeps_what_was_typed(house: House, enter: As, form: str) -> None:
    answer = enter("author").post(f"{PAGE}{form}", address="ada at example.org", reason="ring 07700 900123")
    assert answer.status == 422
    assert 'value="ada at example.org"' in answer.text
    assert suppression_list.count_by_reason(house.project) == {}


def test_an_address_is_looked_up_and_stands_in_no_link(house: House, enter: As) -> None:
    suppression_list.suppress(house.project, "ada@example.org", "told us", Actor("amina", "author", "", ""))
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
        suppression_list.suppress(house.project, address, "told us", Actor("wenmei", "admin", "", ""))
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
    assert suppression_list.count_by_reason(house.project) == {"by-hand": 3}


# What an earlier version struck off for a reason of ours


def keys(text: str) -> list[str]:
    return re.findall(r'name="which" value="(\w+)"', text)


def barred(house: House) -> list[str]:
    return [one.address for one in suppression_list.list_suppressions(house.project)]


def test_those_struck_off_for_us_are_listed_and_the_ticked_are_lifted(house: House, enter: As) -> None:
    stage.struck_off(house.project, *OURS)
    admin = enter("admin")
    for page in ("/desk", PAGE):
        assert "3 addresses were struck off for a reason of ours" in admin.get(page).text, page
        assert f'href="{REVIEW}"' in admin.get(page).text, page
    text = admin.get(REVIEW).text
    assert text.count("p…@example.org") == 3
    assert "our server is on a blocklist" in text
    assert not any(address in text for address in OURS)
    first, second, _ = keys(text)
    assert admin.post(REVIEW, what="chosen", which=[first, second], **WHY).status == 200
    assert admin.at == f"{PAGE}?said=lifted-reviewed"
    assert barred(house) == [OURS[2]]
    with house.project.ledger.reading() as conn:
        newest = audit.latest_entry(conn, "suppressions", "unsuppress")
    assert newest is not None
    assert (newest.entry.by, newest.entry.host) == ("wenmei", "desk")
    assert newest.entry.detail == {"channel": "email", "lifted": "bounced", "address": second[:12], **WHY}
    assert admin.post(REVIEW, what="all", **WHY).status == 200
    assert barred(house) == []
    for page in ("/desk", PAGE):
        assert REVIEW not in admin.get(page).text, page
    assert "There is none" in admin.get(REVIEW).text


def test_what_is_not_offered_cannot_be_lifted_by_a_form(house: House, enter: As) -> None:
    stage.struck_off(house.project, OURS[0])
    suppression_list.suppress(house.project, OURS[1], "told us", Actor("amina", "author", "", ""))
    hand = suppression_list.identify_address(house.project, OURS[1]).blind.hex()
    admin = enter("admin")
    (key,) = keys(admin.get(REVIEW).text)
    for which, reason in ([hand], "ours"), ([], "ours"), ([key], "ring 07700 900123"):
        answer = admin.post(REVIEW, what="chosen", which=which, reason=reason)
        assert (answer.status, 'role="alert"' in answer.text) == (422, True), (which, reason)
    assert f'value="{key}" checked' in answer.text
    assert barred(house) == list(OURS[:2])
    admin.post(REVIEW, what="all", **WHY)
    assert barred(house) == [OURS[1]]


def test_who_said_no_since_still_gets_nothing(house: House, enter: As) -> None:
    stage.struck_off(house.project, OURS[0])
    found = suppression_list.identify_address(house.project, OURS[0])
    with house.project.ledger.writing() as conn:
        new = NewSuppression(found.channel, found.blind, found.address, SuppressionReason.COMPLAINED, "outbox")
        suppressions.add(conn, new)
    enter("admin").post(REVIEW, what="all", **WHY)
    assert suppression_list.count_by_reason(house.project) == {"complained": 1}


def test_only_those_who_may_lift_any_address_are_offered_them(house: House, enter: As) -> None:
    stage.struck_off(house.project, *OURS)
    limit(house.folder, "wenmei")
    for who in ("author", "approver", "viewer", "admin"):
        browser = enter(who)
        assert REVIEW not in browser.get("/desk").text, who
        assert REVIEW not in browser.get(PAGE).text, who
        assert browser.get(REVIEW).status == 403, who
        assert browser.post(REVIEW, what="all", **WHY).status == 403, who
    assert barred(house) == list(OURS)


def test_many_are_shown_by_the_page(house: House, enter: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE_SIZE", 2)
    stage.struck_off(house.project, *OURS)
    admin = enter("admin")
    first, second = (admin.get(f"{REVIEW}?page={number}").text for number in (1, 2))
    assert (len(keys(first)), len(keys(second))) == (2, 1)
    assert "Page 2 of 2" in second
    assert "Lift all 3 addresses" in first
    admin.post(f"{REVIEW}?page=2", what="chosen", which=keys(second), **WHY)
    assert barred(house) == list(OURS[:2])
