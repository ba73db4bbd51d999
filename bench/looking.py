"""Everything that only looks, while another process keeps the ledger's write lock: how long does each take?

    python -m bench.looking [--people 10000] [--all]

The lock is taken before the first question and given up after the last answer (SQLite, BEGIN IMMEDIATE). Every GET of
desk and door is asked for once, found by asking the application for its routes, by somebody who was last seen half an
hour ago; every command that only looks is a process of its own, loading of libraries included. The roster has a row
that no cache knows. Printed are the slowest pages and commands, or all of them: seconds on the clock, and of CPU.
"""

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import update

from bench.desk_broadcast import Browser, fill
from bench.projects import make_project
from broadcaster.bootstrap.wiring import open_project
from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.keys import Keyring
from broadcaster.ledger.database.tables import sessions
from broadcaster.web import serve_web
from broadcaster.web.app import create_public_routes
from broadcaster.web.desk_application import create_desk_routes

COMMANDS = (
    "status",
    "status --json",
    "plan ahead",
    "check",
    "preview bench --audience bench",
    "unsure BROADCAST",
    "replies --all",
    "audience check bench",
    "suppress list",
)
_AHEAD = "{letter: bench, audience: bench, channel: email, when: 2099-01-01 09:00}\n"
_NOT_THERE = ("{secret", "{token", "{stamp", "{delivery_id", "{reason", "{rest", "/live", "/logo", "/frame")
"""Routes for which this project has nothing, or whose answer goes on."""


@dataclass(frozen=True)
class Taken:
    """How many seconds a page or a command took, and how many of CPU."""

    what: str
    seconds: float
    cpu: float


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process keeps the write lock."""
    program = (
        "import sqlite3, sys\n"
        "conn = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "conn.execute('BEGIN IMMEDIATE')\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            yield
        finally:
            other.communicate()


def paths(broadcast: str) -> list[str]:
    """What there is to be asked for."""
    samples = {"name": "bench", "letter": "bench", "language": "en", "broadcast_id": broadcast, "person": "david"}
    wanted = sorted(path for path in _routes() if not any(one in path for one in _NOT_THERE))
    filled = (re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: samples[found[1]], path) for path in wanted)
    return [path.replace("/campaigns/bench", "/campaigns/ahead") for path in filled]


def _routes() -> set[str]:
    return {
        route.path
        for app in (create_public_routes(), create_desk_routes())
        for route in app.routes
        for one in getattr(route, "route_handlers", ())
        if "GET" in one.http_methods
    }


def look(root: Path) -> tuple[list[Taken], list[Taken]]:
    """What the pages and the commands took."""
    with open_project(root) as project:
        broadcast = fill(project, 1000)
        with serve_web(project, ListenAddress("127.0.0.1", 0), lambda: None, lambda: project) as address:
            browser = Browser(urlsplit(address).netloc)
            browser.sign_in(project)
            with project.ledger.writing() as conn:
                conn.execute(update(sessions).values(seen_at=datetime.now(UTC) - timedelta(minutes=30)))
            # The bench's letter speaks to one person throughout, so there is no notice of it.
            asked = [one for one in paths(broadcast) if not one.endswith("/notice")]
            with locked(root / "var" / "broadcaster.db"):
                with (root / "audiences" / "bench.csv").open("a", encoding="utf-8") as roster:
                    roster.write("Late Comer,late@example.org,,en,email,,B,S,V,C,D,R,W,North\n")
                pages = [_took(one, lambda one=one: browser.ask(one)) for one in asked]  # type: ignore[misc]
                commands = [_took(one, lambda one=one: _run(root, one, broadcast)) for one in COMMANDS]  # type: ignore[misc]
    return pages, commands


def _run(root: Path, words: str, broadcast: str) -> None:
    typed = words.replace("BROADCAST", broadcast).split()
    done = subprocess.run(
        [sys.executable, "-m", "broadcaster", "-C", str(root), *typed], capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{words} ended with {done.returncode}: {done.stderr.decode()}")


def _took(what: str, ask: Callable[[], object]) -> Taken:
    began, cpu = time.perf_counter(), _cpu()
    ask()
    return Taken(what, time.perf_counter() - began, _cpu() - cpu)


def _cpu() -> float:
    """Seconds of this process and of those that it ran."""
    return sum(sum(resource.getrusage(whose)[:2]) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def main() -> None:
    """Print how long the slowest took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--all", action="store_true", help="print each")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder), chosen.people, "plain", None)
        Keyring.create(root / "var" / "key")
        config = root / "config.yaml"
        text = config.read_text("utf-8").replace("role: author", "role: admin")  # who may see every page
        config.write_text(f"{text}  ahead: {_AHEAD}", "utf-8")
        for kind, taken in zip(("pages", "commands"), look(root), strict=True):
            slowest = sorted(taken, key=lambda one: one.seconds, reverse=True)
            sys.stdout.write(f"{len(taken)} {kind}, the slowest first:\n")
            for one in slowest if chosen.all else slowest[:3]:
                sys.stdout.write(f"  {one.seconds:6.2f} s {one.cpu:6.2f} s CPU  {one.what}\n")


if __name__ == "__main__":
    main()
