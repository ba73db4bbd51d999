"""What replies mean."""

import pytest

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.smtp.transactions.replies import SmtpReply
from broadcaster.providers.smtp.transactions.verdicts import SmtpPhase, judge_reply


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"])
def test_dead_addresses_are_suppressed(status: str) -> None:
    receipt = judge_reply(SmtpPhase.RCPT, SmtpReply(550, f"{status} no"), "d", "amina@example.net")
    assert receipt.outcome is Outcome.REFUSED
    assert receipt.suppress


@pytest.mark.parametrize(
    "words", ["5.2.2 full", "5.7.1 policy", "5.7.26 unauthenticated", "5.4.1 access denied", "no such user, or spam"]
)
def test_what_may_be_policy_is_not_held_against_the_address(words: str) -> None:
    receipt = judge_reply(SmtpPhase.RCPT, SmtpReply(550, words), "d", "amina@example.net")
    assert receipt.outcome is Outcome.REFUSED
    assert not receipt.suppress


def test_a_domain_without_mail_is_dead_even_without_a_status() -> None:
    assert judge_reply(SmtpPhase.RCPT, SmtpReply(556, "no mail here"), "d", "amina@example.net").suppress


@pytest.mark.parametrize("phase", [SmtpPhase.MAIL, SmtpPhase.RCPT, SmtpPhase.FINAL_DOT])
@pytest.mark.parametrize("code", [530, 534, 535, 538])
def test_who_wants_us_to_sign_in_says_nothing_of_the_address(phase: SmtpPhase, code: int) -> None:
    receipt = judge_reply(phase, SmtpReply(code, "5.7.9 no"), "d", "amina@example.net")
    assert (receipt.outcome, receipt.code, receipt.suppress) == (Outcome.HALTED, "sign-in-needed", False)


@pytest.mark.parametrize(
    ("phase", "code", "strikes"),
    [
        (SmtpPhase.RCPT, "mailbox-full", 3),
        (SmtpPhase.MAIL, "message-too-large", 0),
        (SmtpPhase.DATA, "message-too-large", 0),
        (SmtpPhase.FINAL_DOT, "message-too-large", 0),
    ],
)
def test_552_is_about_the_mailbox_at_rcpt_and_else_about_the_message(phase: SmtpPhase, code: str, strikes: int) -> None:
    receipt = judge_reply(phase, SmtpReply(552, "exceeded storage allocation"), "d", "amina@example.net")
    assert (receipt.outcome, receipt.code, receipt.strikes) == (Outcome.REFUSED, code, strikes)


@pytest.mark.parametrize("phase", [SmtpPhase.MAIL, SmtpPhase.RCPT, SmtpPhase.DATA, SmtpPhase.FINAL_DOT])
@pytest.mark.parametrize("code", [400, 421, 450, 451, 452, 499])
def test_4xx_is_always_later(phase: SmtpPhase, code: int) -> None:
    assert judge_reply(phase, SmtpReply(code, "4.9.9 whatever"), "d", "amina@example.net").outcome is Outcome.LATER


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (SmtpReply(421, "closing"), "provider-busy"),
        (SmtpReply(451, "4.3.0 no"), "provider-busy"),
        (SmtpReply(451, "4.3.1 no"), "provider-busy"),
        (SmtpReply(451, "4.3.2 no"), "provider-busy"),
        (SmtpReply(451, "4.4.5 no"), "provider-busy"),
        (SmtpReply(452, "4.2.2 no"), "mailbox-full"),
        (SmtpReply(450, "4.2.1 no"), "try-later"),
        (SmtpReply(422, "no"), "try-later"),
    ],
)
def test_what_is_put_off_says_why(reply: SmtpReply, code: str) -> None:
    receipt = judge_reply(SmtpPhase.RCPT, reply, "d", "amina@example.net")
    assert (receipt.code, receipt.suppress, receipt.strikes) == (code, False, 0)


def test_the_recipient_is_not_in_the_detail() -> None:
    for words in ["5.1.1 <Amina.K@example.net> unknown", "5.1.1 user amina.k unknown", "amina.k@example.net: no"]:
        detail = judge_reply(SmtpPhase.RCPT, SmtpReply(550, words), "d", "amina.k@example.net").detail
        assert "amina" not in detail.lower()
        assert detail.startswith("550")


def test_phases_keep_the_names_that_ledgers_hold() -> None:
    before_the_letter = ["connect", "tls", "greeting", "ehlo", "auth", "mail", "rcpt"]
    assert [phase.value for phase in SmtpPhase] == [*before_the_letter, "data", "body", "final-dot", "rset", "quit"]
