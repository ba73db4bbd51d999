"""Handing filled messages to a mail server, beside named peers, against a sink that is not Python.

Needs Postfix's `smtp-sink` and `smtp-source` (`apt-get install postfix`) and a C compiler for the delaying proxy. Peers
that are not found are left out: `--peers FOLDER` names a folder with `node_modules/nodemailer` and a virtual
environment `venv` with aiosmtplib and Django; `go` is taken from the path.

    python -m bench.smtp                      everything, three runs each, medians
    python -m bench.smtp ours PORT COUNT CONNECTIONS
"""

import contextlib
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from broadcaster.domain.delivery.outgoing_messages import OutgoingEmail
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.providers.smtp import Security, Smtp, SmtpRoute

PEERS = Path(__file__).parent / "peers"
BATCH = 100
RUNS = 3
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"

_SENTENCE = (
    "We have no information of any planned act, and officers are at the places where people gather; please go on with "
    "your daily life, {{name}}, look after one another, and tell us what worries you at {{link}}. "
)
LETTER = {
    "subject": "A word from your police",
    "text": "\n\n".join([_SENTENCE] * 5),
    "html": "<html lang=en><body>"
    + "".join(f"<p style='margin:0 0 1em'>{_SENTENCE}</p>" for _ in range(9))
    + "</body></html>",
}
"""Some four kilobytes as a message; the peers fill and compose it, ours comes filled."""


def filled(count: int) -> list[OutgoingEmail]:
    """`count` messages of the letter's size, ready to be handed over."""
    body = json.dumps(LETTER)[:3700].replace(". ", ".\r\n").encode()
    return [
        OutgoingEmail(
            f"delivery{number}",
            f"attempt{number}",
            f"bounces+{number}@example.org",
            f"person{number}@example.net",
            b"From: Desk <desk@example.org>\r\nTo: person%d@example.net\r\nSubject: A word\r\n"
            b"Message-ID: <%d@letters.example>\r\n\r\n%s\r\n" % (number, number, body),
        )
        for number in range(count)
    ]


def carry(route: SmtpRoute, messages: Sequence[OutgoingEmail], batch: int = BATCH) -> dict[str, float]:
    """Hand over `messages` in batches; wall seconds and CPU seconds of this process, connecting included."""
    before, start = _cpu(), time.perf_counter()
    with Smtp(route).open() as session:
        for first in range(0, len(messages), batch):
            receipts = session.send(messages[first : first + batch])
            if any(receipt.outcome is not Outcome.ACCEPTED for receipt in receipts):
                sys.exit(f"not accepted: {next(r for r in receipts if r.outcome is not Outcome.ACCEPTED)}")
    return {"count": len(messages), "seconds": time.perf_counter() - start, "cpu": _cpu() - before}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextlib.contextmanager
def sink() -> Iterator[int]:
    """A running smtp-sink; yields its port."""
    with _serving(lambda port: ["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "1000"]) as port:
        yield port


@contextlib.contextmanager
def far_away(port: int, round_trip: float, folder: Path) -> Iterator[int]:
    """The same server behind a proxy that adds `round_trip` seconds; yields the proxy's port."""
    program = folder / "delay"
    if not program.exists():
        subprocess.run(["cc", "-O2", "-o", program, PEERS / "delay.c"], check=True)
    with _serving(lambda own: [str(program), str(own), str(port), str(int(round_trip * 500_000))]) as own:
        yield own


@contextlib.contextmanager
def _serving(command: Callable[[int], list[str]]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    words = command(port)
    program = shutil.which(words[0], path=_PATH)
    if program is None:
        sys.exit(f"{words[0]} is missing: see the first lines of bench/smtp.py")
    with subprocess.Popen([program, *words[1:]], stderr=subprocess.DEVNULL) as process:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
                break
            time.sleep(0.02)
        try:
            yield port
        finally:
            process.terminate()


def ways(folder: Path, peers: Path) -> dict[str, list[str]]:
    """The commands to compare, those that can be had here; each is called with port, count and connections."""
    letter = folder / "letter.json"
    letter.write_text(json.dumps(LETTER))
    found = {"broadcaster": [sys.executable, "-m", "bench.smtp", "ours"]}
    if (
        shutil.which("go")
        and not subprocess.run(
            ["go", "build", "-o", folder / "gosmtp", PEERS / "gosmtp.go"],
            check=False,
            env={**os.environ, "GO111MODULE": "off"},
        ).returncode
    ):
        found["Go net/smtp"] = [str(folder / "gosmtp"), str(letter)]
    if (peers / "node_modules" / "nodemailer").exists():
        program = shutil.copy(PEERS / "nodemailer.mjs", peers)
        found["nodemailer"] = ["node", str(program), str(letter)]
    python = peers / "venv" / "bin" / "python"
    if python.exists():
        found["Django mail"] = [str(python), str(PEERS / "pymail.py"), "django", str(letter)]
        found["aiosmtplib"] = [str(python), str(PEERS / "pymail.py"), "aiosmtplib", str(letter)]
    return found


def measure(command: Sequence[str], port: int, count: int, connections: int) -> dict[str, float]:
    """The median run: `count`, `seconds`, `cpu` (seconds, user and system, of that process alone), `peak` (MB)."""
    runs = []
    for _ in range(RUNS):
        words = [*command, str(port), str(count), str(connections)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            peak = _peak_until_it_ends(process)
            printed = process.stdout.read() if process.stdout else ""
        if process.returncode:
            sys.exit(f"{command[0]} failed")
        runs.append({**json.loads(printed.splitlines()[-1]), "peak": peak})
    return {key: statistics.median(run[key] for run in runs) for key in ("count", "seconds", "cpu", "peak")}


def _peak_until_it_ends(process: "subprocess.Popen[str]") -> float:
    """The peak memory of a child in MB; `ru_maxrss` would tell the parent's, which a child takes over at its start."""
    peak = 0.0
    while process.poll() is None:
        with contextlib.suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
            peak = max(peak, int(found[1]) / 1024 if found else 0.0)
        time.sleep(0.02)
    return peak


def pump(port: int, count: int, connections: int) -> dict[str, float]:
    """Postfix's own pump in C, with messages of the same size."""
    size = len(filled(1)[0].data)
    command = ["smtp-source", "-d", "-s", str(connections), "-l", str(size), "-m", str(count)]
    program = shutil.which(command[0], path=_PATH) or sys.exit("smtp-source is missing")
    seconds, cpu = [], []
    for _ in range(RUNS):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([program, *command[1:], f"127.0.0.1:{port}"], check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(time.perf_counter() - start)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"count": count, "seconds": statistics.median(seconds), "cpu": statistics.median(cpu)}


def report(name: str, figures: dict[str, float], against: float = 0.0) -> float:
    """Print one row; returns messages per second."""
    rate = figures["count"] / figures["seconds"]
    share = f"{rate / against:6.2f}" if against else "      "
    peak = f"{figures['peak']:7.0f} MB" if "peak" in figures else ""
    cpu = figures["cpu"] / figures["count"] * 1e6
    print(f"{name:24} {cpu:10.0f} µs {rate:10.0f}/s {share} {peak}", flush=True)
    return rate


def main(peers: Path) -> None:
    """Both comparisons, one table each."""
    with tempfile.TemporaryDirectory() as name, sink() as port:
        folder = Path(name)
        commands = ways(folder, peers)
        print("into a fast sink, 10 connections: CPU per message, rate, share of smtp-source's rate")
        base = report("smtp-source", pump(port, 30_000, 10))
        for peer, command in commands.items():
            ours = peer == "broadcaster"
            report(peer, measure(command, port, 30_000 if ours else 3_000, 10), base)
        print("\n10 connections at 10 ms round trip: CPU per message, rate")
        with far_away(port, 0.010, folder) as far:
            for peer, command in commands.items():
                report(peer, measure(command, far, 3_000, 10))


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        own_port, own_count, own_connections = map(int, sys.argv[2:])
        own_route = SmtpRoute("127.0.0.1", own_port, Security.PLAIN, connections=own_connections)
        print(json.dumps(carry(own_route, filled(own_count))))
    else:
        main(Path(sys.argv[2]) if sys.argv[1:2] == ["--peers"] else Path("var/peers"))
