"""Release makes a broadcast once, whole or not at all, and of what was approved only."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.domain.errors import BroadcasterError
from broadcaster.ledger import WriteConnection
from broadcaster.ledger.broadcasting import broadcasts
from broadcaster.ledger.delivery import deliveries
from broadcaster.ledger.delivery.deliveries import NewDelivery
from broadcaster.ledger.planning import occurrences
from broadcaster.ledger.planning.approvals import Approval
from broadcaster.ledger.planning.occurrences import Occurrence
from broadcaster.ledger.runner_processes import Runner
from broadcaster.services.approving.validity import valid_approval
from broadcaster.services.project.project import Project
from broadcaster.services.sending import release as releasing
from broadcaster.services.sending.release import (
    AlreadyReleasedError,
    ChangedSinceApprovalError,
    Releaser,
    release_occurrence,
)
from tests.projects import CAMPAIGN, approve
from tests.services.stage import EN, edit, sql


@pytest.fixture
def ready(folder: Path) -> Iterator[tuple[Project, Occurrence, Approval, Runner]]:
    """An approved occurrence that is due, and who may release it."""
    approve(folder, at_once=False)
    with open_project(folder) as project, registered_runner(project) as runner:
        with project.ledger.reading() as conn:
            (occurrence,) = occurrences.list_unsettled(conn, CAMPAIGN)
        approval = valid_approval(project, project.campaign(CAMPAIGN), occurrence)
        assert approval is not None
        yield project, occurrence, approval, runner


Ready = tuple[Project, Occurrence, Approval, Runner]


def rows(folder: Path, table: str) -> int:
    ((number,),) = sql(folder, f"SELECT count(*) FROM {table}")  # noqa: S608 - the tables below
    assert isinstance(number, int)
    return number


def test_a_released_occurrence_is_a_sending_broadcast(folder: Path, ready: Ready) -> None:
    project, occurrence, approval, runner = ready
    broadcast_id = release_occurrence(project, occurrence, approval, Releaser(runner.id))
    with project.ledger.reading() as conn:
        made = broadcasts.get(conn, broadcast_id)
    assert made is not None
    assert (made.state, made.campaign, made.approval) == ("sending", CAMPAIGN, approval.id)
    assert rows(folder, "deliveries") == 6
    assert rows(folder, "skeletons") == 4  # two languages on two channels


def test_it_is_released_once(folder: Path, ready: Ready) -> None:
    project, occurrence, approval, runner = ready
    release_occurrence(project, occurrence, approval, Releaser(runner.id))
    with pytest.raises(AlreadyReleasedError):
        release_occurrence(project, occurrence, approval, Releaser(runner.id))
    assert (rows(folder, "broadcasts"), rows(folder, "deliveries")) == (1, 6)


def test_what_was_changed_leaves_nothing_behind(folder: Path, ready: Ready) -> None:
    project, occurrence, approval, runner = ready
    edit(folder, EN, "all is well", "all is not well")
    with pytest.raises(ChangedSinceApprovalError, match="david approved it"):
        release_occurrence(project, occurrence, approval, Releaser(runner.id))
    assert [rows(folder, table) for table in ("broadcasts", "deliveries", "skeletons", "zones", "counters")] == [0] * 5
    assert sql(folder, "SELECT state FROM approvals") == [("void",)]


def test_what_fails_half_way_leaves_nothing_behind(folder: Path, ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    project, occurrence, approval, runner = ready
    monkeypatch.setattr(releasing, "CHUNK", 2)
    kept = deliveries.insert
    calls = iter(range(9))

    def insert(conn: WriteConnection, broadcast_id: str, rows: Sequence[NewDelivery]) -> int:
        if next(calls) == 2:
            raise BroadcasterError("the disk went away")
        return kept(conn, broadcast_id, rows)

    monkeypatch.setattr(deliveries, "insert", insert)
    with pytest.raises(BroadcasterError, match="went away"):
        release_occurrence(project, occurrence, approval, Releaser(runner.id))
    assert [rows(folder, table) for table in ("broadcasts", "deliveries", "counters")] == [0, 0, 0]
    assert sql(folder, "SELECT state FROM approvals") == [("approved",)]
    monkeypatch.undo()
    release_occurrence(project, occurrence, approval, Releaser(runner.id))
    assert rows(folder, "deliveries") == 6


def test_no_personal_data_stands_open_in_the_ledger(folder: Path, ready: Ready) -> None:
    project, occurrence, approval, runner = ready
    release_occurrence(project, occurrence, approval, Releaser(runner.id))
    sql(folder, "PRAGMA wal_checkpoint(TRUNCATE)")
    data = (folder / "var/broadcaster.db").read_bytes()
    # No shorter: three letters stand by chance in some hundred thousand bytes of sealed rows and ids.
    for word in ('"Ada', "Ada Quill", "Quill", "person1@", "7700900", "Brackwell", "Colverton"):
        assert word.encode() not in data
