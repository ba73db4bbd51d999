"""The whole way of a letter with the durable ledger: roster → release → SMTP into a sink that is not Python.

Prints CPU per message (user and system time of our process alone) for each leg, and the peak memory of the process.
Postfix's `smtp-sink` is the sink: `apt-get install postfix` brings it.

    python -m bench.whole --repeats 7            10,000 people, a letter without branches
    python -m bench.whole --people 1000000       the long one
    python -m bench.whole --letter branching
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from bench import smtp
from bench.projects import LETTERS, make_project
from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.engine import WORKERS_PER_PROVIDER
from broadcaster.keys import Keyring
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.approving import decisions
from broadcaster.services.delivering import dispatch
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.reporting import broadcast_status
from broadcaster.services.sending.send_command import SendCommand, release_campaign


class Leg:
    """What this process used between two points: CPU seconds as user and in the system, and seconds of wall time."""

    def __init__(self) -> None:
        self._start = _used()

    def per_message(self, messages: int) -> dict[str, float]:
        """Microseconds for each message."""
        return {
            name: (now - then) / messages * 1e6
            for name, now, then in zip(("user", "system", "wall"), _used(), self._start, strict=True)
        }


def _used() -> tuple[float, float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime, used.ru_stime, time.monotonic()


@dataclass(frozen=True, slots=True)
class Run:
    """One whole way. Each leg is in microseconds a message, by "user", "system" and "wall"; the peak is in MB."""

    plan: dict[str, float]
    release: dict[str, float]
    send: dict[str, float]
    peak: float


def main() -> None:
    """Run as often as asked for, each time in a process of its own, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--letter", choices=sorted(LETTERS), default="plain")
    parser.add_argument("--workers", type=int, default=WORKERS_PER_PROVIDER)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--logo", action="store_true", help="with the starter frame's inline picture")
    parser.add_argument("--peers", type=Path, help="the folder with the peers of bench.smtp, to run them beside")
    chosen = parser.parse_args()
    print(f"one message: {weight(chosen.letter, logo=chosen.logo):,} bytes", flush=True)
    runs = []
    for _ in range(chosen.repeats):
        # A process of its own: the peak of a process never goes down again, and nothing is warm.
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            runs.append(process.submit(run, chosen.people, chosen.letter, chosen.workers, logo=chosen.logo).result())
        report(f"people {chosen.people:>9,}", runs[-1:])
    if len(runs) > 1:
        report(f"median of {len(runs):>6}", runs)
    if chosen.peers is not None:
        beside(chosen.peers, chosen.people)


def beside(peers: Path, people: int) -> None:
    """The peers of `bench.smtp`, which fill and send and keep no ledger: CPU per message, rate, peak memory."""
    with tempfile.TemporaryDirectory() as folder, smtp.sink() as port:
        for name, command in smtp.ways(Path(folder), peers).items():
            if name != "broadcaster":
                smtp.report(name, smtp.measure(command, port, people, 10))


def report(title: str, runs: list[Run]) -> None:
    """One line: the medians of what these runs used."""
    legs = []
    for name in ("plan", "release", "send"):
        user, system = (statistics.median(getattr(one, name)[kind] for one in runs) for kind in ("user", "system"))
        both = statistics.median(getattr(one, name)["user"] + getattr(one, name)["system"] for one in runs)
        legs.append(f"{name} {both:6.1f} ({user:.0f} + {system:.0f})")
    rate = 1e6 / statistics.median(one.send["wall"] for one in runs)
    peak = statistics.median(one.peak for one in runs)
    print(
        f"{title}  {'  '.join(legs)} µs CPU a message (user + system)  {rate:8,.0f}/s  peak {peak:6.1f} MB", flush=True
    )


def run(people: int, letter: str, workers: int, *, logo: bool) -> Run:
    """Approve, release and send in a new project, timing each leg."""
    with tempfile.TemporaryDirectory() as folder, smtp.sink() as port:
        root = make_project(Path(folder), people, letter, port, logo=logo)
        Keyring.create(root / "var" / "key")
        # Making a ledger loads Alembic, which those who send never need: theirs is there.
        subprocess.run([sys.executable, "-m", "broadcaster", "-C", root, "status"], check=True, capture_output=True)
        return send_all(root, people, workers)


def send_all(root: Path, people: int, workers: int) -> Run:
    """Approve, release and send, timing each leg."""
    with open_project(root) as project, registered_runner(project) as runner:
        campaign = project.campaign("bench")
        leg = Leg()
        submitted = decisions.submit(
            project,
            campaign,
            command_line_actor(project.settings, "amina", Permission.SUBMIT),
            SubmissionTerms(at_once=True),
        )
        planning = leg.per_message(people)
        approver = command_line_actor(project.settings, "david", Permission.APPROVE)
        decisions.approve(project, campaign, approver, submitted.plan.digest)
        leg = Leg()
        broadcast = release_campaign(project, campaign, SendCommand(approver, runner.id))
        releasing = leg.per_message(people)
        leg = Leg()
        dispatch.send_broadcast(project, runner.id, broadcast.id, dispatch.RunOptions(workers=workers))
        sending = leg.per_message(people)
        accepted = broadcast_status.get_broadcast_status(project, broadcast).deliveries.get("accepted", 0)
    if accepted != people:
        sys.exit(f"only {accepted} of {people} were accepted")
    return Run(planning, releasing, sending, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def weight(letter: str, *, logo: bool) -> int:
    """The bytes of one message, as it leaves."""
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder), 1, letter, None, logo=logo)
        Keyring.create(root / "var" / "key")
        send_all(root, 1, 1)
        return next((root / "var").rglob("*.eml")).stat().st_size


if __name__ == "__main__":
    main()
