"""How soon a command does its work: CPU, memory and modules of those that look, and how soon `serve` answers.

    python -m bench.startup [--beside FOLDER] [--repeats 7] [--people 20]

Each command is a process of its own, on a project of a few people with one campaign that was submitted and approved.
`--beside` names another checkout, for instance a worktree of an older version: both take turns, each with a project
that it made itself, so that the ratios hold on a busy machine. Medians; the first run of each, which compiles bytecode
into a folder that is gone afterwards, does not count. CPU is user and system time of the process and its children,
memory its greatest resident size. `serve` is asked for `/` until it answers: seconds on the clock, and of CPU until
then.
"""

import argparse
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bench.projects import make_project

ROOT = Path(__file__).parents[1]
COMMANDS = (("--help",), ("status",), ("plan", "bench"), ("check",))
PATIENCE = 60.0
TICK = os.sysconf("SC_CLK_TCK")

_KEY = "import pathlib, sys; from broadcaster.keys import Keyring; Keyring.create(pathlib.Path(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `seconds` are on the clock, `most` is in bytes."""

    seconds: float
    cpu: float
    most: int


@dataclass(frozen=True, slots=True)
class Checkout:
    """A version of broadcaster, and the project that it made."""

    folder: Path
    project: Path
    port: int

    def typed(self, *words: str, options: Sequence[str] = ()) -> list[str]:
        """The command line, for this version's own Python where it has one."""
        own = self.folder / ".venv" / "bin" / "python"
        python = str(own) if own.exists() else sys.executable
        return [python, *options, "-m", "broadcaster", "-C", str(self.project), *words]

    def start(self, typed: Sequence[str], *, errors: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ |= {"PYTHONPATH": str(self.folder), "PYTHONPYCACHEPREFIX": str(self.project.with_name("bytecode"))}
        return subprocess.Popen(
            typed, cwd=self.folder, env=environ, stdout=subprocess.DEVNULL, stderr=errors, text=True
        )

    def prepare(self, people: int) -> None:
        """The project, with a campaign that was approved."""
        make_project(self.project, people, "plain", None)
        config = self.project / "config.yaml"
        config.write_text(f"{config.read_text('utf-8')}listen: 127.0.0.1:{self.port}\n", "utf-8")
        python = self.typed()[0]
        assert self.start([python, "-c", _KEY, str(self.project / "var" / "key")]).wait() == 0, "no key was made"
        assert self.start(self.typed("submit", "bench", "--by", "amina")).wait() == 0, "submitting failed"
        digest = subprocess.run(
            self.typed("plan", "bench", "--json"), cwd=self.folder, capture_output=True, text=True, check=True
        ).stdout.partition('"digest": "')[2]
        assert self.start(self.typed("approve", "bench", "--by", "david", "--digest", digest[:12])).wait() == 0

    def run(self, *words: str) -> Run:
        """A command from its start to its end."""
        began = time.perf_counter()
        process = self.start(self.typed(*words))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{words} failed"
        return Run(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)

    def modules(self, *words: str) -> int:
        """How many modules a command loads."""
        process = self.start(self.typed(*words, options=("-X", "importtime")), errors=subprocess.PIPE)
        _, said = process.communicate()
        return sum(line.startswith("import time:") for line in said.splitlines()) - 1  # the first one is the head

    def serve(self) -> Run:
        """`serve` until it has answered its first request."""
        began = time.perf_counter()
        process = self.start(self.typed("serve"))
        try:
            while not self._answers():
                assert process.poll() is None, "serve ended"
                assert time.perf_counter() < began + PATIENCE, "serve did not answer"
                time.sleep(0.005)
            took = time.perf_counter() - began
            cpu, most = _so_far(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()
        return Run(took, cpu, most)

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def _so_far(pid: int) -> tuple[float, int]:
    """CPU seconds of a process that goes on, and the most bytes it had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    return (int(fields[11]) + int(fields[12])) / TICK, int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(checkouts: Sequence[Checkout], repeats: int) -> None:
    """Print a line for each command and each checkout, and the ratio to the other one."""
    width = max(len(one.folder.name) for one in checkouts)
    for words in (*COMMANDS, ("serve",)):
        runs: dict[Path, list[Run]] = {one.folder: [] for one in checkouts}
        for count in range(repeats + 1):
            for one in checkouts:
                found = one.serve() if words == ("serve",) else one.run(*words)
                if count:
                    runs[one.folder].append(found)
        medians = [
            Run(*(statistics.median(getattr(run, name) for run in runs[one.folder]) for name in Run.__slots__))
            for one in checkouts
        ]
        for one, found in zip(checkouts, medians, strict=True):
            modules = f"{one.modules(*words):5,} modules" if words != ("serve",) else ""
            print(
                f"{' '.join(words):<11} {one.folder.name:<{width}} {found.seconds * 1000:6.0f} ms "
                f"{found.cpu * 1000:6.0f} ms CPU {found.most / 1e6:5.0f} MB {modules}"
            )
        if len(medians) > 1:
            this, other = medians
            print(f"{'':<11} ratio: {this.seconds / other.seconds:.2f}, of CPU {this.cpu / other.cpu:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--beside", type=Path, metavar="FOLDER", help="another checkout to compare with")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--people", type=int, default=20)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        checkouts = []
        for number, folder in enumerate((ROOT, *([chosen.beside.resolve()] if chosen.beside else []))):
            checkout = Checkout(folder, Path(name) / str(number), _free_port())
            checkout.prepare(chosen.people)
            checkouts.append(checkout)
        measure(checkouts, chosen.repeats)


if __name__ == "__main__":
    main()
