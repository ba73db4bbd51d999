"""Providers in processes of their own, which outlive every sender, and a PostgreSQL."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ledger.conftest import server
from tests.standins.smtpplan import Taken, read_ledger

__all__ = ["server"]  # the same PostgreSQL that the ledger's own tests use

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class MailServer:
    """Where it listens, and what it says it took."""

    port: int
    ledger: Path

    @property
    def settings(self) -> dict[str, object]:
        """`providers` of a project that sends to it."""
        return {"email": "smtp", "smtp": {"host": "127.0.0.1", "port": str(self.port), "starttls": "never"}}

    def taken(self) -> list[Taken]:
        """Its ledger, once it has read what dead senders had left in its sockets."""
        size = -1
        while size != (size := self.ledger.stat().st_size):
            time.sleep(0.3)
        return read_ledger(self.ledger)


StartMailServer = Callable[..., MailServer]


@pytest.fixture
def mail_server(tmp_path: Path) -> Iterator[StartMailServer]:
    """Starts one; called with a plan as JSON, one that fails by it."""
    running: list[subprocess.Popen[str]] = []

    def start(plan: str = "{}", port: int = 0) -> MailServer:
        ledger = tmp_path / f"theirs-{len(running)}.jsonl"
        words = ("--ledger", str(ledger), "--plan", plan, "--port", str(port))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.standins.smtp", *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        return MailServer(int(process.stdout.readline()), ledger)

    yield start
    for process in running:
        process.kill()
        process.communicate()


@dataclass(frozen=True)
class HttpServer:
    """A stand-in of an HTTP API: where it listens, whom to trust for it, and what it says it took."""

    port: int
    ca_file: Path
    ledger: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def settled(self) -> Path:
        """Its ledger, once it has read what dead senders had left in its sockets."""
        size = -1
        while size != (size := self.ledger.stat().st_size):
            time.sleep(0.3)
        return self.ledger


StartHttp = Callable[..., HttpServer]


@pytest.fixture
def http(tmp_path: Path) -> Iterator[StartHttp]:
    """Starts a stand-in, named by its module, that behaves as the plan says."""
    running: list[subprocess.Popen[str]] = []

    def start(module: str, plan: Mapping[str, object] | None = None) -> HttpServer:
        ledger = tmp_path / f"http-{len(running)}.jsonl"
        words = ("--ledger", str(ledger), "--plan", json.dumps(plan or {}))
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        port, ca_file = process.stdout.readline().split()
        return HttpServer(int(port), Path(ca_file), ledger)

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def postgresql(server: Callable[[str], str]) -> Callable[[], str]:
    """Answers with the URL of a new, empty database."""
    return lambda: server("")
