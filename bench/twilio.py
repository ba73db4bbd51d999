"""Texts by Twilio's API over TLS, beside named peers in the same run, and the whole way with the durable ledger.

The sink is a process of its own that says 201 to everything. Peers: Twilio's Python SDK async with aiohttp and in
threads (both are installed with ours); its Node SDK where `--peers FOLDER` names a folder with `node_modules/twilio`
(`npm install twilio` there).

    python -m bench.twilio                                everything, medians of three runs
    python -m bench.twilio --repeats 7 --people 10000
"""

import argparse
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from bench.projects import make_text_project
from bench.smtp import PEERS
from bench.whole import Run, send_all
from broadcaster.domain.delivery.outgoing_messages import OutgoingSms
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.keys import Keyring
from broadcaster.providers.twilio import Twilio, TwilioAccount, TwilioEndpoint

SID = "AC" + "0123456789abcdef" * 2
HOOKS = "https://letters.example.org/hooks/twilio"
BODY = "Eastmarch Police: there is no threat to you. Read on at https://letters.example.org/w/abcdefghijklmnopqrstuv "
BATCH = 100
CONNECTIONS = 20


def main() -> None:
    """Print CPU per text and rate: the peers, the provider alone, and the whole way."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--peers", type=Path, default=Path("var/peers"))
    parser.add_argument("--ours", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.ours:
        port, authority, count = chosen.ours
        print(json.dumps(carry(int(port), Path(authority), int(count))))
        return
    runs: dict[str, list[dict[str, float]]] = {}
    wholes: list[Run] = []
    with tempfile.TemporaryDirectory() as name, sink(Path(name)) as (port, authority):
        # One after the other and round again, so that all of them meet with the same troubles of the machine.
        for _ in range(chosen.repeats):
            for peer, command in ways(port, authority, chosen.peers).items():
                runs.setdefault(peer, []).append(measure(command, authority))
            with ProcessPoolExecutor(1, get_context("spawn")) as process:
                wholes.append(process.submit(whole, port, authority, chosen.people).result())
    for peer, figures in runs.items():
        cpu, rate = (statistics.median(one[key] for one in figures) for key in ("per_text", "rate"))
        least = min(one["per_text"] for one in figures)
        print(f"{peer:34} {cpu:8.0f} µs CPU a text (least {least:.0f})  {rate:8,.0f}/s", flush=True)
    for leg in ("plan", "release", "send"):
        used = [getattr(one, leg)["user"] + getattr(one, leg)["system"] for one in wholes]
        print(f"{'whole way: ' + leg:34} {statistics.median(used):8.0f} µs CPU a text (least {min(used):.0f})")
    rate = 1e6 / statistics.median(one.send["wall"] for one in wholes)
    print(f"{'whole way: rate, peak memory':34} {rate:8,.0f}/s  {statistics.median(one.peak for one in wholes):.0f} MB")


@contextlib.contextmanager
def sink(folder: Path) -> Iterator[tuple[int, Path]]:
    """A running sink; yields its port and the file of its authority."""
    authority = folder / "authority.pem"
    command = [sys.executable, str(PEERS / "textsink.py"), str(authority)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), authority
        process.communicate("")


def ways(port: int, authority: Path, peers: Path) -> dict[str, list[str]]:
    """The commands to compare, those that can be had here."""
    url, count = f"https://localhost:{port}", "5000"
    python = [sys.executable, str(PEERS / "twiliosdk.py")]
    found = {
        "broadcaster's provider, no ledger": [
            sys.executable,
            "-m",
            "bench.twilio",
            "--ours",
            str(port),
            str(authority),
            count,
        ],
        "Twilio SDK, async, aiohttp": [*python, "async", url, count, str(CONNECTIONS)],
        "Twilio SDK, threads": [*python, "threads", url, "2000", str(CONNECTIONS)],
    }
    if (peers / "node_modules" / "twilio").exists():
        program = shutil.copy(PEERS / "twiliosdk.mjs", peers)
        found["Twilio SDK for Node"] = ["node", str(program), url, count, str(CONNECTIONS)]
    return found


def measure(command: Sequence[str], authority: Path) -> dict[str, float]:
    """Microseconds of CPU a text and texts a second, as the process tells of itself."""
    trust = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), str(authority))
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **trust})
    told = json.loads(done.stdout.splitlines()[-1])
    return {"per_text": told["cpu"] / told["count"] * 1e6, "rate": told["count"] / told["seconds"]}


def carry(port: int, authority: Path, count: int) -> dict[str, float]:
    """Hand over `count` texts in batches by the provider alone, connecting included; loading the SDK is not."""
    account = TwilioAccount(
        SID, "token", None, HOOKS, TwilioEndpoint(f"https://localhost:{port}", CONNECTIONS, 15.0, authority)
    )
    attempt, until = "abcdefghijklmnopqrstuvwxyz-1", datetime.now(UTC) + timedelta(hours=10)
    batch = [
        OutgoingSms(f"d{n}", attempt, "Example", f"+447700900{n % 1000:03}", f"{BODY}{n}", 1, "GSM-7", until)
        for n in range(count)
    ]
    import twilio.rest  # type: ignore[import-untyped]  # noqa: F401, PLC0415  the peers do not count it either

    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    with Twilio(account).open() as session:
        for first in range(0, count, BATCH):
            receipts = session.send(batch[first : first + BATCH])
            if any(receipt.outcome is not Outcome.ACCEPTED for receipt in receipts):
                sys.exit(f"not accepted: {next(r for r in receipts if r.outcome is not Outcome.ACCEPTED)}")
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return {"count": count, "seconds": time.perf_counter() - start, "cpu": cpu}


def whole(port: int, authority: Path, people: int) -> Run:
    """Roster, approval, release, ledger and the texts, each leg timed; in a process of its own."""
    os.environ |= {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": "token"}
    with tempfile.TemporaryDirectory() as folder:
        root = make_text_project(Path(folder), people, f"https://localhost:{port}", authority)
        Keyring.create(root / "var" / "key")
        subprocess.run([sys.executable, "-m", "broadcaster", "-C", root, "status"], check=True, capture_output=True)
        return send_all(root, people, 1)


if __name__ == "__main__":
    main()
