"""The texts that people sent to us, fetched from Twilio where no hook brought them."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broadcaster.domain.delivery.reports import InboundText
from broadcaster.providers.base import InboundTextProvider, InboundTexts
from broadcaster.providers.twilio import Twilio, inbound_polling
from tests.providers.twiliotrial import IMPATIENT, Serve, account, send
from tests.standins.http import Fault
from tests.standins.twilio import SERVICE, TwilioPlan, TwilioStandIn, error

OURS, CORA, DUA = "+447700900999", "+447700900222", "+447700900333"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda **plan: stack.enter_context(TwilioStandIn(TwilioPlan(**plan), tmp_path))


def by_number(server: TwilioStandIn, timeout: float = 10.0) -> Twilio:
    return Twilio(replace(account(server, timeout=timeout), numbers=(OURS,)))


def by_service(server: TwilioStandIn) -> Twilio:
    return Twilio(replace(account(server), messaging_service_sid=SERVICE))


def said(heard: InboundTexts) -> list[tuple[str, str]]:
    assert heard.whole
    return [(text.sender, text.body) for text in heard.texts]


def asked(server: TwilioStandIn) -> list[str]:
    return [one.path for one in server.requests if one.method == "GET"]


@pytest.mark.parametrize("made", [by_number, by_service])
def test_what_people_sent_is_heard_the_oldest_first(serve: Serve, made: Callable[[TwilioStandIn], Twilio]) -> None:
    server = serve()
    send(server, 3)
    server.says(DUA, "a while ago", ago=2 * DAY)
    server.says(CORA, "stop texting me", ago=5 * MINUTE)
    sid = server.says(DUA, "thank you")
    server.says(DUA, "to somebody else", to="+447700900555")
    twilio = made(server)
    assert isinstance(twilio, InboundTextProvider)
    heard = twilio.inbound(datetime.now(UTC) - DAY)
    assert said(heard) == [(CORA, "stop texting me"), (DUA, "thank you")]
    assert (heard.texts[1].key, heard.texts[1].recipient, heard.texts[1].handled) == (sid, OURS, None)
    assert abs(heard.texts[0].at - (datetime.now(UTC) - 5 * MINUTE)) < MINUTE


def test_many_pages_are_read_and_no_more_than_are_needed(serve: Serve) -> None:
    server = serve()
    for number in range(200):
        server.says(CORA, f"{number}", ago=(200 - number) * MINUTE)
    since = datetime.now(UTC) - timedelta(minutes=120, seconds=30)
    assert [body for _, body in said(by_number(server).inbound(since))] == [f"{number}" for number in range(80, 200)]
    assert len(asked(server)) == 3


def test_the_numbers_of_a_service_are_asked_for_once_an_hour(serve: Serve) -> None:
    server = serve(pool=(OURS, "+447700900998", "not a number"))
    server.says(CORA, "hello", to="+447700900998")
    twilio = by_service(server)
    for _ in range(2):
        assert said(twilio.inbound(datetime.now(UTC) - DAY)) == [(CORA, "hello")]
    assert len([path for path in asked(server) if path.endswith("PhoneNumbers")]) == 1
    twilio.memory.numbers_at = datetime.now(UTC) - inbound_polling.NUMBERS_KEPT - MINUTE
    twilio.inbound(datetime.now(UTC))
    assert len([path for path in asked(server) if path.endswith("PhoneNumbers")]) == 2


def test_who_is_no_telephone_is_left_out(serve: Serve) -> None:
    server = serve()
    server.says("Parcels", "Your parcel")
    server.says("60006", "STOP")
    assert said(by_number(server).inbound(datetime.now(UTC) - DAY)) == []


@pytest.mark.parametrize("direction", ["outbound-api", "outbound-call", "outbound-reply"])
def test_what_we_send_ourselves_from_one_number_to_another_is_nobodys_word(serve: Serve, direction: str) -> None:
    server = serve()
    server.becomes(server.says("+447700900998", "Reply STOP to opt out."), "delivered", direction=direction)
    server.says(CORA, "hello")
    assert said(by_number(server).inbound(datetime.now(UTC) - DAY)) == [(CORA, "hello")]


def test_without_a_number_nobody_is_asked(serve: Serve) -> None:
    server = serve()
    assert said(Twilio(account(server)).inbound(datetime.now(UTC) - DAY)) == []
    assert server.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("before", "drop"),
        Fault("before", "reply", status=500),
        Fault("before", "reply", status=200, body='{"messages": 7}'),
        Fault("before", "huge"),
        Fault("before", "stall"),
        Fault("before", **error(20429)),
    ],
)
def test_who_cannot_ask_has_not_heard_the_whole(serve: Serve, fault: Fault, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(faults=(replace(fault, times=9),))
    server.says(CORA, "STOP")
    caplog.set_level(logging.DEBUG)
    assert by_number(server, IMPATIENT).inbound(datetime.now(UTC) - DAY) == InboundTexts((), whole=False)
    assert "7700" not in caplog.text


def test_what_came_before_the_line_broke_counts(serve: Serve) -> None:
    server = serve(faults=(Fault("before", "drop", match="Page=1"),))
    for number in range(60):
        server.says(CORA, f"{number}", ago=(60 - number) * MINUTE)
    heard = by_number(server).inbound(datetime.now(UTC) - DAY)
    assert (len(heard.texts), heard.whole) == (50, False)


def test_an_answer_goes_to_who_wrote_from_the_number_they_wrote_to(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(numbers={DUA: 21610})
    text = InboundText("SM" + "0" * 32, CORA, OURS, "HELP", datetime.now(UTC))
    caplog.set_level(logging.DEBUG)
    by_service(server).answer_back(text, "This is us.")
    by_service(server).answer_back(replace(text, sender=DUA), "This is us.")
    assert [(one["to"], one["from"], one["body"]) for one in server.taken] == [(CORA, OURS, "This is us.")]
    assert "7700" not in caplog.text
