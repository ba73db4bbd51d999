"""What is in doubt is held for a person, or sent once more where the campaign says so, and never a third time."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from broadcaster.domain.states import DeliveryState
from tests.commandline import runner
from tests.projects import CAMPAIGN
from tests.standins.smtp import Fault, Plan, StandIn
from tests.survival import points
from tests.survival.conftest import StartMailServer
from tests.survival.sender import Point
from tests.survival.trial import SEND, Trial, begin

PEOPLE = 60
LOST = 3


def _answers_lost(times: int, after: int = 20) -> Plan:
    """A server that takes these messages and is gone before it has said so."""
    return Plan(faults=(Fault("taken", "drop", after=after, times=times),))


def _begin(folder: Path, port: int, if_unsure: str) -> Trial:
    smtp = {"host": "127.0.0.1", "port": str(port), "starttls": "never"}
    return begin(
        folder,
        PEOPLE,
        providers={"email": "smtp", "smtp": smtp},
        campaigns={CAMPAIGN: {"if_unsure": if_unsure}},
    )


def _copies(taken: Sequence[object]) -> dict[int, int]:
    """How many people got how many copies."""
    return dict(Counter(Counter(one.to[0] for one in taken).values()))  # type: ignore[attr-defined]  # Taken


def _states(trial: Trial) -> dict[DeliveryState, int]:
    return dict(Counter(row.state for row in trial.rows()))


def test_held_it_is_never_sent_again_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with StandIn(_answers_lost(LOST), tmp_path) as server:
        trial = _begin(tmp_path / "project", server.port, "hold")
        run = runner(trial.folder, monkeypatch, capsys)
        for _ in range(4):
            run(*SEND)
        assert _copies(server.taken) == {1: PEOPLE}
        assert _states(trial) == {DeliveryState.ACCEPTED: PEOPLE - LOST, DeliveryState.UNSURE: LOST}
        made = run("status", "--json").json["broadcasts"][0]
        assert made["deliveries"]["unsure"] == LOST
        listed = run("unsure", made["id"])
        doubtful = [row for row in trial.rows() if row.state is DeliveryState.UNSURE]
        assert all(row.id[:8] in listed.out for row in doubtful)
        # A person says: send them once more.
        assert run("unsure", made["id"], "--resend").code == 0
        assert run(*SEND).code == 0
        assert _copies(server.taken) == {1: PEOPLE - LOST, 2: LOST}
        assert _states(trial) == {DeliveryState.ACCEPTED: PEOPLE}


def test_resent_once_and_then_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with StandIn(_answers_lost(LOST), tmp_path) as server:
        trial = _begin(tmp_path / "project", server.port, "resend")
        run = runner(trial.folder, monkeypatch, capsys)
        run(*SEND)
        assert _states(trial) == {DeliveryState.ACCEPTED: PEOPLE - LOST, DeliveryState.UNSURE: LOST}
        # The second answers get lost as well.
        server.plan = _answers_lost(1_000, after=0)
        run(*SEND)
        assert _copies(server.taken) == {1: PEOPLE - LOST, 2: LOST}
        server.plan = Plan()
        for _ in range(3):
            run(*SEND)
        assert _copies(server.taken) == {1: PEOPLE - LOST, 2: LOST}
        held = [row for row in trial.rows() if row.state is DeliveryState.HELD]
        assert {(row.attempts, row.reason) for row in held} == {(2, "resent-already")}
        assert len(held) == LOST


def test_resent_once_and_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with StandIn(_answers_lost(LOST), tmp_path) as server:
        trial = _begin(tmp_path / "project", server.port, "resend")
        run = runner(trial.folder, monkeypatch, capsys)
        for _ in range(3):
            run(*SEND)
        assert _copies(server.taken) == {1: PEOPLE - LOST, 2: LOST}
        assert _states(trial) == {DeliveryState.ACCEPTED: PEOPLE}


def test_killed_again_and_again_nobody_gets_it_a_third_time(tmp_path: Path, mail_server: StartMailServer) -> None:
    server = mail_server()
    trial = begin(tmp_path / "project", 1500, providers=server.settings, campaigns={CAMPAIGN: {"if_unsure": "resend"}})
    answers = [Point("answer", at) for at in (3, 40, 90)]  # by then messages were taken, and nothing is written down
    for point in (*points.some(points.mixed(points.sending_points(), 8), 14), *answers):
        trial.life(point)
    trial.finish()
    rows = trial.rows()
    assert len({row.address for row in rows}) == len(rows) == 1500
    assert {row.state for row in rows} <= {DeliveryState.ACCEPTED, DeliveryState.HELD}
    copies = Counter(one.message_id.strip("<>").partition("@")[0] for one in server.taken())
    assert max(copies.values()) == 2, "somebody is to get it twice, or this shows nothing"
    for row in rows:
        assert row.attempts <= 2
        assert copies[row.id] >= 1 or row.state is DeliveryState.HELD
        assert row.state is DeliveryState.ACCEPTED or row.reason == "resent-already"
