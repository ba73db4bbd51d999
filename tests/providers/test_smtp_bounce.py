"""What mail to the return path reports: bounces as real servers write them, and what only looks like one.

`bounces/postfix-*.eml` are what Postfix 3.7 made of our messages; the others are written in the form of their systems.
Those whose name begins with `no-` are no bounces of ours.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.bounces.bounce_reader import read_bounce

BOUNCES = Path(__file__).parent / "bounces"
ID = "relbhawnyfsyv4vqrboh3sjhm4"
OTHER = "m5y6xq6i6vhuu5lzqeiipmc7pm"
AT = datetime(2026, 12, 1, 9, 50, tzinfo=UTC)

TOLD = {
    # file: (what happened, why, how many strikes, the attempt)
    "postfix-unknown": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1, f"{OTHER}-1"),
    "postfix-full": (ReportedEvent.BOUNCED, Reason.MAILBOX_FULL, 3, "rxuhh6qvntxavc2cbxgvleabhu-1"),
    "postfix-given-up": (ReportedEvent.BOUNCED, Reason.NOT_REACHED, 0, "oib7peszh377kv6o4nd4ov2hce-1"),
    "exim-unknown": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1, ID),
    "exim-old": (ReportedEvent.BOUNCED, Reason.MAILBOX_FULL, 3, ID),
    "exim-delayed": (ReportedEvent.PUT_OFF, Reason.TRY_LATER, 0, ID),
    "exchange-unknown": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1, ID),
    "office365-blocked": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0, ID),
    "gmail-unknown": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1, ID),
    "gmail-delayed": (ReportedEvent.PUT_OFF, Reason.TRY_LATER, 0, ID),
    "qmail-unknown": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1, ID),
    "qmail-given-up": (ReportedEvent.BOUNCED, Reason.TRY_LATER, 0, ID),
    "plain-without-status": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1, ID),  # Domino's words for it
    "sendmail-relayed": (ReportedEvent.TAKEN, "", 0, f"{ID}-2"),
    "forwarded-unknown": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 3, f"{ID}-1"),
    "other-message": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 3, ID),
    "complaint": (ReportedEvent.COMPLAINED, Reason.UNWANTED, 1, ID),
}
NAMES = sorted(file.stem for file in BOUNCES.glob("*.eml"))
PEOPLE = ("amina", "bilal", "noor", "cora", "vane", "dua", "rahim", "eli", "stern", "fay", "lund", "ada", "quill")


def read(name: str) -> Report | None:
    return read_bounce((BOUNCES / f"{name}.eml").read_bytes(), AT)


@pytest.mark.parametrize("name", NAMES)
def test_each_is_read_as_what_it_is(name: str) -> None:
    report = read(name)
    if name.startswith("no-"):
        assert report is None
        return
    assert report is not None
    assert (report.happened, report.code, report.strikes, report.attempt_id) == TOLD[name]
    assert report.at == AT


@pytest.mark.parametrize("name", TOLD)
def test_nobody_is_named_in_what_is_kept(name: str) -> None:
    report = read(name)
    assert report is not None
    kept = f"{report.key} {report.detail}".lower()
    assert [person for person in PEOPLE if person in kept] == []
    assert "@" not in kept


@pytest.mark.parametrize("name", TOLD)
def test_mail_systems_change_line_ends_and_add_lines_at_the_top(name: str) -> None:
    plain = (BOUNCES / f"{name}.eml").read_bytes()
    handed_on = b"From MAILER-DAEMON Tue Dec  1 09:00:00 2026\nReceived: by other.example\n" + plain
    assert read_bounce(plain.replace(b"\n", b"\r\n"), AT) == read_bounce(handed_on, AT) == read(name)


def dsn(*fields: str, head: str = "", returned: str = "") -> bytes:
    """A report about one recipient that came to ID's return path, unless `head` says otherwise."""
    head = head or f"Delivered-To: bounces+{ID}@letters.example"
    return "\r\n".join(
        [
            head,
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            "",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.example",
            "",
            *fields,
            "",
            "--b",
            "Content-Type: text/rfc822-headers",
            "",
            returned,
            "--b--",
        ]
    ).encode()


def test_the_status_in_the_servers_words_counts_where_the_field_says_nothing() -> None:
    words = "Diagnostic-Code: smtp; 550 5.1.1 no such user"
    for status in ("Status: 5.0.0", "Status: 5", "X-Nothing: here"):
        report = read_bounce(dsn("Action: failed", status, words), AT)
        assert report is not None
        assert report.code == Reason.ADDRESS_UNKNOWN
    kept = read_bounce(dsn("Action: failed", "Status: 5.2.2", words), AT)
    assert kept is not None
    assert kept.code == Reason.MAILBOX_FULL


@pytest.mark.parametrize(
    ("fields", "happened"),
    [
        (("Action: delivered", "Status: 2.0.0"), ReportedEvent.DELIVERED),
        (("Action: expanded", "Status: 2.0.0"), ReportedEvent.TAKEN),
        (("Action: delayed", "Status: 4.2.2"), ReportedEvent.PUT_OFF),
        (("Action: FAILED (bad)", "Status: 5.1.1"), ReportedEvent.BOUNCED),
        (("Status: 5.1.1",), ReportedEvent.BOUNCED),
        (("Status: 4.4.1",), ReportedEvent.PUT_OFF),
        (("Status: 2.0.0",), ReportedEvent.DELIVERED),
        (("Action: failed",), ReportedEvent.BOUNCED),
        (("Action: pondered", "Status: 5.1.1"), ReportedEvent.BOUNCED),
        (("Action: pondered", "Status: 4.4.1"), ReportedEvent.PUT_OFF),
        (("Action: pondered",), None),
        (("Action: error", "Status: 5.1.1"), ReportedEvent.BOUNCED),
        (("Action: expired", "Status: 4.4.7"), ReportedEvent.BOUNCED),
        (("Final-Recipient: rfc822; a@b.example",), None),
        # of several recipients behind one address, the one who fared best
        (("Action: failed", "Status: 5.1.1", "", "Action: delivered", "Status: 2.0.0"), ReportedEvent.DELIVERED),
        (("Action: failed", "Status: 5.1.1", "", "Action: delayed", "Status: 4.4.1"), ReportedEvent.PUT_OFF),
    ],
)
def test_actions_become_what_happened(fields: tuple[str, ...], happened: ReportedEvent | None) -> None:
    report = read_bounce(dsn(*fields), AT)
    assert (report.happened if report else None) == happened


FAILED = ("Action: failed", "Status: 5.1.1")


def test_whose_bounce_it_is() -> None:
    envelope = f"Bounces+{ID.upper()}@LETTERS.EXAMPLE"
    nothing = "X-Nothing: here"
    told = {
        "the envelope": read_bounce(dsn(*FAILED, head=nothing), AT, envelope),
        "a header": read_bounce(dsn(*FAILED, head=f"X-Original-To: bounces+{ID}@letters.example"), AT),
        "To": read_bounce(dsn(*FAILED, head=f"To: <bounces+{ID}@letters.example>"), AT, "catch-all@letters.example"),
        "its Message-ID": read_bounce(dsn(*FAILED, head=nothing, returned=f"Message-ID: <{ID}@x.example>"), AT),
    }
    assert {name: report and report.attempt_id for name, report in told.items()} == dict.fromkeys(told, ID)
    assert read_bounce(dsn(*FAILED, head=nothing), AT) is None
    named = read_bounce(dsn(*FAILED).replace(b"Reporting", f"Original-Envelope-Id: {ID}-3\r\nReporting".encode()), AT)
    assert named is not None
    assert named.attempt_id == f"{ID}-3"


def test_clues_that_contradict_each_other_are_nobodys() -> None:
    assert read_bounce(dsn(*FAILED, returned=f"Message-ID: <{OTHER}@letters.example>"), AT) is None
    other = f"Original-Envelope-Id: {OTHER}-1\r\nReporting".encode()
    assert read_bounce(dsn(*FAILED).replace(b"Reporting", other), AT) is None


def test_another_message_with_our_return_path_suppresses_nobody_at_once() -> None:
    """Spam with a return path of ours comes back to us; or a server on the way gives messages its own Message-ID."""
    report = read_bounce(dsn(*FAILED, returned="Message-ID: <spam@elsewhere.example>"), AT)
    assert report is not None
    assert report.strikes == 3
    # whoever knows the ENVID had our MAIL command, so it is ours, whatever its Message-ID became
    named = dsn(*FAILED, returned="Message-ID: <0100-new@relay.example>").replace(
        b"Reporting", f"Original-Envelope-Id: {ID}-1\r\nReporting".encode()
    )
    report = read_bounce(named, AT)
    assert report is not None
    assert report.strikes == 1


def test_the_same_of_a_delivery_counts_once_however_it_is_told() -> None:
    first = read_bounce(dsn(*FAILED, "Diagnostic-Code: smtp; 550 5.1.1 no"), AT)
    again = read_bounce(dsn(*FAILED, head=f"To: bounces+{ID}@letters.example\r\nMessage-ID: <2@x.example>"), AT)
    full = read_bounce(dsn("Action: failed", "Status: 5.2.2"), AT)
    assert first is not None
    assert again is not None
    assert full is not None
    assert first.key == again.key != full.key
    assert len(first.key) <= 100


@pytest.mark.parametrize("feedback", ["abuse", "fraud", "not-spam", "virus", "auth-failure", "other", ""])
def test_only_what_the_recipient_says_no_by_is_a_complaint(feedback: str) -> None:
    data = (BOUNCES / "complaint.eml").read_bytes().replace(b"Feedback-Type: abuse", b"Feedback-Type: %a" % feedback)
    report = read_bounce(data.replace(b"'", b""), AT)
    assert (report is not None) == (feedback in {"abuse", "fraud"})


def test_a_name_in_the_servers_words_is_not_kept() -> None:
    words = "Diagnostic-Code: smtp; 550 5.1.1 User Amina Example (amina.example) not listed in the address book"
    report = read_bounce(dsn(*FAILED, "Final-Recipient: rfc822; amina.example@people.example", words), AT)
    assert report is not None
    assert report.detail == "550 5.1.1 User <address> <address> (<address>) not listed in the address book"


def test_what_the_returned_letter_says_is_no_status() -> None:
    head = f"Delivered-To: bounces+{ID}@letters.example\nFrom: MAILER-DAEMON@x.example\n\nIt came back.\n\n"
    letter = "If your mail comes back with 550 5.1.1, ring us.\n"
    assert read_bounce(f"{head}--- This is a copy of the message.\n\n{letter}".encode(), AT) is None
    assert read_bounce(f"{head}{letter}".encode(), AT) is not None
