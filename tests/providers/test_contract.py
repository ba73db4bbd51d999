"""What every provider promises, whichever it is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import Outgoing
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.reasons import Reason, explain_code
from tests.providers.people import doubt, email, sms
from tests.providers.stages import STAGES, Stage, content

HOSTILE = [
    ".",
    "..\r\n.\r\n\r\n.\r\n..\r\nQUIT",
    ".\r\nMAIL FROM:<evil@example.org>\r\nRCPT TO:<all@example.net>\r\nDATA\r\n.",
    "x" * 900,
    "\r\n".join("y" * 990 for _ in range(300)),
    "<script>alert(1)</script> {{ recipient.name }} %s \\ \x00 \x7f",
    "السلام عليكم \u200f \U0001f44b\U0001f3fd \u202e" * 20,
    "",
]


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with STAGES[request.param](tmp_path) as stage:
        yield stage


@pytest.mark.parametrize("count", [0, 1, 2, 100])
def test_one_receipt_per_message_in_order_and_each_taken_once(stage: Stage, count: int) -> None:
    batch = [stage.message(number) for number in range(count)]
    with stage.provider.open() as session:
        receipts = session.send(batch)
    assert [receipt.delivery_id for receipt in receipts] == [message.delivery_id for message in batch]
    assert {receipt.outcome for receipt in receipts} <= {Outcome.ACCEPTED}
    assert {receipt.code for receipt in receipts} <= {""}
    assert stage.taken() == Counter(content(message) for message in batch)


def test_hostile_content_arrives_unchanged(stage: Stage) -> None:
    batch = [stage.message(number, text) for number, text in enumerate(HOSTILE)]
    with stage.provider.open() as session:
        receipts = session.send(batch)
    taken = [message for message, receipt in zip(batch, receipts, strict=True) if receipt.outcome is Outcome.ACCEPTED]
    assert stage.taken() == Counter(content(message) for message in taken)
    # a server without 8BITMIME may turn one down, and a telephone network what is empty or endless; they say so
    codes = {receipt.code for receipt in receipts if receipt.outcome is not Outcome.ACCEPTED}
    assert codes <= {"message-malformed", "message-too-large"}
    assert len(taken) >= len(HOSTILE) - stage.turned_down


def test_a_session_goes_on_from_batch_to_batch(stage: Stage) -> None:
    batches = [[stage.message(10 * batch + number) for number in range(7)] for batch in range(5)]
    with stage.provider.open() as session:
        for batch in batches:
            assert {receipt.outcome for receipt in session.send(batch)} == {Outcome.ACCEPTED}
    assert stage.taken() == Counter(content(message) for batch in batches for message in batch)


def test_a_halt_takes_nothing_and_names_a_reason_in_plain_words(stage: Stage) -> None:
    batch = [stage.message(number) for number in range(20)]
    stage.break_down()
    with stage.provider.open() as session:
        receipts = session.send(batch)
        assert {receipt.outcome for receipt in receipts} <= {Outcome.HALTED, Outcome.UNTRIED}
        assert receipts[0].outcome is Outcome.HALTED
        assert [receipt.delivery_id for receipt in receipts] == [message.delivery_id for message in batch]
        halted = [receipt for receipt in receipts if receipt.outcome is Outcome.HALTED]
        assert all(Reason(receipt.code) and receipt.phase and receipt.detail for receipt in halted)
        assert explain_code(halted[0].code).remedy
        stage.mend()
        assert stage.taken() == Counter()
        again = session.send(batch)
    assert {receipt.outcome for receipt in again} == {Outcome.ACCEPTED}
    assert stage.taken() == Counter(content(message) for message in batch)


def test_two_sessions_at_once_do_not_disturb_each_other(stage: Stage) -> None:
    first, second = stage.provider.open(), stage.provider.open()
    batches = [[stage.message(10 * batch + number) for number in range(4)] for batch in range(4)]
    for number, batch in enumerate(batches):
        assert all(receipt.outcome is Outcome.ACCEPTED for receipt in (first, second)[number % 2].send(batch))
    first.close()
    second.close()
    assert stage.taken() == Counter(content(message) for batch in batches for message in batch)


def test_closing_twice_does_no_harm_and_nothing_is_taken_afterwards(stage: Stage) -> None:
    unused = stage.provider.open()
    unused.close()
    unused.close()
    session = stage.provider.open()
    session.send([stage.message(1)])
    session.close()
    session.close()
    assert sum(stage.taken().values()) == 1


def test_a_message_of_the_other_channel_is_not_taken(stage: Stage) -> None:
    wrong: Outgoing = email(1) if stage.provider.channel is Channel.SMS else sms(1)
    with stage.provider.open() as session:
        receipts = session.send([wrong])
    assert [(receipt.outcome, receipt.code) for receipt in receipts] == [(Outcome.HALTED, "wrong-channel")]
    assert stage.taken() == Counter()


def test_evidence_never_says_of_a_taken_message_that_it_was_not(stage: Stage) -> None:
    messages = [stage.message(1), stage.message(2)]
    with stage.provider.open() as session:
        session.send(messages[:1])
    doubts = [replace(doubt(message.delivery_id), attempt_id=message.attempt_id) for message in messages]
    evidence = stage.provider.evidence(doubts)
    assert evidence.get("delivery1") is not False
    assert evidence.get("delivery2") is not True


def test_a_provider_says_who_it_is(stage: Stage) -> None:
    assert stage.provider.name in {"outbox", "sendgrid", "smtp", "toy", "twilio"}
    assert isinstance(stage.provider.channel, Channel)
