"""What can go wrong with an HTTP provider, the whole way: the real command, the fault, the mend, and both ledgers."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.delivery.reports import Report
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.providers.base import HookRequest
from broadcaster.services.feedback import provider_reports
from broadcaster.services.reporting import broadcast_status
from tests import projects
from tests.commandline import Run, Said, runner
from tests.standins.http import Fault, HttpStandIn
from tests.standins.sendgrid import KEY, SendGridPlan, SendGridStandIn
from tests.standins.sendgridevents import Signer, body_of, event
from tests.standins.twilio import SID, TOKEN, TwilioPlan, TwilioStandIn, attempt_of
from tests.survival.clocks import Clock, at
from tests.survival.trial import SEND, Trial

ACCEPTED, DELIVERED, UNSURE = DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNSURE

PEOPLE = 60
BATCH = 20


@dataclass(frozen=True)
class Way:
    """One provider's stand-in with a project that sends over it. `taken` is to whom, by which delivery."""

    server: HttpStandIn
    trial: Trial
    run: Run
    taken: Callable[[], list[tuple[str, str]]]
    testify: Callable[[], None]

    def fail(self, *faults: Fault, **plan: Any) -> None:
        self.server.plan = replace(self.server.plan, faults=faults, **plan)

    def send(self) -> Said:
        return self.run(*SEND)

    def states(self) -> Counter[DeliveryState]:
        return Counter(row.state for row in self.trial.rows())


def _sendgrid(folder: Path, server: SendGridStandIn, run_in: Callable[[Path], Run], patience: str) -> Way:
    signer = Signer()
    settings = {
        "api_key_env": "SENDGRID_API_KEY",
        "host": server.url,
        "ca_file": str(server.ca_file),
        "timeout": patience,
    }
    project = projects.make_project(
        folder,
        PEOPLE,
        providers={
            "email": "sendgrid",
            "sendgrid": {**settings, "batch_size": str(BATCH), "webhook_key": signer.public_key},
        },
        pace={"sendgrid": "100000/s"},
    )

    def testify() -> None:
        told = [
            {**event("processed", one.attempt, number), "sg_event_id": f"processed-{one.attempt}"}
            for number, one in enumerate(server.taken)
        ] * 46
        random.Random(1).shuffle(told)
        body = body_of(told)
        headers = {name.lower(): value for name, value in signer.headers(body).items()}
        with open_project(project) as opened:
            request = HookRequest("https://letters.example.org/hooks/sendgrid", "", headers, body)
            found = [one for one in opened.hooks["sendgrid"].read(request) if isinstance(one, Report)]
            provider_reports.receive(opened, "sendgrid", found)
            provider_reports.apply(opened)

    def taken() -> list[tuple[str, str]]:
        return [(one.to, one.attempt.partition("-")[0]) for one in server.taken]

    return Way(server, Trial(project, PEOPLE), run_in(project), taken, testify)


def _twilio(folder: Path, server: TwilioStandIn, run_in: Callable[[Path], Run], patience: str) -> Way:
    settings = {"account_sid_env": "TWILIO_ACCOUNT_SID", "auth_token_env": "TWILIO_AUTH_TOKEN", "url": server.url}
    project = projects.make_project(
        folder,
        [projects.person(n, email="", phone=f"+447700900{n:03}") for n in range(PEOPLE)],
        {"en": projects.ENGLISH.replace("borough }}.{% endb", "borough }}. {{ links.unsubscribe }}{% endb")},
        providers={"sms": "twilio", "twilio": {**settings, "ca_file": str(server.ca_file), "timeout": patience}},
        pace={"twilio": "100000/s"},
    )

    def taken() -> list[tuple[str, str]]:
        return [(one["to"], attempt_of(one).partition("-")[0]) for one in server.taken]

    # Its list of messages is asked whenever a send begins.
    return Way(server, Trial(project, PEOPLE), run_in(project), taken, lambda: None)


@pytest.fixture
def clock() -> Iterator[Clock]:
    with at(datetime.now(UTC)) as installed:
        yield installed


@pytest.fixture(params=["sendgrid", "twilio"])
def way(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Way]:
    monkeypatch.setenv("SENDGRID_API_KEY", KEY)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)

    def run_in(folder: Path) -> Run:
        return runner(folder, monkeypatch, capsys)

    # A busy machine must not be taken for a fault where none is awaited.
    patience = "1s" if request.node.callspec.params.get("fault") in WAITED_OUT else "30s"
    with ExitStack() as stack:
        if request.param == "sendgrid":
            way = _sendgrid(
                tmp_path / "project", stack.enter_context(SendGridStandIn(SendGridPlan(), tmp_path)), run_in, patience
            )
        else:
            plan = TwilioPlan(senders=("Ashmere",))
            way = _twilio(tmp_path / "project", stack.enter_context(TwilioStandIn(plan, tmp_path)), run_in, patience)
        projects.approve(way.trial.folder)
        yield way


def _in_the_end(way: Way, clock: Clock) -> Counter[DeliveryState]:
    """The fault is mended, time goes by, evidence comes, somebody resumes: then both ledgers are compared."""
    way.fail()
    for _ in range(4):
        clock.advance(timedelta(minutes=10))
        way.testify()
        if way.trial.state() is BroadcastState.PAUSED:
            with open_project(way.trial.folder) as project:
                [standing] = broadcast_status.list_broadcast_statuses(project)
            assert way.run("resume", standing.broadcast.id).code == 0
        way.send()
        if way.trial.state() is BroadcastState.FINISHED:
            break
    way.testify()
    assert way.trial.state() is BroadcastState.FINISHED
    rows, taken = way.trial.rows(), way.taken()
    assert max(Counter(to for to, _ in taken).values(), default=0) <= 1, "a person was written to twice"
    address = {row.id: row.address for row in rows}
    assert all(address[delivery] == to for to, delivery in taken), "somebody got another's message"
    theirs = {delivery for _, delivery in taken}
    assert {row.id for row in rows if row.state in (ACCEPTED, DELIVERED)} == theirs, "evidence settles what was taken"
    left = {row.id for row in rows} - theirs
    assert {row.state for row in rows if row.id in left} <= {UNSURE}, "who has nothing is listed"
    return way.states()


LATER: Mapping[str, Sequence[Fault]] = {
    "429 with a time": [Fault("before", "reply", 429, headers={"Retry-After": "2"}, after=1, times=1)],
    "429 without one": [Fault("before", "reply", 429, after=1, times=1)],
    "the connection is refused": [Fault("connect", "drop", times=3)],
    "TLS breaks off": [Fault("tls", "drop", times=3)],
}
"""After these nothing is in doubt, and nobody is left out."""

DOUBT: Mapping[str, Sequence[Fault]] = {
    "500 before": [Fault("before", "reply", 500, after=1, times=2)],
    "500 after": [Fault("after", "reply", 500, after=1, times=2)],
    "503 after": [Fault("after", "reply", 503, after=1, times=2)],
    "reset before": [Fault("before", "reset", after=1, times=2)],
    "reset after": [Fault("after", "reset", after=1, times=2)],
    "time-out before": [Fault("before", "stall", after=1, times=2)],
    "time-out after": [Fault("after", "stall", after=1, times=2)],
    "slow-loris": [Fault("after", "drip", after=1, times=2)],
    "cut off": [Fault("after", "cut", after=1, times=2)],
    "garbage": [Fault("after", "garbage", after=1, times=2)],
    "huge": [Fault("after", "huge", after=1, times=2)],
    "huge head": [Fault("after", "huge-head", after=1, times=2)],
}
"""After these nobody knows, but for the evidence."""

WAITED_OUT = frozenset({"time-out before", "time-out after", "slow-loris"})
"""Those that come to nothing but the end of a provider's `timeout`."""

QUICK = frozenset({"429 with a time", "TLS breaks off", "500 before", "reset after", "time-out after", "cut off"})
"""One of each kind. The others are run with the long tests."""


def _some(faults: Iterable[str]) -> list[ParameterSet]:
    return [pytest.param(one, marks=[] if one in QUICK else pytest.mark.long) for one in faults]


@pytest.mark.parametrize("fault", _some(LATER))
def test_put_off_everybody_gets_it_once(way: Way, clock: Clock, fault: str) -> None:
    way.fail(*LATER[fault])
    way.send()
    assert _in_the_end(way, clock) == {way.states().most_common(1)[0][0]: PEOPLE}
    assert len(way.taken()) == PEOPLE


@pytest.mark.parametrize("fault", _some(DOUBT))
def test_in_doubt_it_is_never_sent_again(way: Way, clock: Clock, fault: str) -> None:
    way.fail(*DOUBT[fault])
    way.send()
    assert way.states()[UNSURE] + way.states()[ACCEPTED] >= 1
    states = _in_the_end(way, clock)
    if DOUBT[fault][0].phase == "after":
        assert states[UNSURE] == 0, "it was taken, and that can be proved"
    else:
        assert states[UNSURE] >= 1, "there was no fault, so this shows nothing"


@pytest.mark.parametrize("certificate", ["untrusted", "other"])
def test_tls_that_does_not_verify_halts_and_nothing_goes(way: Way, clock: Clock, certificate: str) -> None:
    way.fail(certificate=certificate)
    halted = way.send()
    assert halted.code == 1
    assert "was halted: " in halted.out
    assert "certificate" in halted.out
    assert way.taken() == []
    way.fail(certificate="good")
    assert _in_the_end(way, clock)[UNSURE] == 0
    assert len(way.taken()) == PEOPLE


def test_wrong_credentials_halt_say_so_and_go_on_when_mended(
    way: Way, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as wrong:
        wrong.setenv("SENDGRID_API_KEY", "SG.not-the-key")
        wrong.setenv("TWILIO_AUTH_TOKEN", "not the token")
        halted = way.send()
    assert halted.code == 1
    assert "sign-in" in halted.out
    assert "broadcaster resume" in halted.out
    assert way.taken() == []
    assert _in_the_end(way, clock)[UNSURE] == 0
    assert len(way.taken()) == PEOPLE


def test_the_name_is_not_found_and_later_it_is(way: Way, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    config = way.trial.folder / "config.yaml"
    right = config.read_text()
    config.write_text(right.replace("https://localhost:", "https://nobody.invalid:"))
    lost = way.send()
    assert lost.code == 1
    assert "could not be found" in lost.err or "could not be reached" in lost.err
    assert way.states() == {DeliveryState.QUEUED: PEOPLE}
    config.write_text(right)
    assert _in_the_end(way, clock)[UNSURE] == 0
    assert len(way.taken()) == PEOPLE


def test_the_clock_jumps_back_and_forth(way: Way, clock: Clock) -> None:
    way.fail(Fault("before", "reply", 429, headers={"Retry-After": "1"}, after=1, times=1))
    way.send()
    clock.advance(-timedelta(days=2))
    way.send()
    clock.advance(timedelta(days=2))
    assert _in_the_end(way, clock)[UNSURE] == 0
    assert len(way.taken()) == PEOPLE
