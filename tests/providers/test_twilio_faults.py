"""Everything that can go wrong on the way to Twilio, compared with what its stand-in says it took."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.twilio import Twilio, TwilioAccount, TwilioEndpoint
from tests.providers.people import sms
from tests.providers.twiliotrial import IMPATIENT, PATIENT, Serve, account, agree, send, verdict
from tests.standins.http import Fault
from tests.standins.twilio import SID, TOKEN, TwilioPlan, TwilioStandIn, error

ONE = "+447700900000"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda **plan: stack.enter_context(TwilioStandIn(TwilioPlan(**plan), tmp_path))


@pytest.mark.parametrize(
    ("code", "expected", "suppress"),
    [
        (10001, ("halted", "answer", "account-suspended"), False),
        (20003, ("halted", "answer", "sign-in-refused"), False),
        (20404, ("halted", "answer", "sign-in-refused"), False),
        (20999, ("halted", "answer", "account-limited"), False),
        (21211, ("refused", "answer", "address-malformed"), True),
        (21408, ("halted", "answer", "region-not-allowed"), False),
        (21606, ("halted", "answer", "sender-not-allowed"), False),
        (21610, ("refused", "answer", "opted-out-at-provider"), True),
        (21612, ("refused", "answer", "address-refused"), False),
        (21614, ("refused", "answer", "not-a-mobile"), True),
        (21635, ("refused", "answer", "not-a-mobile"), True),
        (21705, ("halted", "answer", "messaging-service-unknown"), False),
        (30001, ("later", "rate", "provider-busy"), False),
        (30034, ("halted", "answer", "sender-not-registered"), False),
        (20429, ("later", "rate", "provider-busy"), False),
        (29999, ("refused", "answer", "message-refused"), False),
    ],
)
def test_error_codes(serve: Serve, code: int, expected: tuple[str, str, str], suppress: bool) -> None:
    receipt = send(serve(numbers={ONE: code}))[0]
    assert (verdict(receipt), receipt.suppress) == (expected, suppress)
    assert receipt.detail.startswith(str(code))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 500}, ("unsure", "answer", "no-answer")),
        ({"status": 503, "headers": {"Retry-After": "7"}}, ("unsure", "answer", "no-answer")),
        ({"status": 429}, ("later", "rate", "provider-busy")),
        ({"status": 401, "body": "who?"}, ("halted", "answer", "sign-in-refused")),
        ({"status": 403, "body": "<html>"}, ("halted", "answer", "sign-in-refused")),
        ({"status": 404, "body": "<html>no"}, ("halted", "answer", "answer-not-understood")),
        ({"status": 400, "body": "[]"}, ("halted", "answer", "answer-not-understood")),
        ({"status": 400, "body": "[" * 5000}, ("halted", "answer", "answer-not-understood")),
        (
            {"status": 302, "headers": {"Location": "/there"}},
            ("halted", "answer", "answer-not-understood"),
        ),
        ({"status": 201, "body": "{not json"}, ("unsure", "answer", "no-answer")),
        ({"status": 201, "body": "[" * 5000}, ("unsure", "answer", "no-answer")),
        ({"status": 201, "body": "{}"}, ("unsure", "answer", "no-answer")),
        ({"status": 201, "body": '{"sid": 7}'}, ("unsure", "answer", "no-answer")),
        ({"status": 201, "body": '{"sid": "SM1", "date_created": [1]}'}, ("unsure", "answer", "no-answer")),
        ({"status": 201, "body": "\ufffe\x00"}, ("unsure", "answer", "no-answer")),
        ({"status": 204}, ("unsure", "answer", "no-answer")),
    ],
)
def test_answers(serve: Serve, fault: dict[str, object], expected: tuple[str, str, str]) -> None:
    for phase in ("before", "after"):
        server = serve(faults=(Fault(phase, "reply", **fault),))  # type: ignore[arg-type]  # as a plan would say it
        if expected[0] == "unsure" or phase == "before":
            assert verdict(send(server)[0]) == expected


def _patience(action: str) -> float:
    return IMPATIENT if action in {"stall", "drip", "drip-body"} else PATIENT


_LOSSES = [
    ("drop", "connection-dropped"),
    ("reset", "connection-dropped"),
    ("cut", "connection-dropped"),
    ("stall", "timed-out"),
    ("drip", "timed-out"),
    ("drip-body", "timed-out"),
    ("garbage", "answer-not-understood"),
    ("huge", "answer-not-understood"),
    ("huge-head", "answer-not-understood"),
]


@pytest.mark.parametrize("phase", ["head", "before", "after"])
@pytest.mark.parametrize(("action", "code"), _LOSSES)
def test_what_was_handed_over_and_not_answered_is_unsure(serve: Serve, phase: str, action: str, code: str) -> None:
    server = serve(faults=(Fault(phase, action, times=1),))
    receipt = send(server, timeout=_patience(action))[0]
    assert verdict(receipt) == ("unsure", "answer", "no-answer")
    assert receipt.detail == code or (action in {"cut", "garbage", "huge"} and phase == "head"), receipt.detail
    assert len(server.requests) <= 1, "asked once more"


@pytest.mark.parametrize("phase", ["connect", "tls"])
@pytest.mark.parametrize("action", ["drop", "reset", "stall", "garbage", "huge"])
def test_before_there_is_a_connection_nothing_is_in_doubt(serve: Serve, phase: str, action: str) -> None:
    server = serve(faults=(Fault(phase, action),))
    receipts = send(server, 10, 3, _patience(action))
    assert {receipt.outcome for receipt in receipts} == {Outcome.LATER}
    assert {receipt.phase for receipt in receipts} <= {"connect", "tls"}
    assert server.connections <= 2, "a provider that is not to be had is not knocked at for each message"


def test_one_more_try_to_connect_is_made(serve: Serve) -> None:
    assert send(serve(faults=(Fault("connect", "drop", times=1),)))[0].outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("certificate", ["untrusted", "other"])
def test_a_certificate_that_does_not_verify_halts(serve: Serve, certificate: str) -> None:
    server = serve(certificate=certificate)
    receipts = send(server, 20, 3)
    assert verdict(receipts[0]) == ("halted", "tls", "certificate-not-trusted")
    assert {receipt.outcome for receipt in receipts[1:]} == {Outcome.UNTRIED}
    assert server.requests == []
    server.plan = replace(server.plan, certificate="good")
    assert {receipt.outcome for receipt in send(server, 20, 3)} == {Outcome.ACCEPTED}


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\xff\xfe"])
def test_an_authority_that_cannot_be_read_halts(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with Twilio(TwilioAccount(SID, TOKEN, line=TwilioEndpoint(ca_file=file))).open() as session:
        receipts = session.send([sms(1), sms(2)])
    assert [receipt.outcome for receipt in receipts] == [Outcome.HALTED, Outcome.UNTRIED]
    assert receipts[0].code == "certificate-not-trusted"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://nowhere.invalid", "name-not-found"),
        ("https://localhost:1", "cannot-connect"),
    ],
)
def test_nobody_there_puts_everything_off(serve: Serve, url: str, code: str) -> None:
    server = serve()
    with Twilio(account(server, 3, url=url)).open() as session:
        receipts = session.send([sms(number) for number in range(30)])
    assert {verdict(receipt) for receipt in receipts} == {("later", "connect", code)}


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [("7", 7, 7), ("soon", None, None), ("", None, None), ("-3", None, None), ("9" * 40, 1e8, 1e9)],
)
def test_429_says_when(serve: Serve, retry_after: str, least: float | None, most: float | None) -> None:
    fault = Fault("before", **error(20429, headers={"Retry-After": retry_after}))
    receipts = send(serve(faults=(fault,)), 20, 3)
    assert {verdict(receipt) for receipt in receipts} == {("later", "rate", "provider-busy")}
    for receipt in receipts:
        if least is None or most is None:
            assert receipt.retry_after is None
        else:
            assert receipt.retry_after is not None
            assert least <= receipt.retry_after <= most


def test_429_with_a_date(serve: Serve) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)
    receipt = send(serve(faults=(Fault("before", **error(20429, headers={"Retry-After": when})),)))[0]
    assert receipt.retry_after is not None
    assert 100 < receipt.retry_after <= 120


def test_after_a_429_nobody_else_is_asked(serve: Serve) -> None:
    server = serve(faults=(Fault("before", **error(20429), after=10),))
    receipts = send(server, 100, 4)
    assert Counter(receipt.outcome for receipt in receipts) == {Outcome.ACCEPTED: 10, Outcome.LATER: 90}
    assert len(server.requests) <= 10 + 4


def test_a_bad_number_never_harms_the_others(serve: Serve) -> None:
    bad = {f"+447700900{number:03}": 21211 for number in range(0, 100, 10)}
    server = serve(numbers=bad)
    receipts = send(server, 100, 5)
    assert Counter(receipt.outcome for receipt in receipts) == {Outcome.ACCEPTED: 90, Outcome.REFUSED: 10}
    assert all(receipt.suppress == (receipt.outcome is Outcome.REFUSED) for receipt in receipts)


def test_a_halt_leaves_the_rest_untried(serve: Serve) -> None:
    server = serve(faults=(Fault("before", **error(20003), after=10),))
    receipts = send(server, 100, 2)
    counts = Counter(receipt.outcome for receipt in receipts)
    assert counts[Outcome.ACCEPTED] == 10
    assert 1 <= counts[Outcome.HALTED] <= 2
    assert counts[Outcome.UNTRIED] == 90 - counts[Outcome.HALTED]


def test_a_wrong_password_is_tried_once(serve: Serve) -> None:
    server = serve(token="another")
    receipts = send(server, 50, 10)
    assert Counter(receipt.outcome for receipt in receipts) == {Outcome.HALTED: 1, Outcome.UNTRIED: 49}
    assert len(server.requests) == 1


@pytest.mark.parametrize("action", ["drop", "stall"])
def test_a_provider_that_answers_nothing_does_not_get_the_whole_batch(serve: Serve, action: str) -> None:
    server = serve(faults=(Fault("after", action),))
    receipts = send(server, 50, 10, _patience(action))
    assert Counter(receipt.outcome for receipt in receipts) == {Outcome.UNSURE: 1, Outcome.LATER: 49}
    assert {receipt.phase for receipt in receipts[1:]} == {"connect"}


def test_a_provider_that_falls_silent_in_the_midst_leaves_few_in_doubt(serve: Serve) -> None:
    server = serve(faults=(Fault("after", "drop", after=20),))
    receipts = send(server, 100, 4)
    counts = Counter(receipt.outcome for receipt in receipts)
    assert counts[Outcome.ACCEPTED] == 20
    assert 4 <= counts[Outcome.UNSURE] <= 8
    assert counts[Outcome.LATER] == 80 - counts[Outcome.UNSURE]


def test_only_what_was_under_way_is_in_doubt(serve: Serve) -> None:
    server = serve(faults=(Fault("after", "reset", after=5, times=1),))
    receipts = send(server, 40, 4)
    assert Counter(receipt.outcome for receipt in receipts) == {Outcome.ACCEPTED: 39, Outcome.UNSURE: 1}


def test_a_server_that_closes_idle_connections_costs_nothing(serve: Serve) -> None:
    server = serve()
    batches = [[sms(10 * batch + number) for number in range(10)] for batch in range(4)]
    with Twilio(account(server, 2)).open() as session:
        for batch in batches:
            assert {receipt.outcome for receipt in session.send(batch)} == {Outcome.ACCEPTED}
            server.hang_up()
    assert len(server.taken) == 40


def test_connections_are_kept(serve: Serve) -> None:
    server = serve()
    with Twilio(account(server, 3)).open() as session:
        for first in range(0, 60, 20):
            assert {one.outcome for one in session.send([sms(first + n) for n in range(20)])} == {Outcome.ACCEPTED}
    # now and then one more is opened while another is just given back; a busy machine sees that more often
    assert server.connections <= 20, "a new one for each text would be sixty"


def test_taken_and_failed_in_one_breath(serve: Serve) -> None:
    server = serve(failing={ONE: 30006, "+447700900001": 30007})
    batch = [sms(number) for number in range(3)]
    with Twilio(account(server)).open() as session:
        receipts = session.send(batch)
    agree(batch, receipts, server)
    assert [verdict(receipt) for receipt in receipts] == [
        ("refused", "answer", "not-a-mobile"),
        ("refused", "answer", "carrier-filtered"),
        ("accepted", "", ""),
    ]
    assert [receipt.suppress for receipt in receipts] == [True, False, False]
    assert all(receipt.reference for receipt in receipts)
