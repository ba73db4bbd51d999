"""May this address be written to? The desk's page and the command say the same, whichever way somebody said no."""

import json
from urllib.parse import urlencode

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.keys.address_index import blind_address_index
from tests.commandline import Run, runner
from tests.projects import CAMPAIGN
from tests.web import stage
from tests.web.conftest import House
from tests.web.desk.browser import Browser
from tests.web.desk.conftest import As
from tests.web.signing import PATH, event, signed
from tests.web.test_hooks import within
from tests.web.test_public import ONE_CLICK, unsubscribe_of

PAGE = "/desk/suppressions"
ADA, ADAS_PHONE = "person1@example.org", "+447700900101"
BILAL, CORA, DUAS_PHONE = "person2@example.org", "person3@example.org", "+447700900104"
STRANGER = "stranger@example.org"


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in the project that the desk shows."""
    return runner(house.folder, monkeypatch, capsys)


def one_click(house: House, address: str) -> None:
    assert house.client.post(unsubscribe_of(house.folder, address), ONE_CLICK).status == 200


def form(house: House, address: str) -> None:
    answer = house.client.post(unsubscribe_of(house.folder, address), urlencode({"choice": "sms"}).encode())
    assert answer.status == 200


def by_hand(browser: Browser, address: str) -> None:
    assert browser.post(PAGE, address=address, reason="told us at the meeting").status == 200


def stop(house: House, number: str) -> None:
    body = json.dumps({"key": "1", "from": number, "body": "STOP"}).encode()
    assert house.client.post(f"{PATH}/text", body, **signed(body, f"{stage.PUBLIC}{PATH}/text")).status == 200


def bounce(house: House, address: str) -> None:
    blind = blind_address_index(house.project.keyring, Channel.EMAIL, address)
    with house.project.ledger.reading() as conn:
        ids = conn.exec_driver_sql("SELECT id, blind FROM deliveries").all()
    (delivery_id,) = (row.id for row in ids if row.blind == blind)
    body = json.dumps([event(1, f"{delivery_id}-1", "bounced") | {"strikes": "1"}]).encode()
    headers = signed(body, f"{stage.PUBLIC}/hooks/outbox")
    assert house.client.post("/hooks/outbox", body, "application/json", **headers).status == 200

    def applied() -> bool:
        with house.project.ledger.reading() as conn:
            found = conn.exec_driver_sql("SELECT count(*) FROM suppressions WHERE reason = 'bounced'")
            return bool(found.scalar_one())

    assert within(60, applied)


SAID = [
    (ADA, "opted-out", "none", "chose no letters and no texts, by the link in a message"),
    # What is chosen is a person's word: it holds for their other address as well.
    (ADAS_PHONE, "opted-out", "none", "chose no letters and no texts, by the link in a message"),
    (BILAL, "opted-out", "sms", "chose texts only, by the link in a message"),
    (STRANGER, "by-hand", "", "told us, and somebody here noted it"),
    (DUAS_PHONE, "stop", "", "answered STOP"),
    (CORA, "bounced", "", "their messages came back"),
]


def test_a_no_is_told_whichever_way_it_was_said(house: House, enter: As, run: Run) -> None:
    approver = enter("approver")
    for address, *_ in SAID:
        assert run("audience", "person", address, "--json").json["may_be_written_to"]
        assert "This address may be written to" in approver.post(f"{PAGE}/find", address=address).text
    one_click(house, ADA)
    assert "Nobody has said no so far." not in approver.get(PAGE).text
    form(house, BILAL)
    by_hand(approver, STRANGER)
    stop(house, DUAS_PHONE)
    bounce(house, CORA)
    for address, reason, chosen, words in SAID:
        known = run("audience", "person", address, "--json").json
        assert not known["may_be_written_to"]
        (why,) = known["ways"][0]["reasons"]
        assert (why["reason"], why["chosen"]) == (reason, chosen)
        assert "must not be written to" in run("audience", "person", address).out
        page = approver.post(f"{PAGE}/find", address=address)
        assert "Nothing is sent to this address" in page.text
        assert "This address may be written to" not in page.text
        assert words in page.text
        # Both tell what it was sent.
        if address == STRANGER:
            assert known["sent"] == []
            assert "No message to it is on record." in page.text
        else:
            assert [one["campaign"] for one in known["sent"]] == [CAMPAIGN]
            assert "A greeting" in page.text.split("<caption>What it was sent")[1]
    # Bilal chose texts only.
    ways = run("audience", "person", BILAL, "--json").json["ways"]
    assert [(one["channel"], one["asked"], one["may_be_written_to"]) for one in ways] == [
        ("email", True, False),
        ("sms", False, True),
    ]
    assert "The same person may be written to by text message" in approver.post(f"{PAGE}/find", address=BILAL).text
    assert "may be written to by text message" in run("audience", "person", BILAL).out
    assert enter("viewer").post(f"{PAGE}/find", address=ADA).status == 403


def test_who_lifts_is_not_told_that_it_may_be_written_to_when_it_may_not(house: House, enter: As, run: Run) -> None:
    admin = enter("admin")
    one_click(house, ADA)
    by_hand(admin, ADA)
    answer = admin.post(f"{PAGE}/lift", address=ADA, reason="asked for it")
    assert admin.at == f"{PAGE}?said=lifted-but-chosen"
    assert "may be written to again" not in answer.text
    assert "Only they can change that" in answer.text
    refused = admin.post(f"{PAGE}/lift", address=ADA, reason="asked for it")
    assert refused.status == 422
    assert "chose by the link in a message" in refused.text
    by_hand(admin, ADA)
    said = run("suppress", "remove", ADA, "--by", "wenmei", "--reason", "asked for it").out
    assert "must not be written to" in said
    assert "chosen by the link in a message" in said
    assert "1 chose no letters and no texts" in run("suppress", "list").out
