"""kill -9 while reports are applied: what was done is whole, the rest is done by the next, nothing is done twice."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.delivery.reports import Report, ReportedEvent
from broadcaster.domain.states import DeliveryState
from broadcaster.ledger.database import tables
from broadcaster.services.feedback import provider_reports
from broadcaster.services.project.project import now
from tests.survival.sender import Point
from tests.survival.trial import Trial, begin

PEOPLE = 240
WAYS = (
    (ReportedEvent.DELIVERED, "", 0, DeliveryState.DELIVERED),
    (ReportedEvent.BOUNCED, "mailbox-full", 3, DeliveryState.BOUNCED),
    (ReportedEvent.BOUNCED, "carrier-filtered", 0, DeliveryState.BOUNCED),
    (ReportedEvent.COMPLAINED, "", 1, DeliveryState.COMPLAINED),
)
"""What is reported of the deliveries in turn, and what they become by it."""

SIGNS = 2
"""How often it is said besides that the provider has it: enough to make more than one batch of it all."""

POINTS = [
    *(Point("statement", at) for at in (5, 7, 8, 9, 10, 12, 14, 17, 22, 30)),
    *(Point("commit-begins", at) for at in (2, 3)),
    *(Point("commit-done", at) for at in (1, 2)),
]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_while_it_applies(tmp_path: Path, database: str, postgresql: Callable[[], str]) -> None:
    trial = begin(tmp_path / "project", PEOPLE, **({"database": postgresql()} if database == "postgresql" else {}))
    trial.life()
    points = POINTS if database == "sqlite" else POINTS[::3]
    ids = [row.id for row in trial.rows()]
    command = ("unsure", _broadcast(trial), "--ask")  # it applies what waits before it does anything else
    killed = 0
    for number, point in enumerate(points):
        _receive(trial, number, ids, range(number, PEOPLE, len(points)))
        killed += trial.life(point, words=command)
        trial.rows()  # compares the counters with the rows
    assert killed >= len(points) * 0.8
    trial.life(words=command)
    assert [row.state for row in trial.rows()] == [WAYS[number % 4][3] for number in range(PEOPLE)]
    _everything_was_done_once(trial, len(points))


def _broadcast(trial: Trial) -> str:
    with trial.ledger() as ledger, ledger.reading() as conn:
        return str(conn.execute(select(tables.broadcasts.c.id)).scalar_one())


def _receive(trial: Trial, round_: int, ids: list[str], some: Iterable[int]) -> None:
    """Of some it is told what became of them, of all once more that they were taken."""
    told = [_told(ids[one], round_, WAYS[one % 4]) for one in some]
    signs = [
        Report(f"{id_}{round_}{sign}", f"{id_}-1", ReportedEvent.TAKEN, now()) for id_ in ids for sign in "ab"[:SIGNS]
    ]
    with open_project(trial.folder) as project:
        assert provider_reports.receive(project, "outbox", [*told, *signs]) == len(told) + len(signs)


def _told(id_: str, round_: int, way: tuple[ReportedEvent, str, int, DeliveryState]) -> Report:
    happened, code, strikes, _ = way
    return Report(f"{id_}{round_}", f"{id_}-1", happened, now(), code=code, strikes=strikes)


def _everything_was_done_once(trial: Trial, rounds: int) -> None:
    quarter = PEOPLE // 4
    with trial.ledger() as ledger, ledger.reading() as conn:
        assert Counter(conn.execute(select(tables.strikes.c.n)).scalars()) == {1: quarter}
        brakes = conn.execute(select(tables.brakes.c.name, tables.brakes.c.n))
        assert {row.name: row.n for row in brakes} == {"carriers-block": quarter, "complaints": quarter}
        assert Counter(conn.execute(select(tables.suppressions.c.reason)).scalars()) == {"complained": quarter}
        applied = conn.execute(select(tables.reports.c.applied_at.is_not(None), tables.reports.c.body))
        assert Counter((row[0], row.body) for row in applied) == {(True, ""): PEOPLE * (1 + SIGNS * rounds)}
