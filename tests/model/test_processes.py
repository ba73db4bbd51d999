"""The same through processes: real commands in a project folder, killed by -9 at moments that nobody chose."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from broadcaster.domain.states import BroadcastState, DeliveryState
from tests.model.test_model import SECONDS, Record
from tests.projects import AUDIENCE, CAMPAIGN, LETTER
from tests.survival.conftest import MailServer, StartMailServer, mail_server, postgresql, server
from tests.survival.trial import SEND, Trial, begin, start

__all__ = ["mail_server", "postgresql", "server"]

PEOPLE = 150
LOOKS = (
    ("status",),
    ("status", "--json"),
    ("plan", CAMPAIGN),
    ("check",),
    ("audience", "check", AUDIENCE),
    ("preview", LETTER, "--audience", AUDIENCE, "--campaign", CAMPAIGN),
    ("suppress", "list"),
)
SUBMIT = ("submit", CAMPAIGN, "--by", "amina", "--now")
SENDERS = (SEND, ("serve",))


@dataclass
class Story:
    """One broadcast and its many lives. What is killed, and what is looked at beside it, is drawn by lot."""

    trial: Trial
    lot: random.Random
    counted: Counter[str] = field(default_factory=Counter)

    def step(self) -> None:
        """A sender that is mostly killed, with something else beside it."""
        sender = self._start(self.lot.choice(SENDERS))
        beside = [self._start(self._words()) for _ in range(self.lot.randint(0, 2))]
        killed = self._kill(sender, self.lot.uniform(0.02, 1.5))
        for process in beside:
            # What only looks or asks is killed now and then, too.
            killed += self._kill(process, self.lot.uniform(0.02, 0.4) if self.lot.random() < 0.2 else 60)
        if killed:
            self.trial.note_the_wreck(killed, DeliveryState.UNSURE)

    def _words(self) -> tuple[str, ...]:
        broadcast = self._broadcast()
        if broadcast and self.lot.random() < 0.4:
            return (self.lot.choice(("pause", "resume", "unsure")), broadcast)
        return SUBMIT if self.lot.random() < 0.1 else self.lot.choice(LOOKS)

    def _broadcast(self) -> str:
        found = self.trial.broadcast()
        return found.id if found else ""

    def _start(self, words: tuple[str, ...]) -> ForkServerProcess:
        self.counted["commands"] += 1
        return start(self.trial.folder, None, words)

    def _kill(self, process: ForkServerProcess, seconds: float) -> int:
        """Let it run so long, then kill it; 1 where it was killed."""
        process.join(seconds)
        if process.exitcode is None:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join(200)
        code = process.exitcode
        process.close()
        said = (self.trial.folder / "life.log").read_text()[-3000:]
        assert code in (0, 1, -signal.SIGKILL), (code, said)
        assert "unforeseen" not in said, said
        self.counted["deaths"] += code == -signal.SIGKILL
        return int(code == -signal.SIGKILL)

    def end(self, mail: MailServer) -> None:
        """Started again until it is done; then both ledgers are compared."""
        for _ in range(40):
            if self.trial.state() is BroadcastState.PAUSED:
                self._kill(self._start(("resume", self._broadcast())), 60)
            self._kill(self._start(SEND), 60)
            if self.trial.state() is BroadcastState.FINISHED:
                break
            time.sleep(0.2)
        else:
            raise AssertionError(f"it never came to its end: {self.trial.state()}")
        ids = {row.id for row in self.trial.rows()}
        self.trial.compare([one for one in mail.taken() if one.message_id.strip("<>").partition("@")[0] in ids])
        self.counted["broadcasts"] += 1


def _stories(folder: Path, mail: MailServer, seed: int, database: Callable[[], str] | None) -> Iterator[Counter[str]]:
    for number in range(1_000_000):
        where = {"database": database()} if database else {}
        trial = begin(folder / f"story{number}", PEOPLE, providers=mail.settings, **where)
        story = Story(trial, random.Random(f"{seed} {number}"))
        for _ in range(story.lot.randint(1, 8)):
            story.step()
        story.end(mail)
        yield story.counted


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 900)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_at_any_moment_with_looks_in_between(
    tmp_path: Path,
    mail_server: StartMailServer,
    database: str,
    postgresql: Callable[[], str],
    record_property: Record,
) -> None:
    seed = random.randrange(1_000_000)
    record_property("seed", seed)
    counted: Counter[str] = Counter()
    end = time.monotonic() + SECONDS
    for story in _stories(tmp_path, mail_server(), seed, postgresql if database == "postgresql" else None):
        counted += story
        if time.monotonic() > end:
            break
    record_property("counted", f"{database}: {dict(counted)} in {SECONDS} seconds")
