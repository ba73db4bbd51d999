"""The toy beyond what every provider promises: doubts, proofs and reports. The contract suite runs over it, too."""

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest

from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.providers.base import HookRefusedError, HookRequest
from tests.providers.people import doubt, sms
from tests.providers.toy import Toy, ToyAccount, ToyHook
from tests.standins.toy import KEY, ToyStandIn


@pytest.fixture
def gateway() -> Iterator[ToyStandIn]:
    with ToyStandIn() as gateway:
        yield gateway


@pytest.fixture
def toy(gateway: ToyStandIn) -> Toy:
    return Toy(ToyAccount("127.0.0.1", gateway.port, KEY, 2.0))


@pytest.mark.parametrize(
    ("words", "outcome", "code"),
    [
        ("busy", Outcome.LATER, "provider-busy"),
        ("no-such-number", Outcome.REFUSED, "address-unknown"),
        ("too-long", Outcome.REFUSED, "message-too-large"),
        ("broken", Outcome.UNSURE, "no-answer"),
        ("drop", Outcome.UNSURE, "no-answer"),
        ("drop-after", Outcome.UNSURE, "no-answer"),
    ],
)
def test_answers(gateway: ToyStandIn, toy: Toy, words: str, outcome: Outcome, code: str) -> None:
    gateway.words = words
    with toy.open() as session:
        [receipt] = session.send([sms(1)])
    assert (receipt.outcome, receipt.code) == (outcome, code)
    assert receipt.suppress == (words == "no-such-number")


def test_nobody_there(toy: Toy, gateway: ToyStandIn) -> None:
    away = Toy(ToyAccount("127.0.0.1", 1, KEY, 2.0))
    with away.open() as session:
        [receipt] = session.send([sms(1)])
    assert (receipt.outcome, receipt.code) == (Outcome.LATER, "cannot-connect")
    assert away.evidence([doubt("delivery1")]) == {}
    gateway.key = "another"
    assert toy.evidence([doubt("delivery1")]) == {}


def test_what_was_lost_is_proved(gateway: ToyStandIn, toy: Toy) -> None:
    gateway.taken.append({"id": "delivery1-1"})
    assert toy.evidence([doubt("delivery1"), doubt("delivery2")]) == {"delivery1": True, "delivery2": False}


def told(*reports: object, key: bytes = b"shared") -> HookRequest:
    body = json.dumps(reports).encode()
    signature = hmac.new(key, body, hashlib.sha256).hexdigest()
    return HookRequest("https://letters.example.org/hooks/toy", "", {"x-toy-signature": signature}, body)


def test_reports() -> None:
    one = {"key": "r1", "id": "delivery1-1", "what": "unreachable", "at": 1796116445}
    [report] = ToyHook(b"shared").read(told(one, {"what": "pondered"}))
    assert isinstance(report, Report)
    assert (report.key, report.attempt_id, report.happened) == ("r1", "delivery1-1", ReportedEvent.BOUNCED)
    assert (report.code, report.strikes) == ("phone-unreachable", 3)


@pytest.mark.parametrize(
    "request_",
    [
        told({"what": "sent"}, key=b"guessed"),
        HookRequest("", "", {}, b"[]"),
        HookRequest("", "", {"x-toy-signature": "\udcff"}, b"[]"),
        told({"what": "sent"}),
        told({"what": "sent", "key": "r", "id": "d-1", "at": 10**30}),
        told(1),
    ],
)
def test_what_is_not_the_gateways_is_refused(request_: HookRequest) -> None:
    with pytest.raises(HookRefusedError):
        ToyHook(b"shared").read(request_)
