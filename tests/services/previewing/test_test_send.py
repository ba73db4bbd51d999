"""Tests of letters: to oneself, a few at a time, and on the record; no way around the second person."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from broadcaster.audiences.addresses.typed_address import TypedAddressError
from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger.audit_log import audit
from broadcaster.services.access.permissions import Actor, Permission, desk_actor
from broadcaster.services.previewing import test_send
from broadcaster.services.previewing.preview import find_recipient, letter_for_audience
from broadcaster.services.previewing.test_send import SendTestRefusedError, SendTestRequest
from broadcaster.services.project.project import Project
from broadcaster.services.recipients import suppression_list
from tests.projects import AUDIENCE, CAMPAIGN, LETTER, make_project
from tests.services.stage import outbox


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with open_project(make_project(tmp_path / "project")) as project:
        yield project


def amina(project: Project) -> Actor:
    return desk_actor(project.settings, "amina", Permission.TEST)


def send(project: Project, to: str, by: Actor | None = None) -> Outcome:
    messages = letter_for_audience(project, LETTER, AUDIENCE, None)
    return test_send.send_to_self(
        project, messages, find_recipient(messages, None), SendTestRequest(to), by or amina(project)
    ).outcome


def sent(project: Project) -> int:
    return len(list((project.root / "var" / "outbox").rglob("*.eml")))


def test_it_goes_out_and_the_log_has_no_address(project: Project) -> None:
    assert send(project, " Me@Office.example ") is Outcome.ACCEPTED
    with project.ledger.reading() as conn:
        (entry,) = [one.entry for one in audit.list_recent(conn) if one.entry.action == "send-test"]
    assert (entry.by, entry.subject, sorted(entry.detail)) == ("amina", LETTER, ["address", "delivery"])
    assert "office" not in repr(entry).lower()


@pytest.mark.parametrize(
    "to",
    [
        "",
        "me@office.example, you@office.example",
        "me@office.example\r\nBcc: you@office.example",
        "x" * 1_000 + "@office.example",
        "+447700900001, +447700900002",
    ],
)
def test_it_goes_to_one_address(project: Project, to: str) -> None:
    with pytest.raises((TypedAddressError, SendTestRefusedError)):
        send(project, to)
    assert sent(project) == 0


def test_a_text_message_goes_to_a_telephone(project: Project) -> None:
    assert send(project, "07700 900001") is Outcome.ACCEPTED
    assert sent(project) == 0
    (path,) = (project.root / "var" / "outbox" / "sms").glob("*.json")
    message = json.loads(path.read_text("utf-8"))
    assert message["to"] == "+447700900001"
    assert message["body"].startswith("[Test] ")
    assert "900001" not in message["body"]


def test_a_text_message_without_a_sender_says_who_can_help(project: Project) -> None:
    config = project.root / "config.yaml"
    config.write_text(re.sub(r"\n *sms_sender: .*", "", config.read_text("utf-8")), "utf-8")
    with (
        open_project(project.root) as opened,
        pytest.raises(SendTestRefusedError, match="no sender of text messages"),
    ):
        send(opened, "07700 900001")


@pytest.mark.parametrize("address", ["you@office.example", "07700 900001"])
def test_it_goes_to_nobody_who_said_no(project: Project, address: str) -> None:
    suppression_list.suppress(project, address, "asked at the meeting", amina(project))
    with pytest.raises(SendTestRefusedError):
        send(project, address.title())
    assert not (project.root / "var" / "outbox").exists() or sent(project) == 0


def test_it_is_no_way_to_write_to_many(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_send, "MAX_TESTS", 3)
    for number in range(3):
        send(project, f"somebody{number}@office.example")
    with pytest.raises(SendTestRefusedError, match="amina has sent 3 tests"):
        send(project, "somebody4@office.example")
    send(project, "me@office.example", replace(amina(project), name="david"))
    assert sent(project) == 4


def test_what_cannot_be_written_down_does_not_go(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise BroadcasterError("The disk is full.")

    monkeypatch.setattr(audit, "write", full)
    with pytest.raises(BroadcasterError, match="full"):
        send(project, "me@office.example")
    assert sent(project) == 0


def test_it_is_the_recipients_email_marked_as_a_test(folder: Path) -> None:
    with open_project(folder) as project:
        messages = letter_for_audience(project, LETTER, AUDIENCE, CAMPAIGN)
        trial = test_send.make_test_email(messages, find_recipient(messages, "2"), "amina@ashmere.example")
        receipt = test_send.send_test_message(project, trial)
        assert receipt.outcome == "accepted"
    (path,) = outbox(folder)
    message = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
    assert str(message["Subject"]) == "[Test] News for Ada Quill"
    assert str(message["To"]) == "amina@ashmere.example"
    assert b"person1@" not in path.read_bytes()
    assert b"sample0000" in path.read_bytes()
