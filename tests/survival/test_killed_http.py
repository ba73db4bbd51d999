"""kill -9 in the midst of sending over HTTP: none lost, none doubled, and evidence settles what is in doubt."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.delivery.reports import Report
from broadcaster.domain.states import DeliveryState
from broadcaster.providers.base import HookRequest
from broadcaster.services.feedback import provider_reports
from tests import projects
from tests.standins.json_lines import read_json_lines
from tests.standins.sendgrid import KEY, read_taken
from tests.standins.sendgridevents import Signer, body_of, event
from tests.standins.twilio import SID, TOKEN, attempt_of
from tests.survival import points
from tests.survival.conftest import StartHttp
from tests.survival.sender import Point
from tests.survival.trial import Trial, begin

PEOPLE = 1500
BATCH = 50

NUMBERS = 900
"""A thousand numbers are kept for drama."""

Record = Callable[[str, object], None]

ACCEPTED, DELIVERED, UNSURE = DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNSURE


@dataclass(frozen=True)
class Message:
    """What a stand-in has in its ledger: to whom, and by which attempt of ours."""

    to: str
    attempt: str

    @property
    def delivery(self) -> str:
        return self.attempt.partition("-")[0]


def compare(trial: Trial, taken: Sequence[Message]) -> tuple[set[str], set[str]]:
    """Our ledger against theirs; the deliveries that are in doubt, and those of them that were taken."""
    rows = trial.rows()
    assert len({row.address for row in rows}) == len(rows) == trial.people
    assert max(Counter(one.to for one in taken).values(), default=0) <= 1, "a person was written to twice"
    address = {row.id: row.address for row in rows}
    assert all(address[one.delivery] == one.to for one in taken), "somebody got another's message"
    theirs = {one.delivery for one in taken}
    accepted = {row.id for row in rows if row.state is ACCEPTED}
    unsure = {row.id for row in rows if row.state is UNSURE}
    assert accepted | unsure == set(address), "every delivery is accounted for"
    assert accepted <= theirs, "called accepted, and they never had it"
    assert theirs <= accepted | unsure, "they have what we do not know of"
    assert unsure <= trial.doubted, "what was in flight at a death is listed, and nothing else"
    assert all(row.attempts == 1 for row in rows), "nothing was tried a second time"
    return unsure, unsure & theirs


def rounds(new: Callable[[int], Trial], wanted: Sequence[Point]) -> Iterator[Trial]:
    """Broadcasts that are killed at all the points, until each is done."""
    left = list(wanted)
    while left:
        trial = new(len(left))
        before = len(left)
        while left and trial.life(left[0]):
            del left[0]
        if len(left) == before:
            del left[0]  # a whole send does not come to this point
        trial.finish()
        yield trial


def said(trials: Sequence[Trial]) -> str:
    """What the long tests tell at their end."""
    killed = sum((trial.killed for trial in trials), Counter[str]())
    return (
        f"{killed.total()} kills over {len(trials)} broadcasts of {trials[0].people} people; in doubt after one kill "
        f"at most {max(trial.worst for trial in trials)}, in all {sum(len(trial.doubted) for trial in trials)}; "
        f"{dict(killed)}"
    )


class OverSendGrid:
    """Broadcasts over the stand-in, whose events are told to us in the end."""

    def __init__(self, folder: Path, start: StartHttp, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._server = start("tests.standins.sendgrid", {"whole_texts": False, "latency": 0.002})
        self._signer = Signer()
        self._environ = {"SENDGRID_API_KEY": KEY}
        monkeypatch.setenv("SENDGRID_API_KEY", KEY)

    def begin(self, number: int) -> Trial:
        sendgrid = {
            "api_key_env": "SENDGRID_API_KEY",
            "host": self._server.url,
            "ca_file": str(self._server.ca_file),
            "batch_size": str(BATCH),
            "webhook_key": self._signer.public_key,
        }
        trial = begin(
            self._folder / f"round{number}",
            PEOPLE,
            providers={"email": "sendgrid", "sendgrid": sendgrid},
            pace={"sendgrid": "100000/s"},
        )
        (trial.folder / "environ.json").write_text(json.dumps(self._environ))
        return trial

    def taken_of(self, trial: Trial) -> list[Message]:
        ids = {row.id for row in trial.rows()}
        taken = [Message(one.to, one.attempt) for one in read_taken(self._server.settled())]
        return [one for one in taken if one.delivery in ids]

    def tell(self, trial: Trial, taken: Sequence[Message]) -> None:
        """Everything that was taken is reported, three times each and in any order, by signed requests."""
        told = [
            {**event(kind, one.attempt, number), "sg_event_id": f"{kind}-{one.attempt}"}
            for number, one in enumerate(taken)
            for kind in ("processed", "delivered")
        ] * 3
        random.Random(3).shuffle(told)
        with open_project(trial.folder) as project:
            for start in range(0, len(told), 500):
                body = body_of(told[start : start + 500])
                headers = {name.lower(): value for name, value in self._signer.headers(body).items()}
                request = HookRequest("https://letters.example.org/hooks/sendgrid", "", headers, body)
                found = [one for one in project.hooks["sendgrid"].read(request) if isinstance(one, Report)]
                provider_reports.receive(project, "sendgrid", found)
            provider_reports.apply(project)


class OverTwilio:
    """Broadcasts over the stand-in, which is asked for evidence whenever a life begins."""

    def __init__(self, folder: Path, start: StartHttp, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._server = start("tests.standins.twilio", {"senders": ["Ashmere"], "latency": 0.002})
        self._environ = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN}
        for name, value in self._environ.items():
            monkeypatch.setenv(name, value)

    def begin(self, number: int) -> Trial:
        twilio = {
            "account_sid_env": "TWILIO_ACCOUNT_SID",
            "auth_token_env": "TWILIO_AUTH_TOKEN",
            "url": self._server.url,
            "ca_file": str(self._server.ca_file),
        }
        folder = self._folder / f"round{number}"
        rows = [projects.person(n, email="", phone=f"+447700900{n:03}") for n in range(NUMBERS)]
        projects.make_project(
            folder,
            rows,
            {
                "en": projects.ENGLISH.replace(
                    "borough }}.{% endblock", "borough }}. {{ links.unsubscribe }}{% endblock"
                )
            },
            providers={"sms": "twilio", "twilio": twilio},
            pace={"twilio": "100000/s"},
        )
        projects.approve(folder)
        (folder / "environ.json").write_text(json.dumps(self._environ))
        return Trial(folder, NUMBERS)

    def taken_of(self, trial: Trial) -> list[Message]:
        ids = {row.id for row in trial.rows()}
        lines = read_json_lines(self._server.settled())
        taken = [Message(one["to"], attempt_of(one)) for one in lines]
        return [one for one in taken if one.delivery in ids]


def _check_sendgrid(way: OverSendGrid, trial: Trial) -> None:
    taken = way.taken_of(trial)
    unsure, proved = compare(trial, taken)
    way.tell(trial, taken)
    after = {row.id: row.state for row in trial.rows()}
    assert {id_ for id_, state in after.items() if state is DELIVERED} == {one.delivery for one in taken}
    assert {id_ for id_, state in after.items() if state is UNSURE} == unsure - proved
    trial.life()  # settled by evidence, nothing is left to be sent
    assert len(way.taken_of(trial)) == len(taken)


def test_sendgrid_killed_at_some_points(tmp_path: Path, http: StartHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    way = OverSendGrid(tmp_path, http, monkeypatch)
    trials = []
    for trial in rounds(way.begin, points.some(points.mixed(points.request_points(), 5), 7)):
        _check_sendgrid(way, trial)
        trials.append(trial)
    assert sum(trial.killed.total() for trial in trials) >= 6, said(trials)
    assert max(trial.worst for trial in trials) <= 100


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_sendgrid_killed_at_three_hundred_points(
    tmp_path: Path, http: StartHttp, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    way = OverSendGrid(tmp_path, http, monkeypatch)
    trials = []
    for trial in rounds(way.begin, points.mixed(points.request_points(), 6)):
        _check_sendgrid(way, trial)
        trials.append(trial)
    record_property("kills", f"sendgrid: {said(trials)}")
    assert sum(trial.killed.total() for trial in trials) >= 300, said(trials)


def _check_twilio(way: OverTwilio, trial: Trial) -> None:
    trial.life()  # a last look at the evidence, for what the last death left
    taken = way.taken_of(trial)
    unsure, proved = compare(trial, taken)
    assert not proved, "Twilio's list proves each text that was taken"
    assert unsure <= trial.doubted


def test_twilio_killed_at_some_points(tmp_path: Path, http: StartHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    way = OverTwilio(tmp_path, http, monkeypatch)
    trials = []
    for trial in rounds(way.begin, points.some(points.mixed(points.text_points(), 5), 7)):
        _check_twilio(way, trial)
        trials.append(trial)
    assert sum(trial.killed.total() for trial in trials) >= 6, said(trials)
    assert max(trial.worst for trial in trials) <= 100


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_twilio_killed_at_three_hundred_points(
    tmp_path: Path, http: StartHttp, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    way = OverTwilio(tmp_path, http, monkeypatch)
    trials = []
    for trial in rounds(way.begin, points.mixed(points.text_points(), 6)):
        _check_twilio(way, trial)
        trials.append(trial)
    record_property("kills", f"twilio: {said(trials)}")
    assert sum(trial.killed.total() for trial in trials) >= 300, said(trials)
