"""What Twilio's list of messages proves of texts whose answer was lost."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from broadcaster.domain.delivery.outgoing_messages import OutgoingSms
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.domain.delivery.unsure_attempts import UnsureAttempt
from broadcaster.providers.twilio import Twilio, unsure_text_lookup
from tests.providers.people import email, sms
from tests.providers.twiliotrial import IMPATIENT, Serve, account
from tests.standins.http import Fault
from tests.standins.twilio import TwilioPlan, TwilioStandIn, error


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda **plan: stack.enter_context(TwilioStandIn(TwilioPlan(**plan), tmp_path))


def doubt(message: OutgoingSms, began: datetime | None = None) -> UnsureAttempt:
    return UnsureAttempt(message.delivery_id, message.attempt_id, began or datetime.now(UTC), lambda: message)


def taken_of(twilio: Twilio, doubts: Sequence[UnsureAttempt]) -> dict[str, bool]:
    """What is proved of them, whatever else is said."""
    return {one: proof is not False for one, proof in twilio.evidence(doubts).items()}


def test_what_was_taken_is_found_and_what_was_not_stays_open(serve: Serve) -> None:
    server = serve(faults=(Fault("after", "drop", match="900001"), Fault("before", "drop", match="900003")))
    batch = [sms(number) for number in range(5)]
    twilio = Twilio(account(server, 3))
    with twilio.open() as session:
        receipts = [session.send([one])[0] for one in batch]
    unsure = [one for one, receipt in zip(batch, receipts, strict=True) if receipt.outcome is Outcome.UNSURE]
    assert [one.delivery_id for one in unsure] == ["delivery1", "delivery3"]
    assert taken_of(twilio, [doubt(one) for one in unsure]) == {"delivery1": True}


def taken(server: TwilioStandIn, *batch: OutgoingSms) -> Twilio:
    twilio = Twilio(account(server))
    with twilio.open() as session:
        assert all(receipt.outcome is Outcome.ACCEPTED for receipt in session.send(batch))
    return twilio


@pytest.mark.parametrize(
    "other",
    [
        replace(sms(1), body="Something else."),
        replace(sms(1), to="+447700900002"),
    ],
)
def test_another_text_proves_nothing(serve: Serve, other: OutgoingSms) -> None:
    twilio = taken(serve(), sms(1))
    assert taken_of(twilio, [doubt(other)]) == {}


@pytest.mark.parametrize(("ago", "proved"), [(0, True), (-4, True), (30, True), (120, False), (-60, False)])
def test_the_same_text_of_another_time_proves_nothing(serve: Serve, ago: int, proved: bool) -> None:
    twilio = taken(serve(), sms(1))
    found = taken_of(twilio, [doubt(sms(1), datetime.now(UTC) - timedelta(minutes=ago))])
    assert found == ({"delivery1": True} if proved else {})


def test_each_listed_text_proves_one_delivery(serve: Serve) -> None:
    first, second = sms(1), replace(sms(1), delivery_id="delivery9", attempt_id="attempt9")
    server = serve()
    twilio = taken(server, first)
    later = datetime.now(UTC)
    assert taken_of(twilio, [doubt(second, later), doubt(first, later - timedelta(seconds=5))]) == {"delivery1": True}
    twilio = taken(server, second)
    assert taken_of(twilio, [doubt(first), doubt(second)]) == {"delivery1": True, "delivery9": True}
    assert len([request for request in server.requests if request.method == "GET"]) == 2, "one question for one number"


def test_who_cannot_be_made_again_stays_open(serve: Serve) -> None:
    twilio = taken(serve(), sms(1))
    gone = UnsureAttempt("delivery1", "attempt1", datetime.now(UTC), lambda: None)
    wrong = UnsureAttempt("delivery2", "attempt2", datetime.now(UTC), lambda: email(2))
    assert taken_of(twilio, [gone, wrong]) == {}
    assert taken_of(twilio, []) == {}


def test_nobody_is_asked_after_without_a_number(serve: Serve) -> None:
    """Without a recipient Twilio would list everybody's messages."""
    server = serve()
    assert taken_of(Twilio(account(server)), [doubt(replace(sms(1), to=""))]) == {}
    assert server.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("before", "drop", match="?To="),
        Fault("before", "reply", status=500, match="?To="),
        Fault("before", "reply", status=200, body="{", match="?To="),
        Fault("before", "reply", status=200, body='{"messages": 7}', match="?To="),
        Fault("before", "reply", status=200, body='{"messages": [{"to": 1}]}', match="?To="),
        Fault("before", "huge", match="?To="),
        Fault("before", "stall", match="?To="),
        Fault("before", **error(20429, match="?To=")),
    ],
)
def test_who_cannot_ask_knows_nothing(serve: Serve, fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(faults=(fault,))
    taken(server, sms(1))
    caplog.set_level(logging.DEBUG)
    assert taken_of(Twilio(account(server, timeout=IMPATIENT)), [doubt(sms(1))]) == {}
    assert "900001" not in caplog.text


def test_a_doubt_that_cannot_be_made_does_not_raise(serve: Serve) -> None:
    def broken() -> OutgoingSms:
        raise ValueError

    twilio = taken(serve(), sms(1))
    assert taken_of(twilio, [UnsureAttempt("delivery1", "a", datetime.now(UTC), broken)]) == {}


def test_a_hundred_doubts_are_asked_after_quickly(serve: Serve) -> None:
    server = serve()
    batch = [sms(number) for number in range(100)]
    twilio = Twilio(account(server, 10))
    with twilio.open() as session:
        session.send(batch)
    assert taken_of(twilio, [doubt(one) for one in batch]) == dict.fromkeys((one.delivery_id for one in batch), True)


@pytest.mark.parametrize(
    ("status", "code", "becomes"),
    [
        ("undelivered", 30006, (ReportedEvent.BOUNCED, "not-a-mobile", 1)),
        ("failed", 30007, (ReportedEvent.DROPPED, "carrier-filtered", 0)),
        ("canceled", None, (ReportedEvent.DROPPED, "not-delivered", 0)),
        ("delivered", None, (ReportedEvent.DELIVERED, "", 0)),
        ("sent", None, (ReportedEvent.TAKEN, "", 0)),
    ],
)
def test_what_became_of_it_is_told_with_the_proof(
    serve: Serve, status: str, code: int | None, becomes: tuple[ReportedEvent, str, int]
) -> None:
    server = serve()
    twilio = taken(server, sms(1))
    sid = server.taken[0]["sid"]
    server.becomes(sid, status, code)
    told = twilio.evidence([doubt(sms(1))])["delivery1"]
    assert isinstance(told, Report)
    assert (told.key, told.reference, told.attempt_id) == (f"{sid}:{status}", sid, "attempt1")
    assert (told.happened, told.code, told.strikes) == becomes
    assert "7700" not in told.detail


def asked_after(server: TwilioStandIn) -> list[str]:
    return [parse_qs(one.target.partition("?")[2])["To"][0] for one in server.requests if one.method == "GET"]


def test_everybody_has_a_turn(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsure_text_lookup, "MAX_NUMBERS", 3)
    server, began = serve(), datetime.now(UTC) - timedelta(minutes=10)
    twilio = Twilio(account(server))
    doubts = [doubt(sms(number), began + timedelta(seconds=number)) for number in range(7)]
    for _ in range(3):
        twilio.evidence(doubts)
    assert asked_after(server) == [f"+447700900{number:03}" for number in range(7)]


def test_a_question_that_failed_is_no_turn_of_the_others(serve: Serve) -> None:
    server = serve(faults=(Fault("before", "reply", status=500, times=3),))
    twilio, began = Twilio(account(server)), datetime.now(UTC) - timedelta(minutes=10)
    doubts = [doubt(sms(number), began) for number in range(6)]
    twilio.evidence(doubts)
    twilio.evidence(doubts)
    assert sorted(asked_after(server)) == [f"+447700900{number:03}" for number in range(6)]


@pytest.mark.parametrize(
    ("age", "since", "again"),
    [(4, 1, True), (40, 4, False), (40, 6, True), (5 * 60, 30, False), (5 * 60, 40, True), (7 * 60, 400, False)],
)
def test_it_is_asked_less_and_less_often_and_then_no_more(serve: Serve, age: int, since: int, again: bool) -> None:
    """Minutes: how old the doubt is, and how long ago it was asked after."""
    server, moment = serve(), datetime.now(UTC)
    twilio, one = Twilio(account(server)), doubt(sms(1), moment - timedelta(minutes=age))
    twilio.memory.asked[one.attempt_id] = moment - timedelta(minutes=since)
    twilio.evidence([one])
    assert bool(asked_after(server)) is again
    Twilio(account(server)).evidence([one])
    assert asked_after(server)[-1:] == ["+447700900001"], "whoever begins asks once"
