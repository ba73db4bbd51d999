"""How soon a provider is acknowledged while its events flood in, and how long until all of them are applied.

    python -m bench.hooks [--events 100000] [--people 10000] [--batch 200] [--connections 8] [--pause 0]

A project whose letter went to the outbox, its hooks open on loopback, and another process as the provider: it sends
SendGrid's events, signed as SendGrid signs them, over kept connections, each on the heels of the last answer or after a
pause. Every event comes three times on average, in any order. At the end each event is kept once and applied, or it
says what is missing. Times are what the other process sees, from a request's first byte to its answer's last.
"""

import argparse
import base64
import json
import multiprocessing
import random
import resource
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench.projects import make_project
from broadcaster.bootstrap.wiring import open_project, registered_runner
from broadcaster.config.field_types.scalars import ListenAddress
from broadcaster.keys import Keyring
from broadcaster.providers.sendgrid.hook import SIGNATURE, TIMESTAMP, SendGridHook
from broadcaster.providers.sendgrid.payload import ATTEMPT_ARGUMENT
from broadcaster.services.access.permissions import Permission, command_line_actor
from broadcaster.services.approving import decisions
from broadcaster.services.delivering import dispatch
from broadcaster.services.planning.submission_terms import SubmissionTerms
from broadcaster.services.project.project import Project
from broadcaster.services.sending.send_command import SendCommand, release_campaign
from broadcaster.web import serve_web

HOOK = "outbox"
"""The events are about what the outbox sent, so the hook stands under its name."""

PATIENCE = 600.0
TIMES = 3


@dataclass(frozen=True)
class Request:
    """One request, ready to be sent."""

    body: bytes
    headers: dict[str, str]


def requests(ids: list[str], wanted: int, batch: int) -> tuple[str, int, list[Request]]:
    """The verification key, how many different events there are, and all of them in signed requests."""
    key = ec.generate_private_key(ec.SECP256R1())
    shown = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    kinds = ("processed", "deferred", "delivered", "open")
    different = [
        {
            "email": f"person{number}@example.org",
            "event": kinds[number // len(ids) % len(kinds)],
            "sg_event_id": f"event-{number}",
            "sg_message_id": f"message-{number % len(ids)}",
            "timestamp": int(time.time()),
            ATTEMPT_ARGUMENT: f"{ids[number % len(ids)]}-1",
        }
        for number in range(wanted // TIMES)
    ]
    events = (different * (TIMES + 1))[:wanted]
    random.Random(1).shuffle(events)
    made = []
    for start in range(0, wanted, batch):
        body = json.dumps(events[start : start + batch]).encode()
        stamp = str(int(time.time()))
        signature = base64.b64encode(key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
        made.append(Request(body, {SIGNATURE: signature, TIMESTAMP: stamp, "content-type": "application/json"}))
    kept = sum(event["event"] != "open" for event in different)  # opens are nothing that we act upon
    return base64.b64encode(shown).decode(), kept, made


def provider(
    address: str, sent: list[Request], connections: int, pause: float, waits: "multiprocessing.Queue[object]"
) -> None:
    """The other process: seconds that each request waited for its answer, and how many were not taken at first."""
    times: list[float] = []
    again: list[int] = []
    queue = iter(sent)
    turn = threading.Lock()

    def work() -> None:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        while True:
            with turn:
                request = next(queue, None)
            if request is None:
                return
            while True:
                began = time.perf_counter()
                connection.request("POST", f"/hooks/{HOOK}", request.body, request.headers)
                answer = connection.getresponse()
                answer.read()
                times.append(time.perf_counter() - began)
                if answer.status == 200:
                    break
                again.append(answer.status)
            time.sleep(pause)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waits.put((times, again, time.perf_counter() - began))


def send_letters(root: Path) -> list[str]:
    """Send the letter into the outbox; the ids of its deliveries."""
    with open_project(root) as project, registered_runner(project) as runner:
        campaign = project.campaign("bench")
        amina, david = (
            command_line_actor(project.settings, "amina", Permission.SUBMIT),
            command_line_actor(project.settings, "david", Permission.APPROVE),
        )
        submitted = decisions.submit(project, campaign, amina, SubmissionTerms(at_once=True))
        decisions.approve(project, campaign, david, submitted.plan.digest)
        broadcast = release_campaign(
            project,
            campaign,
            SendCommand(command_line_actor(project.settings, "amina", Permission.SEND), runner.id, ""),
        )
        dispatch.send_broadcast(project, runner.id, broadcast.id, dispatch.RunOptions())
        with project.ledger.reading() as conn:
            return list(conn.exec_driver_sql("SELECT id FROM deliveries ORDER BY seq").scalars())


def left(project: Project) -> tuple[int, int]:
    """How many reports are kept, and how many of them wait."""
    with project.ledger.reading() as conn:
        row = conn.exec_driver_sql("SELECT count(*), count(*) - count(applied_at) FROM reports").one()
    return int(row[0]), int(row[1])


def main() -> None:
    """Run it once and print what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name, default in (("events", 100_000), ("people", 10_000), ("batch", 200), ("connections", 8)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two requests of a connection")
    chosen = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder), chosen.people, "plain", None)
        Keyring.create(root / "var" / "key")
        ids = send_letters(root)
        key, different, sent = requests(ids, chosen.events, chosen.batch)
        waits = context.Queue()
        with open_project(root) as plain:
            project = replace(plain, hooks={HOOK: SendGridHook(key)})
            before = resource.getrusage(resource.RUSAGE_SELF)
            with serve_web(project, ListenAddress("127.0.0.1", 0), lambda: None) as address:
                words = (address, sent, chosen.connections, chosen.pause, waits)
                other = context.Process(target=provider, args=words)
                other.start()
                times, again, took = waits.get(timeout=PATIENCE)
                began, end = time.perf_counter(), time.monotonic() + PATIENCE
                while left(project)[1] and time.monotonic() < end:
                    time.sleep(0.05)
                applied = time.perf_counter() - began
                other.join()
            after = resource.getrusage(resource.RUSAGE_SELF)
            kept, waiting = left(project)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    times.sort()
    ninety_ninth = times[min(len(times) - 1, round(len(times) * 0.99))]
    sys.stdout.write(
        f"{chosen.events} events in {len(sent)} requests over {chosen.connections} connections, {took:.1f} s "
        f"({chosen.events / took:.0f} events/s): acknowledged p50 {statistics.median(times) * 1000:.0f} ms, "
        f"p99 {ninety_ninth * 1000:.0f} ms, most {times[-1] * 1000:.0f} ms; {len(again)} told to come again\n"
        f"{kept} of {different} different ones kept, {waiting} not applied {applied:.1f} s after the last answer; "
        f"{cpu / chosen.events * 1e6:.0f} us of CPU an event\n"
    )
    if (kept, waiting) != (different, 0):
        sys.exit("Something is missing.")


if __name__ == "__main__":
    main()
