"""Handing a letter to SendGrid for a thousand people a request, beside named peers, into a sink on the loopback.

Peers that are not found are left out: `--peers FOLDER` names a folder with `node_modules/@sendgrid/mail` and a virtual
environment `venv` with sendgrid and django-anymail. All send the same letter, tags and values, in one process each; the
sink answers 202 and looks at nothing. The figure is the median of several runs, CPU of the sending process alone.

    python -m bench.sendgrid [--peers FOLDER]
    python -m bench.sendgrid ours|sink …          one of them alone
"""

import json
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.fill import BODY, Ours, links, people
from broadcaster.domain.contact.channels import Channel
from broadcaster.domain.delivery.outgoing_messages import OutgoingMerge
from broadcaster.domain.delivery.receipts import Outcome
from broadcaster.letters.filling.email_headers import unsubscribe_fields
from broadcaster.letters.filling.merge_skeleton import MergeSkeleton
from broadcaster.letters.filling.skeleton import EmailSkeleton
from broadcaster.letters.rendering.fragments import Links
from broadcaster.providers.sendgrid import SendGrid, SendGridAccount, SendGridTimeouts

PEERS = Path(__file__).parent / "peers"
BATCH, BATCHES, RUNS = 1000, 10, 5

Person = tuple[tuple[str, ...], Links]


def letter(count: int) -> tuple[EmailSkeleton, list[Person]]:
    """The letter of `bench.fill` (4 KB, nine slots), and the values and links of so many people."""
    ours = Ours(BODY)
    traces = [ours.compiler.trace("en", person, Channel.EMAIL) for person in people(count, ascii_only=True)]
    return ours.skeleton(traces[0].skeleton), [(trace.values, links(at)) for at, trace in enumerate(traces)]


def merged(merge: MergeSkeleton, at: int, person: Person) -> OutgoingMerge:
    values, own = person
    return OutgoingMerge(
        f"delivery{at}",
        f"delivery{at}-1",
        f"person{at}@example.net",
        f"Person {at}",
        merge.subject(values, own),
        merge.template,
        merge.substitutions(values, own),
        unsubscribe_fields(own.unsubscribe),
    )


def ours(port: int, part: str) -> dict[str, float]:
    """CPU and wall seconds of filling alone, or of filling and sending."""
    skeleton, known = letter(BATCH * BATCHES)
    merge = MergeSkeleton(skeleton)
    before, start = _cpu(), time.perf_counter()
    with SendGrid(
        SendGridAccount("SG.bench", f"http://127.0.0.1:{port}", BATCH, patience=SendGridTimeouts(answer=60.0))
    ).open() as way:
        for first in range(0, len(known), BATCH):
            batch = [merged(merge, at, known[at]) for at in range(first, first + BATCH)]
            if part == "fill":
                continue
            receipts = way.send(batch)
            if any(receipt.outcome is not Outcome.ACCEPTED for receipt in receipts):
                sys.exit(f"not accepted: {receipts[0]}")
    return {"count": len(known), "seconds": time.perf_counter() - start, "cpu": _cpu() - before}


def written(folder: Path) -> Path:
    """The same letter and people as a file for the peers: the texts with tags, and each one's substitutions."""
    skeleton, known = letter(BATCH)
    merge = MergeSkeleton(skeleton)
    template = merge.template
    file = folder / "letter.json"
    document = {
        "from": {"email": template.from_address, "name": template.from_name},
        "reply_to": template.reply_to,
        "headers": dict(template.headers),
        "text": template.text,
        "html": template.html,
        "people": [
            {
                "email": one.to,
                "name": one.to_name,
                "subject": one.subject,
                "substitutions": dict(zip(template.tags, one.substitutions, strict=True)),
                "headers": dict(one.headers),
                "attempt_id": one.attempt_id,
            }
            for one in (merged(merge, at, person) for at, person in enumerate(known))
        ],
    }
    file.write_text(json.dumps(document), "utf-8")
    return file


def sink() -> None:
    """Answer every POST with 202, on connections that are kept; prints its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as lines:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while lines.readline().strip():
                    length = 0
                    while line := lines.readline().strip():
                        name, _, value = line.decode("latin-1").lower().partition(":")
                        length = int(value) if name == "content-length" else length
                    lines.read(length)
                    connection.sendall(b"HTTP/1.1 202 Accepted\r\nX-Message-Id: sink\r\nContent-Length: 0\r\n\r\n")


def ways(folder: Path, peers: Path) -> dict[str, list[str]]:
    """The commands to compare, those that can be had here; the port comes last."""
    own = [sys.executable, "-m", "bench.sendgrid", "ours"]
    found = {"broadcaster, filling": [*own, "fill"], "broadcaster, filling and sending": [*own, "send"]}
    file = str(written(folder))
    python = peers / "venv" / "bin" / "python"
    if (peers / "node_modules" / "@sendgrid" / "mail").exists():
        program = shutil.copy(PEERS / "sendgrid.mjs", peers)
        found["@sendgrid/mail (Node)"] = ["node", str(program), file, str(BATCHES)]
    if python.exists():
        for name, what in (("sendgrid's Mail helper", "helper"), ("django-anymail", "anymail")):
            found[name] = [str(python), str(PEERS / "pysendgrid.py"), what, file, str(BATCHES)]
    return found


def measure(command: Sequence[str], port: int) -> dict[str, float]:
    """The median run."""
    runs = []
    for _ in range(RUNS):
        done = subprocess.run([*command, str(port)], capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{command[0]} failed: {done.stderr[-2000:]}")
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return {key: statistics.median(run[key] for run in runs) for key in ("count", "seconds", "cpu")}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(peers: Path) -> None:
    """One table: CPU per recipient, and rate."""
    with (
        tempfile.TemporaryDirectory() as name,
        subprocess.Popen([sys.executable, "-m", "bench.sendgrid", "sink"], stdout=subprocess.PIPE, text=True) as server,
    ):
        port = int(server.stdout.readline()) if server.stdout else 0
        try:
            print(f"requests of {BATCH} recipients: CPU per recipient, rate")
            for way, command in ways(Path(name), peers).items():
                found = measure(command, port)
                cpu, rate = found["cpu"] / found["count"] * 1e6, found["count"] / found["seconds"]
                print(f"{way:34} {cpu:8.1f} µs {rate:10.0f}/s", flush=True)
        finally:
            server.terminate()


if __name__ == "__main__":
    if sys.argv[1:2] == ["sink"]:
        sink()
    elif sys.argv[1:2] == ["ours"]:
        print(json.dumps(ours(int(sys.argv[3]), sys.argv[2])))
    else:
        main(Path(sys.argv[2]) if sys.argv[1:2] == ["--peers"] else Path("var/peers"))
