"""What an answer means, wherever it is met."""

from datetime import UTC, datetime

import pytest

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.answers import AnswerTopic, find_topics, meaning_of_status, milder_meaning, read_answer
from broadcaster.providers.reasons import Reason
from broadcaster.providers.sendgrid.events import report_of_event
from broadcaster.providers.smtp.bounces.bounce_reader import read_bounce
from broadcaster.providers.smtp.transactions.replies import SmtpReply
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase, judge_reply
from tests.providers.test_smtp_bounce import ID, dsn
from tests.standins.sendgridevents import event

AT = datetime(2026, 12, 1, 9, 50, tzinfo=UTC)

ANSWERS = [
    ("550 5.1.1 no such user", Reason.ADDRESS_UNKNOWN, 1),
    ("550 User unknown", Reason.ADDRESS_UNKNOWN, 1),
    ("550 5.4.1 Recipient address rejected: Access denied. [EX.example]", Reason.ADDRESS_UNKNOWN, 1),
    ("550 5.7.1 no such user here", Reason.ADDRESS_UNKNOWN, 3),
    ("552 5.2.2 over quota", Reason.MAILBOX_FULL, 3),
    ("550 mailbox is full", Reason.MAILBOX_FULL, 3),
    ("550 5.7.1 your IP is on our blocklist", Reason.BLOCKED, 0),
    ("554 Blocked - see https://lists.example/?ip=192.0.2.7", Reason.BLOCKED, 0),
    ("550 5.1.1 192.0.2.9 is listed at dnsbl.example", Reason.BLOCKED, 0),
    ("550 SPF check failed", Reason.BLOCKED, 0),
    ("550 5.2.1 receiving mail at a rate that prevents more", Reason.TRY_LATER, 0),
    ("553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)", Reason.SENDER_REFUSED, 0),
    ("550 5.1.0 Address rejected", Reason.ADDRESS_REFUSED, 3),
]


@pytest.mark.parametrize(("answer", "reason", "strikes"), ANSWERS)
def test_the_same_answer_means_the_same_wherever_it_is_met(answer: str, reason: Reason, strikes: int) -> None:
    assert read_answer("", answer) == (reason, strikes)

    code, _, text = answer.partition(" ")
    receipt = judge_reply(SmtpPhase.RCPT, SmtpReply(int(code), text), "d", "ada@people.example")
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, reason)
    assert (1 if receipt.suppress else receipt.strikes) == strikes

    fields = ("Action: failed", "Status: 5.0.0", "Final-Recipient: rfc822; ada@people.example")
    bounce = read_bounce(dsn(*fields, f"Diagnostic-Code: smtp; {answer}"), AT)
    assert bounce is not None
    assert (bounce.code, bounce.strikes, bounce.attempt_id) == (reason, strikes, ID)

    told = report_of_event(event("bounce", "d-1", type="bounce", reason=answer))
    assert told is not None
    assert (told.code, told.strikes) == (reason, strikes)  # type: ignore[union-attr]  # it names its attempt


ONE_TOPIC = [
    (AnswerTopic.BLOCKLISTED, "550 192.0.2.9 spamhaus", Reason.BLOCKED, 0),
    (AnswerTopic.AUTHENTICATION, "550 DMARC", Reason.BLOCKED, 0),
    (AnswerTopic.REVERSE_NAME, "550 no PTR", Reason.BLOCKED, 0),
    (AnswerTopic.RATE, "550 slow down", Reason.TRY_LATER, 0),
    (AnswerTopic.CONTENT, "550 virus found", Reason.BLOCKED, 0),
    (AnswerTopic.SENDER, "550 bad return path", Reason.SENDER_REFUSED, 0),
    (AnswerTopic.RELAY, "550 relaying", Reason.RELAY_REFUSED, 0),
    (AnswerTopic.TLS, "550 STARTTLS first", Reason.BLOCKED, 0),
    (AnswerTopic.SIZE, "550 oversized", Reason.MESSAGE_TOO_LARGE, 0),
    (AnswerTopic.FORM, "550 duplicate header", Reason.MESSAGE_REFUSED, 0),
    (AnswerTopic.POLICY, "550 prohibited", Reason.BLOCKED, 0),
    (AnswerTopic.SYSTEM, "550 out of memory", Reason.NOT_REACHED, 0),
    (AnswerTopic.FULL, "550 disk full", Reason.MAILBOX_FULL, 3),
    (AnswerTopic.ASLEEP, "550 frozen", Reason.ADDRESS_REFUSED, 3),
    (AnswerTopic.CLOSED, "550 mailbox disabled", Reason.ADDRESS_UNKNOWN, 1),
    (AnswerTopic.NO_ROUTE, "550 host unreachable", Reason.NOT_REACHED, 3),
    (AnswerTopic.NO_DOMAIN, "550 NXDOMAIN", Reason.ADDRESS_UNKNOWN, 1),
    (AnswerTopic.NO_USER, "550 no such user", Reason.ADDRESS_UNKNOWN, 1),
]


@pytest.mark.parametrize(("topic", "answer", "reason", "strikes"), ONE_TOPIC)
def test_what_each_topic_means(topic: AnswerTopic, answer: str, reason: Reason, strikes: int) -> None:
    assert find_topics(answer) == {topic}
    assert read_answer("", answer) == (reason, strikes)


def test_no_topic_is_left_out() -> None:
    assert {topic for topic, *_ in ONE_TOPIC} == set(AnswerTopic)


@pytest.mark.parametrize("text", ["relay access denied", "5.7.1 Relaying denied"])
def test_a_relay_that_does_not_know_us_halts_at_rcpt(text: str) -> None:
    assert judge_reply(SmtpPhase.RCPT, SmtpReply(550, text), "d", "a@b.example").outcome is Outcome.HALTED
    assert read_answer("", f"550 {text}") is not None


@pytest.mark.parametrize(
    ("words", "spoken"),
    [
        ("", set()),
        ("550 <spam@virus.example> user unknown", {AnswerTopic.NO_USER}),
        ("550 user unknown, see https://people.example/spam/policy/blocklist", {AnswerTopic.NO_USER}),
        ("550-5.1.1 The email account that you tried to reach 550-5.1.1 does not exist", {AnswerTopic.NO_USER}),
        ("550 User unknown in relay recipient table", {AnswerTopic.NO_USER}),
        ("550 Your message was rejected as spam", {AnswerTopic.CONTENT, AnswerTopic.POLICY}),
        (
            "554 Service unavailable; Client host [192.0.2.9] blocked using zen.example",
            {AnswerTopic.BLOCKLISTED, AnswerTopic.SYSTEM},
        ),
        ("451 greylisted, try again later", {AnswerTopic.RATE}),
        ("550 Host unknown", {AnswerTopic.NO_DOMAIN}),
        ("Host or domain name not found: Host not found, try again", set()),
    ],
)
def test_what_words_speak_of(words: str, spoken: set[AnswerTopic]) -> None:
    assert find_topics(words) == spoken


@pytest.mark.parametrize(
    "answer",
    [
        "550 Sender verify failed: no such user",
        "550 5.1.8 Sender address rejected: Domain not found",
        "550 Your account has been disabled",
        "550 5.7.8 invalid user name or password",
        "550 5.4.5 Daily user sending quota exceeded",
        "552 5.2.2 You have exceeded your sending quota",
        "550 Host not found for your domain",
        "550 Too many invalid recipients",
        "550 HELO host does not exist",
        "550 Callback verification failed: user unknown",
        "550 Return path: domain does not exist",
        "550 The user may not exist, or the message was refused by policy",
        "554 5.7.1 no mailbox here for senders on our blocklist",
        "550 Local error: user lookup failed temporarily, user unknown",
        "550 5.1.1 Invalid recipient; message content rejected",
    ],
)
def test_words_of_no_such_user_about_us_strike_nobody_off(answer: str) -> None:
    found = read_answer("5.1.1", answer)
    assert found is not None
    assert found.strikes == 0


def test_a_bare_status_is_read_by_the_table() -> None:
    for status in ("5.1.1", "5.2.2", "5.7.1", "5.4.4", "4.4.7"):
        assert read_answer(status, "") == meaning_of_status(status)
    assert read_answer("5.0.0", "") is None
    assert read_answer("", "") is None
    assert read_answer("5.0.0", "who knows") is None


def test_the_milder_of_two() -> None:
    dead, full, ours = meaning_of_status("5.1.1"), meaning_of_status("5.2.2"), meaning_of_status("5.7.1")
    assert milder_meaning(dead, full) == milder_meaning(full, dead) == full
    assert milder_meaning(full, ours) == ours
    assert milder_meaning(dead, None) == dead
