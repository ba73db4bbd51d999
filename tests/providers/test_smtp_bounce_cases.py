"""Bounces that were once read wrongly, each standing for its kind, and the neighbours of each."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from broadcaster.domain.delivery.reports import ReportedEvent
from broadcaster.providers.reasons import Reason
from broadcaster.providers.smtp.bounces.bounce_reader import read_bounce

CASES = Path(__file__).parent / "bounces" / "cases"
AT = datetime(2026, 12, 1, 9, 50, tzinfo=UTC)

READ = {
    "01-blocklist-without-status": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0),
    "03-spf-without-status": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0),
    "04-rate-limit-sender-5.0.0": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0),
    "06-4.4.7-given-up-of-4.7.1": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0),
    "07-gmail-5.2.1-rate": (ReportedEvent.BOUNCED, Reason.TRY_LATER, 0),
    "09-sendmail-5.1.1-over-5.7.1": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0),
    "10-status-5.1.1-diagnostic-5.2.2": (ReportedEvent.BOUNCED, Reason.MAILBOX_FULL, 3),
    "12-sendmail-553-badmailfrom": (ReportedEvent.BOUNCED, Reason.SENDER_REFUSED, 0),
    "13-action-error": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1),
    "14-yahoo-plain-no-such-account": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1),
    "15-exchange-plain-no-code": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1),
    "16-mailfolder-full-no-code": (ReportedEvent.BOUNCED, Reason.MAILBOX_FULL, 3),
    "18-system-name-with-dots": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1),
    "19-hotmail-jmrp-complaint": (ReportedEvent.COMPLAINED, Reason.UNWANTED, 1),
    "201-status-511-words-571-ip-listed": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0),
    "203-gmail-521-arriving-too-fast": (ReportedEvent.BOUNCED, Reason.TRY_LATER, 0),
    "205-status-511-words-522-over-quota": (ReportedEvent.BOUNCED, Reason.MAILBOX_FULL, 3),
    "207-exim-500-blocklisted-without-enhanced-code": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0),
    "208-postfix-500-spam-content": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0),
    "209-510-spf": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0),
    "211-m365-541-recipient-rejected-access-denied": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1),
    "213-exim-text-unrouteable-no-code": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1),
    "214-group-may-not-post-no-code": (ReportedEvent.BOUNCED, Reason.BLOCKED, 0),
    "215-report-inside-an-attached-message": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1),
    "216-action-error": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1),
    "217-mailbox-quota-as-disposition-notification": (ReportedEvent.BOUNCED, Reason.MAILBOX_FULL, 3),
    "218-complaint-without-feedback-report-part": (ReportedEvent.COMPLAINED, Reason.UNWANTED, 1),
    # A policy's code over plain words: counted, and never at once.
    "220-status-571-words-no-such-user": (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 3),
}
ID = "nbswy3dpeb3w64tmmqxc4llhmu"
TO = f"bounces+{ID}@letters.example"


def read(data: bytes, to: str = "") -> tuple[ReportedEvent, str, int] | None:
    report = read_bounce(data, AT, to)
    return (report.happened, report.code, report.strikes) if report else None


def test_every_case_is_looked_at() -> None:
    assert {file.stem for file in CASES.glob("*.eml")} == set(READ)


@pytest.mark.parametrize("name", READ)
def test_each_case(name: str) -> None:
    assert read((CASES / f"{name}.eml").read_bytes()) == READ[name]


@pytest.mark.parametrize("name", READ)
def test_nobody_is_named_in_what_is_kept(name: str) -> None:
    report = read_bounce((CASES / f"{name}.eml").read_bytes(), AT)
    assert report is not None
    kept = f"{report.key} {report.detail}".lower()
    assert "@" not in kept
    assert not any(person in kept for person in ("amina", "ada", "miriam", "residents"))


def plain(text: str, sender: str = "MAILER-DAEMON@mx.example", **fields: str) -> bytes:
    head = {"Return-Path": "<>", "From": sender, "To": TO, "Subject": "Undelivered mail"} | {
        name.replace("_", "-"): value for name, value in fields.items()
    }
    return ("\n".join(f"{name}: {value}" for name, value in head.items()) + f"\n\n{text}").encode()


COULD_NOT = "Your message could not be delivered.\n\n"
DEAD = (ReportedEvent.BOUNCED, Reason.ADDRESS_UNKNOWN, 1)


@pytest.mark.parametrize(
    "text",
    [
        "<ada@people.example>:\nSorry, no mailbox here by that name. (#5.1.1)",  # qmail
        "  ada@people.example\n    Unrouteable address",  # Exim
        "ada@people.example: Domain does not exist",  # OpenSMTPD
        "<ada@people.example>: host mx.people.example said: 550 5.1.1\n    User unknown (in reply to RCPT TO command)",
        "UNDELIVERABLE MAIL\n<<< 550 User <ada@people.example> unknown.",  # Courier
        "550 5.1.1 <ada@people.example>... User unknown",  # Sendmail
        "mx.people.example [192.0.2.8] did not like our RCPT TO:\n550 5.1.1 <ada@people.example>: User unknown",  # dma
        "because:\n  User ada (ada@people.example) not listed in Domino Directory",  # Domino
        "User ada not listed in public Name & Address Book",  # Notes
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",  # Exchange
        "550 5.4.1 [ada@people.example]: Recipient address rejected: Access denied. [EX.example]",  # Microsoft 365
        "554 delivery error: dd This user doesn't have a people.example account",  # Yahoo
    ],
)
def test_no_such_user_in_the_words_of_many_systems(text: str) -> None:
    assert read(plain(COULD_NOT + text)) == DEAD


@pytest.mark.parametrize(
    "name", ["Mailer.Daemon@x.example", "MDaemon@x.example", "Mail Delivery System <>", "ndr@x.example"]
)
def test_systems_that_call_themselves_otherwise(name: str) -> None:
    if name == "Mailer.Daemon@x.example":
        assert read(plain("550 5.1.1 no such user", name)) == DEAD  # by its null return path and both codes
        assert read(plain("No such user.", name)) is None
    else:
        assert read(plain("550 5.1.1 no such user", name)) == DEAD


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The user's mailbox is full.", (ReportedEvent.BOUNCED, Reason.MAILBOX_FULL, 3)),
        ("SMTP error after MAIL FROM:<x@y.example>: 550 5.1.0 no", (ReportedEvent.BOUNCED, Reason.SENDER_REFUSED, 0)),
        ("550 Your message was refused: virus found", (ReportedEvent.BOUNCED, Reason.BLOCKED, 0)),
        ("The account may not exist, or you may lack permission.", (ReportedEvent.BOUNCED, Reason.BLOCKED, 0)),
        ("No reason was given.", (ReportedEvent.BOUNCED, Reason.ADDRESS_REFUSED, 0)),
    ],
)
def test_other_texts(text: str, expected: tuple[ReportedEvent, str, int]) -> None:
    assert read(plain(COULD_NOT + text)) == expected


def test_a_text_in_html_only() -> None:
    page = "<p>I was not able to deliver your message.</p><p>ada@people.example<br>No such user</p>"
    assert read(plain(page, Content_Type="text/html")) == DEAD


@pytest.mark.parametrize(
    "data",
    [
        plain("550 5.1.1 no such user", "Ada Quill <ada@people.example>", Auto_Submitted="auto-replied (vacation)"),
        plain("I no longer work here; this mailbox is no longer active.", "Ada Quill <ada@people.example>"),
        plain("Click to confirm that you are a person. Status 5.7.1.", "challenge@people.example"),
        plain("Your message has not yet been delivered; attempts will continue.", Subject="Warning: delayed"),
        plain("I am away.", "postmaster@people.example", X_Autoreply="yes"),
    ],
)
def test_what_is_no_bounce(data: bytes) -> None:
    assert read(data) is None


def disposition(text: str, word: str, head: str = "") -> bytes:
    return plain(
        "--d\nContent-Type: text/plain\n\n"
        f"{text}\n--d\nContent-Type: message/disposition-notification\n\n"
        f"Final-Recipient: rfc822; ada@people.example\nDisposition: {word}\n\n--d--\n",
        Content_Type='multipart/report; report-type=disposition-notification; boundary="d"',
        Auto_Submitted=head or "auto-replied",
    )


AUTOMATIC = "automatic-action/MDN-sent-automatically; "


def test_dispositions() -> None:
    rejected = "Your message to <ada@people.example> was automatically rejected:\n"
    full = (ReportedEvent.BOUNCED, Reason.MAILBOX_FULL, 3)
    assert read(disposition(f"{rejected}Mailbox is full", f"{AUTOMATIC}deleted")) == full
    # Sieve's reject: the owner's own words, whatever they say
    for words in ("No such user", "I want no letters", "550 5.1.1"):
        assert read(disposition(rejected + words, f"{AUTOMATIC}deleted")) == (ReportedEvent.BOUNCED, Reason.BLOCKED, 0)
    for word in ("manual-action/MDN-sent-manually; displayed", f"{AUTOMATIC}displayed", "manual-action/x; deleted"):
        assert read(disposition("It was not rejected, it was read.", word)) is None


def report(*fields: str, kind: str = "message/delivery-status", within: bool = False, sender: str = "") -> bytes:
    body = "\n".join(("--r", f"Content-Type: {kind}", "", "Reporting-MTA: dns; x.example", "", *fields, "", "--r--"))
    inner = plain(body, Content_Type='multipart/report; report-type=delivery-status; boundary="r"')
    if not within:
        return inner
    outer = "--o\nContent-Type: text/plain\n\nSee below.\n--o\nContent-Type: message/rfc822\n\n"
    return plain(outer + inner.decode() + "\n--o--\n", sender, Content_Type='multipart/mixed; boundary="o"')


FAILED = ("Action: failed", "Final-Recipient: rfc822; ada@people.example")


def test_a_report_in_the_form_for_other_scripts() -> None:
    """RFC 6533."""
    fields = ("Action: failed", "Final-Recipient: utf-8; ada@people.example", "Status: 5.1.1")
    assert read(report(*fields, kind="message/global-delivery-status")) == DEAD


def test_a_report_within_a_message_counts_only_when_a_system_passes_it_on() -> None:
    fields = (*FAILED, "Status: 5.1.1")
    assert read(report(*fields, within=True, sender="Mail Delivery System <postmaster@gw.example>")) == DEAD
    assert read(report(*fields, within=True, sender="Ada Quill <ada@people.example>")) is None


@pytest.mark.parametrize(
    ("status", "words", "code", "strikes"),
    [
        ("5.0.0", "smtp; 450 4.7.1 try another day", Reason.BLOCKED, 0),
        ("4.4.7", "smtp; 450 4.2.0 not now", Reason.NOT_REACHED, 0),
        ("4.4.7", "", Reason.NOT_REACHED, 3),
        ("4.2.2", "smtp; 452 4.2.2 over quota", Reason.MAILBOX_FULL, 3),
        ("5.0.0", "", Reason.ADDRESS_REFUSED, 3),
        ("5.1.1", "smtp; 550 5.7.26 unauthenticated", Reason.BLOCKED, 0),
        ("5.1.1", "smtp; 550 5.1.1 <spam.filter@policy.example>: User unknown", Reason.ADDRESS_UNKNOWN, 1),
        ("5.1.1", "smtp; 550 5.1.1 User unknown in relay recipient table", Reason.ADDRESS_UNKNOWN, 1),
        ("5.0.0", "smtp; 550 relay not permitted", Reason.RELAY_REFUSED, 0),
        ("5.0.0", "smtp; 552 message size exceeds the limit", Reason.MESSAGE_TOO_LARGE, 0),
        ("5.0.0", "smtp; 550 TLS is required here", Reason.BLOCKED, 0),
        ("5.0.0", "smtp; 550 reverse lookup failed for 192.0.2.9", Reason.BLOCKED, 0),
        ("5.2.1", "smtp; 550 5.2.1 The account is disabled", Reason.ADDRESS_UNKNOWN, 1),
        ("5.2.1", "smtp; 550 5.2.1 Mailbox suspended", Reason.ADDRESS_REFUSED, 3),
        ("5.0.0", "smtp; 550 5.1.0 Address rejected", Reason.ADDRESS_REFUSED, 3),
        ("4.0.0", "smtp; lookup answered NXDOMAIN: domain not found", Reason.ADDRESS_UNKNOWN, 3),
    ],
)
def test_the_mildest_of_what_is_said_counts(status: str, words: str, code: str, strikes: int) -> None:
    fields = (*FAILED, f"Status: {status}", *([f"Diagnostic-Code: {words}"] if words else []))
    assert read(report(*fields)) == (ReportedEvent.BOUNCED, code, strikes)


def test_an_opt_out_report_is_a_no() -> None:
    data = (CASES.parent / "complaint.eml").read_bytes().replace(b"Feedback-Type: abuse", b"Feedback-Type: opt-out")
    assert read(data) == (ReportedEvent.UNSUBSCRIBED, Reason.UNSUBSCRIBED, 1)
