"""A send that is killed again and again: what it takes to kill it, and what must hold whenever one looks."""

import multiprocessing
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from broadcaster.bootstrap.ledger_only import load_project_settings
from broadcaster.bootstrap.wiring import open_project
from broadcaster.domain.states import BroadcastState, DeliveryState
from broadcaster.keys import Keyring
from broadcaster.ledger import Ledger
from broadcaster.ledger.broadcasting import broadcasts, delivery_counters
from broadcaster.ledger.database import tables
from broadcaster.ledger.delivery import payloads
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending import unsure
from tests import projects
from tests.standins.smtpplan import Taken
from tests.survival.sender import Point, live

IN_DOUBT = 100
"""What a kill may leave in doubt at most."""

RELEASED_BY_ANOTHER = "Another process is releasing it right now."

SEND = ("send", projects.CAMPAIGN, "--by", "david", "--yes")

# Each life is forked from a server that has done all imports and nothing else: a process of its own in milliseconds.
_LIVES = multiprocessing.get_context("forkserver")
_LIVES.set_forkserver_preload(["tests.survival.preloaded"])


def start(folder: Path, point: Point | None = None, words: Sequence[str] = SEND) -> ForkServerProcess:
    """A process that runs the command, to be joined by whoever started it."""
    process = _LIVES.Process(target=live, args=(folder, point, *words), daemon=True)
    process.start()
    return process


@dataclass(frozen=True)
class Row:
    """A delivery as it stands in our ledger, its address opened."""

    id: str
    state: DeliveryState
    address: str
    attempts: int
    reason: str


@dataclass
class Trial:
    """One project whose broadcast is sent by many short lives. `doubted` is what was in flight at each death."""

    folder: Path
    people: int
    doubted: set[str] = field(default_factory=set)
    killed: Counter[str] = field(default_factory=Counter)
    worst: int = 0

    def life(self, point: Point | None = None, seconds: float | None = None, words: Sequence[str] = SEND) -> bool:
        """Let the command run until the point, or so many seconds, or its own end; whether it was killed."""
        process = start(self.folder, point, words)
        process.join(200 if seconds is None else seconds)
        if process.exitcode is None and seconds is not None:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join(200)
        killed = self._ended(process, point)
        if killed:
            self.note_the_wreck(1)
        return killed

    def two_lives(self, first: Point, second: Point) -> int:
        """Two commands side by side, each until its point or its end; how many were killed."""
        processes = [(start(self.folder, point), point) for point in (first, second)]
        for process, _ in processes:
            process.join(200)
        killed = sum([self._ended(process, point) for process, point in processes])
        if killed:
            # The one that began after the other's death has found what that one left, and called it unsure.
            self.note_the_wreck(killed, DeliveryState.UNSURE)
        return killed

    def _ended(self, process: ForkServerProcess, point: Point | None) -> bool:
        code = process.exitcode
        process.close()
        said = (self.folder / "life.log").read_text()[-3000:]
        if code == 1 and RELEASED_BY_ANOTHER in said:
            code = 0  # another life does it, or on PostgreSQL the server has yet to see that it ended
        assert code in (0, -signal.SIGKILL), (code, point, said)
        if code:
            self.killed[point.seam if point else "clock"] += 1
        return bool(code)

    def note_the_wreck(self, killed: int, *found: DeliveryState) -> None:
        """So many were killed: remember what was in flight, or was `found` to be by a process that came later."""
        rows = self.rows()
        assert len(rows) <= self.people
        flying = {row.id for row in rows if row.state in (DeliveryState.SENDING, *found)} - self.doubted
        self.worst = max(self.worst, len(flying))
        assert len(flying) <= IN_DOUBT * killed
        self.doubted |= flying

    def finish(self) -> None:
        """Start it again until it is done."""
        for _ in range(20):
            self.life()
            if self.state() is BroadcastState.FINISHED:
                return
            time.sleep(0.2)
        raise AssertionError(f"it never came to its end: {self.state()}")

    def ledger(self) -> Ledger:
        """Opened beside the project: of an SQLite file a copy, so that the next life finds the wreck as it was left."""
        settings = load_project_settings(self.folder)
        keyring, file = Keyring.load(settings.key_file, {}), self.folder / "var" / "broadcaster.db"
        if not file.exists():
            return Ledger.open(settings.database, keyring)
        beside = self.folder / "copy"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        for part in (file, file.with_name(f"{file.name}-wal")):
            if part.exists():
                shutil.copy(part, beside)
        return Ledger.open(f"sqlite:///{beside / file.name}", keyring)

    def broadcast(self) -> broadcasts.Broadcast | None:
        """The one broadcast; there must never be a second."""
        with self.ledger() as ledger, ledger.reading() as conn:
            found = broadcasts.list_recent(conn)
        assert len(found) <= 1
        return found[0] if found else None

    def state(self) -> BroadcastState | None:
        """Of the one broadcast."""
        found = self.broadcast()
        return found.state if found else None

    def rows(self) -> list[Row]:
        """All deliveries there are, once the counters were seen to say the same."""
        table = tables.deliveries
        with self.ledger() as ledger, ledger.reading() as conn:
            found = conn.execute(table.select().order_by(table.c.seq)).all()
            counting = select(table.c.state, func.count()).group_by(table.c.state)
            counted = {row[0]: row[1] for row in conn.execute(counting)}
            for broadcast in broadcasts.list_recent(conn):
                assert {
                    state.value: n for state, n in delivery_counters.count_by_state(conn, broadcast.id).items() if n
                } == counted
            keyring = ledger.keyring
            return [
                Row(
                    row.id,
                    DeliveryState(row.state),
                    payloads.unseal(keyring, row.id, row.payload_sealed).address,
                    row.attempts,
                    row.reason,
                )
                for row in found
            ]

    def compare(self, taken: Sequence[Taken]) -> None:
        """Our ledger against the mail server's: nobody lost, nobody doubled, every doubt listed."""
        rows = self.rows()
        assert sorted(row.address for row in rows) == sorted(f"person{n}@example.org" for n in range(self.people))
        theirs = Counter(one.message_id.strip("<>").partition("@")[0] for one in taken)
        heard_of = Counter(address for one in taken for address in one.to)
        assert max(theirs.values(), default=0) <= 1, "a message was delivered twice"
        assert max(heard_of.values(), default=0) <= 1, "a person was written to twice"
        assert {one.message_id.strip("<>").partition("@")[0]: one.to for one in taken} == {
            row.id: [row.address] for row in rows if row.id in theirs
        }
        by_state = {state: {row.id for row in rows if row.state is state} for state in {row.state for row in rows}}
        assert set(by_state) <= {DeliveryState.ACCEPTED, DeliveryState.UNSURE}
        accepted = by_state.get(DeliveryState.ACCEPTED, set())
        doubtful = by_state.get(DeliveryState.UNSURE, set())
        assert accepted <= set(theirs), "called accepted, and the server never had it"
        assert set(theirs) <= accepted | doubtful, "the server has what we do not know of"
        assert doubtful == self.doubted, "what was in flight at a death is listed, and nothing else"
        assert all(row.attempts == 1 for row in rows), "nothing was tried a second time"
        self._compare_with_what_people_see(doubtful, len(accepted))

    def _compare_with_what_people_see(self, doubtful: set[str], accepted: int) -> None:
        with open_project(self.folder) as project:
            [standing] = broadcast_status.list_broadcast_statuses(project)
            listed = {doubt.delivery_id for doubt in unsure.list_unsure_deliveries(project, standing.broadcast)}
        assert listed == doubtful
        shown = {state: n for state, n in standing.deliveries.items() if n}
        expected = {"accepted": accepted, "unsure": len(doubtful)}
        assert shown == {state: n for state, n in expected.items() if n}


def begin(folder: Path, people: int, **changes: Any) -> Trial:
    """A project with an approved campaign, ready to be sent."""
    projects.make_project(folder, people, **changes)
    projects.approve(folder)
    return Trial(folder, people)
