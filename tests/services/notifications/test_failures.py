"""What becomes of a notification when a process dies, a provider fails or hangs, or an address must not be used."""

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.contact.suppression_reasons import SuppressionReason
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome, Receipt
from broadcaster.keys.address_index import blind_address_index
from broadcaster.ledger.recipients import suppressions
from broadcaster.ledger.recipients.suppressions import NewSuppression
from broadcaster.ledger.staff import notifications
from broadcaster.services.notifications.pending import pending_notifications
from broadcaster.services.notifications.send import send_notifications
from broadcaster.services.notifications.unreached import list_unreached_people
from broadcaster.services.project.project import now
from tests.commandline import environment
from tests.services.stage import edit, sql
from tests.services.telling import ADMIN, APPROVER, AUTHOR, Office, make_office, office
from tests.services.toy import accepted
from tests.standins.sendgrid import KEY, SendGridPlan, SendGridStandIn

MINUTE = timedelta(minutes=1)
EVERYBODY = [ADMIN, AUTHOR, APPROVER]

# Tells what is due, and is killed as the first message is handed over.
_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.services.telling import office
with office(Path(sys.argv[1]), lambda message: os.kill(os.getpid(), signal.SIGKILL)) as desk:
    desk.tell()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_office(tmp_path / "project")


@pytest.fixture
def desk(folder: Path) -> Iterator[Office]:
    with office(folder) as opened:
        yield opened


def later(message: Outgoing) -> Receipt:
    return Receipt(message.delivery_id, Outcome.LATER, "cannot-connect")


def broken(message: Outgoing) -> Receipt:
    raise RuntimeError(str(message))


def suppress(desk: Office, channel: Channel, address: str) -> None:
    new = NewSuppression(
        channel,
        blind_address_index(desk.project.keyring, channel, address),
        address,
        SuppressionReason.BY_HAND,
        "david",
    )
    with desk.project.ledger.writing() as conn:
        suppressions.add(conn, new)


def test_what_was_being_told_when_a_process_died_is_told_as_a_reminder_and_not_at_once(
    desk: Office, folder: Path
) -> None:
    desk.submit()
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(folder)], env=environment(), capture_output=True, timeout=200, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    # One of the two had been begun; nobody knows whether it arrived.
    (other,) = desk.tell()
    assert desk.tell(30 * MINUTE) == []
    assert sorted(desk.tell(61 * MINUTE)) == sorted({APPROVER, ADMIN})
    assert other in {APPROVER, ADMIN}


def test_news_that_may_not_have_arrived_is_told_once_more(desk: Office) -> None:
    desk.submit()
    desk.decide(why="no")
    desk.email.answer = lambda message: Receipt(message.delivery_id, Outcome.UNSURE, "no-answer")
    assert desk.tell() == [AUTHOR]
    desk.email.answer = accepted
    assert desk.tell(61 * MINUTE) == [AUTHOR]
    assert desk.tell(900 * MINUTE) == []


def test_a_provider_that_is_down_is_tried_again_soon_and_said(desk: Office) -> None:
    desk.reply()
    desk.email.answer = desk.sms.answer = later
    assert desk.tell() == EVERYBODY
    found = list_unreached_people(desk.project, now())
    assert [one.person for one in found] == ["amina", "david", "wenmei"]
    assert "could not be reached" in found[0].why.why
    assert desk.tell(MINUTE / 2) == []
    desk.email.answer = desk.sms.answer = accepted
    assert desk.tell(MINUTE) == EVERYBODY
    assert list_unreached_people(desk.project, now()) == []
    # It was told once by now, so that reminders begin.
    assert [minutes for minutes in (2, 15, 16, 17) if desk.tell(minutes * MINUTE)] == [16]


def test_it_is_tried_more_seldom_while_it_fails(desk: Office) -> None:
    desk.reply()
    desk.email.answer = desk.sms.answer = later
    asked = (0, 1, 2, 3, 7, 8, 22, 23, 38)
    assert [minutes for minutes in asked if desk.tell(minutes * MINUTE)] == [0, 1, 3, 8, 23, 38]


def test_a_provider_that_hangs_holds_nobody_up_for_long(desk: Office) -> None:
    desk.reply()
    end, began = threading.Event(), threading.Event()

    def hang(message: Outgoing) -> Receipt:
        began.set()
        end.wait(200)
        return accepted(message)

    desk.email.answer = hang
    try:
        assert desk.tell(patience=0.1) == [ADMIN, AUTHOR]  # the second email is not even tried
    finally:
        end.set()
    assert began.is_set()
    assert [(one.person, one.unsure) for one in list_unreached_people(desk.project, now())] == [
        ("amina", True),
        ("david", False),
    ]
    desk.email.answer = later
    assert desk.tell(2 * MINUTE) == [APPROVER]
    assert AUTHOR in desk.tell(15 * MINUTE)


def test_a_provider_that_stumbles_is_no_reason_to_tell_nobody(desk: Office, caplog: pytest.LogCaptureFixture) -> None:
    desk.reply()
    desk.email.answer = broken
    assert ADMIN in desk.tell()
    assert "RuntimeError" in caplog.text
    assert "example.org" not in caplog.text


def test_a_suppressed_address_is_not_written_to_and_the_log_says_so(
    desk: Office, caplog: pytest.LogCaptureFixture
) -> None:
    suppress(desk, Channel.EMAIL, APPROVER.upper())
    suppress(desk, Channel.SMS, ADMIN)
    desk.submit()
    with caplog.at_level(logging.WARNING):
        assert desk.tell() == []
    assert caplog.text.count("suppressed") >= 2
    for personal in (APPROVER, ADMIN, "david", "David", "wenmei"):
        assert personal not in caplog.text
    assert [one.person for one in list_unreached_people(desk.project, now())] == ["david", "wenmei"]
    assert "must not be written to" in list_unreached_people(desk.project, now())[0].why.why


def test_the_other_channel_serves_where_one_is_suppressed(desk: Office, folder: Path) -> None:
    suppress(desk, Channel.EMAIL, APPROVER)
    edit(folder, "config.yaml", f"email: {APPROVER}\n", f"email: {APPROVER}\n    phone: 07700 900143\n")
    edit(
        folder, "config.yaml", "    phone: 07700 900143\n    tell:\n", "    phone: 07700 900143\n    tell:\n    - sms\n"
    )
    desk.submit()
    with office(folder) as changed:
        assert changed.tell() == [ADMIN, "+447700900143"]
        assert list_unreached_people(changed.project, now()) == []


def test_a_number_that_cannot_be_one_keeps_nobody_else_in_the_dark(desk: Office, folder: Path) -> None:
    edit(folder, "config.yaml", "07700 900142", "0000 000000")
    desk.submit()
    with office(folder) as changed:
        assert changed.tell() == [APPROVER]
        (one,) = list_unreached_people(changed.project, now())
        assert (one.person, one.why.why) == ("wenmei", "The number or address cannot be one.")


def test_without_a_signatory_texts_still_go(folder: Path) -> None:
    config = folder / "config.yaml"
    with office(folder) as desk:
        desk.reply()
    text = config.read_text("utf-8")
    start, end = text.index("signatories:"), text.index("people:")
    config.write_text(text[:start] + text[end:], "utf-8")
    with office(folder) as desk:
        assert desk.tell() == [ADMIN]
        assert {one.why.why for one in list_unreached_people(desk.project, now())} == {
            "config.yaml has no signatory to write from."
        }


def test_a_source_that_fails_keeps_back_none_of_the_others_and_forgets_nothing(
    desk: Office, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk.reply()
    assert desk.tell() == EVERYBODY
    words = sql(folder, "SELECT words_sealed FROM replies")[0][0]
    sql(folder, "UPDATE replies SET words_sealed = x'00'")
    desk.submit()
    assert desk.tell(5 * MINUTE) == [ADMIN, APPROVER]
    assert caplog.text
    sql(folder, "UPDATE replies SET words_sealed = ?", words)
    assert desk.tell(10 * MINUTE) == []  # it was told before
    assert desk.tell(16 * MINUTE) == EVERYBODY


def test_of_two_processes_that_tell_at_once_one_does(desk: Office) -> None:
    desk.submit()
    seen = pending_notifications(desk.project, now()).due
    assert desk.tell() == [ADMIN, APPROVER]
    with desk.project.ledger.writing() as conn:
        for due in seen.values():
            assert [notifications.record_attempt(conn, one.notification, one.before, now()) for one in due] == [False]


def test_it_goes_by_sendgrid_too(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDGRID_API_KEY", KEY)
    with SendGridStandIn(SendGridPlan(), tmp_path) as server:
        edit(
            folder,
            "config.yaml",
            "email: outbox",
            f"email: sendgrid\n  sendgrid: {{api_key_env: SENDGRID_API_KEY, host: '{server.url}', timeout: 2s, "
            f"ca_file: '{server.ca_file}'}}",
        )
        with office(folder) as desk, open_project(folder) as project:
            desk.submit()
            assert send_notifications(project, now()) == 2
            (taken,) = server.taken
    assert taken.to == APPROVER
    assert taken.subject == "Ashmere Police: Something waits for you"
    assert "It waits for you to approve or reject it." in taken.text
    assert taken.headers["Auto-Submitted"] == "auto-generated"
